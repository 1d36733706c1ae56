import fs from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { onPort } from './admin/ports';
import { startAdmin } from './admin/startAdmin';
import { createAuthority, issueCertificate } from './api/certificates';
import { createApiServer } from './api/createApiServer';
import { upstreamCrds } from './crds';
import { startGateway } from './gateway';
import { Persona, startIdentity } from './identity';
import { ClusterApi } from './types';
import { WorldDelays } from './world/delays';
import { EventLevel } from './world/events';
import { NodeShape } from './world/nodes/nodeShapes';
import { preparePlatform } from './world/platform';
import { startWorld, World } from './world/world';

/** Ports on 127.0.0.1; 0, the default, takes a free one. */
export interface SandboxPorts {
  api?: number;
  gateway?: number;
  oidc?: number;
  admin?: number;
}

/** How a sandbox is started. Everything has a default. */
export interface SandboxOptions {
  ports?: SandboxPorts;
  /** Default `slipway.localhost`. */
  baseDomain?: string;
  /** Folder of CustomResourceDefinitions (YAML or JSON) beside those of the gateway side. Default: those of our chart, in a checkout. */
  crds?: string;
  /** Where to write `kubeconfig` and `ca.crt`. Nothing is written without it. */
  stateDir?: string;
  /** Public URL of the portal: where its sign-in may come back to. */
  portalUrl?: string;
  delays?: Partial<WorldDelays>;
  nodes?: readonly NodeShape[];
  /** Seed of generated names. */
  seed?: number;
  /** `warnings` leaves out events that only say that all is well. */
  events?: EventLevel;
  /** Told of defects of the sandbox itself; default: stderr. */
  onError?: (error: unknown) => void;
}

/** A running sandbox. */
export interface Sandbox {
  /** Text of a kubeconfig for an administrator. */
  kubeconfig: string;
  /** Where it was written, with `stateDir`. */
  kubeconfigFile?: string;
  /** PEM of the authority of the API server and the gateway. */
  caCert: string;
  /** Where it was written, with `stateDir`. */
  caFile?: string;
  apiUrl: string;
  /** External endpoint: `https://llm.<base>:<port>`. */
  gatewayUrl: string;
  /** Internal endpoint: `https://llm-internal.<base>:<port>`. */
  internalGatewayUrl: string;
  adminUrl: string;
  oidcIssuer: string;
  /** Bearer token of an administrator of the cluster. */
  adminToken: string;
  personas: readonly Persona[];
  /** The cluster from the inside, for tests. */
  cluster: ClusterApi;
  world: World;
  /** Stops everything. */
  stop(): Promise<void>;
}

const ADMIN_TOKEN = 'admin-token';

/**
 * Starts a cluster in this process: Kubernetes API, controllers, nodes, gateway, identity provider and the admin endpoint, with the
 * platform that models need. Everything is in memory and on 127.0.0.1.
 *
 * @throws Error naming the port and the flag when a port is taken.
 */
export async function startSandbox(
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    return await start(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: SandboxOptions,
  stops: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<Sandbox> {
  const { ports = {}, baseDomain = 'slipway.localhost' } = options;
  const onError = options.onError ?? writeError;
  const report = (where: string, error: unknown) =>
    onError(new Error(`${where} failed and is tried again`, { cause: error }));
  const authority = await createAuthority();
  const api = await onPort('Kubernetes API', '--api-port', ports.api ?? 0, () =>
    createApiServer({ port: ports.api, authority, onError }),
  );
  stops.push(() => api.stop());
  const { cluster } = api;
  for (const crd of [
    ...upstreamCrds(),
    ...crdsIn(options.crds ?? chartCrds()),
  ]) {
    cluster.create(
      { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' },
      { ...crd },
      'platform-team',
    );
  }
  const hosts = [`*.${baseDomain}`, baseDomain, 'localhost'];
  const certificate = await issueCertificate(authority, hosts, ['127.0.0.1']);
  preparePlatform(cluster, { baseDomain, certificate });

  const world = startWorld({
    cluster,
    delays: options.delays,
    nodes: options.nodes,
    seed: options.seed,
    events: options.events,
    onError: report,
  });
  stops.push(() => world.stop());
  api.setPodLogs(world.kubelet);

  const identity = await onPort(
    'identity provider',
    '--oidc-port',
    ports.oidc ?? 0,
    () =>
      startIdentity({
        port: ports.oidc,
        ...(options.portalUrl && {
          portalRedirectUris: [
            `${options.portalUrl}/api/auth/oidc/handler/frame`,
          ],
        }),
      }),
  );
  stops.push(() => identity.stop());
  const admin = await onPort('admin', '--admin-port', ports.admin ?? 0, () =>
    startAdmin({ port: ports.admin, world, server: api.faults }),
  );
  stops.push(() => admin.stop());

  const gateway = await onPort(
    'gateway',
    '--gateway-port',
    ports.gateway ?? 0,
    () =>
      startGateway({
        cluster,
        port: ports.gateway,
        modelServers: world.modelServers,
        onError: report,
      }),
  );
  stops.push(() => gateway.stop());

  const kubeconfig = api.kubeconfig(ADMIN_TOKEN);
  return {
    kubeconfig,
    ...(options.stateDir &&
      writeState(options.stateDir, kubeconfig, api.caCert)),
    caCert: api.caCert,
    apiUrl: api.url,
    gatewayUrl: `https://llm.${baseDomain}:${gateway.port}`,
    internalGatewayUrl: `https://llm-internal.${baseDomain}:${gateway.port}`,
    adminUrl: admin.url,
    oidcIssuer: identity.issuer,
    adminToken: ADMIN_TOKEN,
    personas: identity.personas,
    cluster,
    world,
    stop,
  };
}

/** The CRDs of this repository's chart; nothing in an installed package. */
function chartCrds(): string | undefined {
  // eslint-disable-next-line no-restricted-syntax -- looked for in a checkout only
  const folder = path.resolve(__dirname, '../../../charts/slipway/crds');
  return fs.existsSync(folder) ? folder : undefined;
}

function crdsIn(folder: string | undefined): Record<string, unknown>[] {
  if (!folder) return [];
  const files = fs
    .readdirSync(folder)
    .filter(file => /\.(ya?ml|json)$/.test(file));
  return files.sort().flatMap(file => {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    return parseAllDocuments(text).flatMap(document => document.toJS() ?? []);
  });
}

function writeState(folder: string, kubeconfig: string, caCert: string) {
  fs.mkdirSync(folder, { recursive: true });
  const kubeconfigFile = path.resolve(folder, 'kubeconfig');
  const caFile = path.resolve(folder, 'ca.crt');
  fs.writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
  fs.writeFileSync(caFile, caCert);
  return { kubeconfigFile, caFile };
}

function writeError(error: unknown): void {
  const text =
    error instanceof Error ? error.stack ?? error.message : String(error);
  const cause =
    error instanceof Error && error.cause
      ? `\n  because: ${String(error.cause)}`
      : '';
  process.stderr.write(`sandbox: ${text}${cause}\n`);
}
