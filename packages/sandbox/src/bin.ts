import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SandboxOptions, startSandbox } from './startSandbox';
import type { NodeShape } from './world/nodes/nodeShapes';

const usage = `npm run sandbox -- [flags]: a cluster in one process. Prints one line of JSON when it is ready; ends with Ctrl-C.

  --api-port N       Kubernetes API, HTTPS                        (16443)
  --gateway-port N   gateway, HTTPS                               (18443)
  --oidc-port N      identity provider, HTTP                      (18080)
  --admin-port N     faults, HTTP                                 (18081)
  --authorizer-port N  where the authorizer listens, gRPC         (18090)
  --base-domain D    hosts are llm.D and llm-internal.D           (slipway.localhost)
  --portal-url URL   the portal, for its sign-in                  (http://localhost:7007)
  --crds DIR         CustomResourceDefinitions to load            (charts/slipway/crds)
  --state-dir DIR    where kubeconfig and ca.crt are written      (.slipway/sandbox)
  --delay-scale X    all delays times X; 0: everything at once    (1)
  --nodes FILE       JSON list of nodes: name, count, cpu, memory, pods, gpus {count, product, memoryMiB}, labels
  --events LEVEL     all or warnings                              (all)
  --seed N           seed of generated names                      (1)

Port 0 takes a free port.`;

const flags = {
  'api-port': { type: 'string', default: '16443' },
  'gateway-port': { type: 'string', default: '18443' },
  'oidc-port': { type: 'string', default: '18080' },
  'admin-port': { type: 'string', default: '18081' },
  'authorizer-port': { type: 'string', default: '18090' },
  'base-domain': { type: 'string', default: 'slipway.localhost' },
  'portal-url': { type: 'string', default: 'http://localhost:7007' },
  crds: { type: 'string' },
  'state-dir': { type: 'string', default: path.join('.slipway', 'sandbox') },
  'delay-scale': { type: 'string', default: '1' },
  nodes: { type: 'string' },
  events: { type: 'string', default: 'all' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

/** A message for the user, without a stack. */
class Advice extends Error {}

function port(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= 0 && value <= 65535)
    return value;
  throw new Advice(
    `--${name} ${text} is not a port. Give a number from 0 to 65535.`,
  );
}

function atLeastZero(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new Advice(`--${name} ${text} is not a number from 0 up.`);
}

function readNodes(file: string): NodeShape[] {
  const nodes: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (Array.isArray(nodes) && nodes.every(isNode)) return nodes;
  throw new Advice(
    `${file} is not a list of nodes with at least name (string), cpu (number) and memory (string).`,
  );
}

function isNode(value: unknown): value is NodeShape {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'cpu' in value &&
    typeof value.cpu === 'number' &&
    'memory' in value &&
    typeof value.memory === 'string'
  );
}

function readOptions(): SandboxOptions | undefined {
  const { values } = parseArgs({ options: flags });
  if (values.help) return undefined;
  const { events } = values;
  if (events !== 'all' && events !== 'warnings') {
    throw new Advice(`--events ${events}: give all or warnings.`);
  }
  return {
    ports: {
      api: port('api-port', values['api-port']),
      gateway: port('gateway-port', values['gateway-port']),
      oidc: port('oidc-port', values['oidc-port']),
      admin: port('admin-port', values['admin-port']),
    },
    forwardedServices: {
      'slipway-system/slipway-authorizer:9002': port(
        'authorizer-port',
        values['authorizer-port'],
      ),
    },
    baseDomain: values['base-domain'],
    portalUrl: values['portal-url'].replace(/\/$/, ''),
    crds: values.crds,
    stateDir: path.resolve(values['state-dir']),
    delays: { scale: atLeastZero('delay-scale', values['delay-scale']) },
    nodes: values.nodes ? readNodes(values.nodes) : undefined,
    events,
    seed: atLeastZero('seed', values.seed),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const asked = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => resolve());
    }
  });
  const sandbox = await startSandbox(options);
  const ready = {
    kubeconfig: sandbox.kubeconfigFile,
    caFile: sandbox.caFile,
    apiUrl: sandbox.apiUrl,
    gatewayUrl: sandbox.gatewayUrl,
    internalGatewayUrl: sandbox.internalGatewayUrl,
    adminUrl: sandbox.adminUrl,
    oidcIssuer: sandbox.oidcIssuer,
    adminToken: sandbox.adminToken,
    personas: sandbox.personas.map(({ username, name, role }) => ({
      username,
      name,
      role,
    })),
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await asked;
  await sandbox.stop();
}

/** What the user can put right needs no stack. */
function isAdvice(error: Error & { code?: string }): boolean {
  return (
    error instanceof Advice ||
    error.code?.startsWith('ERR_PARSE_ARGS') === true ||
    /^Port \d+ |^The folder of CRDs/.test(error.message)
  );
}

main().then(
  () => process.exit(0),
  error => {
    const text = isAdvice(error) ? error.message : error.stack;
    process.stderr.write(`${text}\n`);
    process.exit(1);
  },
);
