import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { Children, firstJsonLine, untilAnswers } from '../lib/children.mjs';
import { buildApp } from '../lib/buildApp.mjs';
import { installRights } from '../lib/installRights.mjs';
import { fromSource, root, stateDir } from '../lib/paths.mjs';
import { requireFreePorts } from '../lib/ports.mjs';
import { DEFAULT_PORTAL_PORT, readPorts } from '../lib/portSettings.mjs';
import { say, secondsSince } from '../lib/say.mjs';

/** The portal is up in 10 to 30 s; on a machine that is busy with other things it may take much longer. */
const PORTAL_START_MS = 300_000;

const usage = `npm start: the whole portal with a cluster behind it, on this machine.

Settings, by environment variable:
  SLIPWAY_PORTAL_PORT      the portal                   (7007)
  SLIPWAY_API_PORT         Kubernetes API               (16443)
  SLIPWAY_GATEWAY_PORT     gateway, where models answer (18443)
  SLIPWAY_OIDC_PORT        identity provider            (18080)
  SLIPWAY_ADMIN_PORT       faults of the sandbox        (18081)
  SLIPWAY_AUTHORIZER_PORT  the authorizer               (18090)`;

/** Distinguishes the files of portals that run side by side on other ports. */
function instanceOf(ports) {
  const { port } = ports.portal;
  return port === DEFAULT_PORTAL_PORT ? '' : `-${port}`;
}

async function startSandbox(children, { node, env }, ports) {
  const state = path.join(stateDir, `sandbox${instanceOf(ports)}`);
  mkdirSync(state, { recursive: true });
  const child = children.start(
    'sandbox',
    node,
    [
      ...fromSource,
      path.join(root, 'packages/sandbox/src/bin.ts'),
      '--state-dir',
      state,
      '--api-port',
      String(ports['Kubernetes API'].port),
      '--gateway-port',
      String(ports.gateway.port),
      '--oidc-port',
      String(ports['identity provider'].port),
      '--admin-port',
      String(ports['sandbox admin'].port),
      '--authorizer-port',
      String(ports.authorizer.port),
      '--portal-url',
      `http://localhost:${ports.portal.port}`,
    ],
    { cwd: root, env },
  );
  return Promise.race([firstJsonLine(child.stdout), children.failed]);
}

/** What the portal must know of the sandbox: the variables of app-config.sandbox.yaml. */
function portalEnvironment(env, sandbox, rights, ports, peopleFile) {
  return {
    ...env,
    NODE_ENV: 'development',
    // Backstage's own certificates are for public hosts; the gateway's comes from the sandbox.
    NODE_EXTRA_CA_CERTS: sandbox.caFile,
    AUTH_SESSION_SECRET: randomBytes(24).toString('base64url'),
    SLIPWAY_PORTAL_URL: `http://localhost:${ports.portal.port}`,
    SLIPWAY_PORTAL_PORT: String(ports.portal.port),
    SLIPWAY_GATEWAY_PORT: String(ports.gateway.port),
    SLIPWAY_AUTHORIZER_PORT: String(ports.authorizer.port),
    SLIPWAY_OIDC_ISSUER: sandbox.oidcIssuer,
    SLIPWAY_PEOPLE_FILE: peopleFile,
    SLIPWAY_CA_FILE: sandbox.caFile,
    SLIPWAY_PORTAL_KUBECONFIG: rights.portalKubeconfig,
    SLIPWAY_OPERATOR_KUBECONFIG: rights.operatorKubeconfig,
    SLIPWAY_KUBE_URL: sandbox.apiUrl,
    SLIPWAY_KUBE_TOKEN: rights.portalToken,
    SLIPWAY_KUBE_CA_DATA: readFileSync(sandbox.caFile).toString('base64'),
  };
}

async function startPortal(children, { node, env }, sandbox, ports) {
  const state = path.dirname(sandbox.kubeconfig);
  const rights = await installRights(sandbox, state);
  // A copy, so that people can be changed: whoever is taken out of it has left.
  const peopleFile = path.join(state, 'org.yaml');
  copyFileSync(
    path.join(root, 'packages/sandbox/catalog/org.yaml'),
    peopleFile,
  );
  const backend = path.join(root, 'packages/backend');
  children.start(
    'portal',
    node,
    [
      ...fromSource,
      'src/index.ts',
      '--config',
      path.join(root, 'app-config.yaml'),
      '--config',
      path.join(root, 'app-config.sandbox.yaml'),
      ...(existsSync(path.join(root, 'app-config.local.yaml'))
        ? ['--config', path.join(root, 'app-config.local.yaml')]
        : []),
    ],
    {
      cwd: backend,
      env: portalEnvironment(env, sandbox, rights, ports, peopleFile),
    },
  );
  const url = `http://localhost:${ports.portal.port}`;
  const isUp = async () => {
    await untilAnswers(`${url}/.backstage/health/v1/readiness`, {
      withinMs: PORTAL_START_MS,
    });
    await untilAnswers(url, { withinMs: 30_000 });
  };
  await Promise.race([isUp(), children.failed]);
  return { portalUrl: url, peopleFile };
}

function welcome(url, sandbox, startedAt) {
  const kubeconfig = path.relative(process.cwd(), sandbox.kubeconfig);
  const personas = (sandbox.personas ?? [])
    .map(
      ({ username, name, role }) =>
        `    ${username.padEnd(7)} ${name.padEnd(16)} ${role}`,
    )
    .join('\n');
  say(`
Slipway is up after ${secondsSince(startedAt)}.

  Portal      ${url}
  Gateway     ${sandbox.gatewayUrl}
  Cluster     export KUBECONFIG=${kubeconfig}

  Sign in as one of these; the password is the name:
${personas}

  Next: kubectl apply -f examples/models/minimal.yaml
  Then watch it become Ready at ${url}/models. Ctrl-C stops everything.
`);
}

/** Starts sandbox and portal and waits until it is to stop. */
export async function run(tools, args, stop) {
  if (args.includes('--help')) {
    say(usage);
    return 0;
  }
  const startedAt = Date.now();
  const ports = readPorts(process.env);
  await requireFreePorts(ports);
  await buildApp(tools, stop);
  stop.throwIfAborted();

  const children = new Children(
    path.join(stateDir, `logs${instanceOf(ports)}`),
  );
  const stopped = new Promise(resolve => {
    stop.addEventListener('abort', resolve);
  });
  try {
    const up = (async () => {
      say('Starting the sandbox…');
      const sandbox = await startSandbox(children, tools, ports);
      say('Starting the portal…');
      const portal = await startPortal(children, tools, sandbox, ports);
      welcome(portal.portalUrl, sandbox, startedAt);
      // For programs that start the portal: one line of JSON on stdout.
      process.stdout.write(`${JSON.stringify({ ...portal, ...sandbox })}\n`);
    })();
    // Until it is up it may fail in more ways than that a process ends.
    const failed = up.then(() => children.failed);
    failed.catch(() => {});
    await Promise.race([stopped, failed]);
  } finally {
    say(stop.aborted ? `${stop.reason.message} Stopping…` : 'Stopping…');
    await children.stop();
  }
  return 0;
}
