import fs from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { onPort } from './admin/ports';
import { startAdmin } from './admin/startAdmin';
import { createAuthority, issueCertificate } from './api/certificates';
import { ApiServer, createApiServer } from './api/createApiServer';
import { upstreamCrds } from './crds';
import { startGateway } from './gateway';
import { Persona, startIdentity } from './identity';
import { ClusterApi, ResourceId } from './types';
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
  /** Ports on loopback that the gateway reaches instead of ports of Services, such as `slipway-system/slipway-authorizer:9002`. */
  forwardedServices?: Readonly<Record<string, number>>;
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
const CRDS: ResourceId = {
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
};

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

type Stops = (() => Promise<void> | void)[];

async function start(
  options: SandboxOptions,
  stops: Stops,
  stop: () => Promise<void>,
): Promise<Sandbox> {
  const { baseDomain = 'slipway.localhost', stateDir } = options;
  const onError = options.onError ?? writeError;
  const report = (where: string, error: unknown) =>
    onError(new Error(`${where} failed and is tried again`, { cause: error }));
  const api = await startApi(options, baseDomain, stops, onError);
  const { cluster, caCert } = api;
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
  const { identity, admin, gateway } = await startServers(
    options,
    api,
    world,
    stops,
    report,
  );
  const kubeconfig = api.kubeconfig(ADMIN_TOKEN);
  return {
    kubeconfig,
    ...(stateDir && writeState(stateDir, kubeconfig, caCert)),
    caCert,
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

/** The API server with all kinds and the platform. */
async function startApi(
  { ports = {}, crds = chartCrds() }: SandboxOptions,
  baseDomain: string,
  stops: Stops,
  onError: (error: unknown) => void,
): Promise<ApiServer> {
  const authority = await createAuthority();
  const own = crds ? crdsIn(crds) : [];
  const api = await onPort('Kubernetes API', '--api-port', ports.api ?? 0, () =>
    createApiServer({ port: ports.api, authority, onError }),
  );
  stops.push(() => api.stop());
  for (const crd of [...upstreamCrds(), ...own]) {
    api.cluster.create(CRDS, { ...crd }, 'platform-team');
  }
  const hosts = [`*.${baseDomain}`, baseDomain, 'localhost'];
  const certificate = await issueCertificate(authority, hosts, ['127.0.0.1']);
  preparePlatform(api.cluster, { baseDomain, certificate });
  return api;
}

/** What listens beside the API server. */
async function startServers(
  { ports = {}, portalUrl, forwardedServices }: SandboxOptions,
  api: ApiServer,
  world: World,
  stops: Stops,
  report: (where: string, error: unknown) => void,
) {
  const { cluster, faults } = api;
  const { modelServers } = world;
  const portalRedirectUris = portalUrl && [
    `${portalUrl}/api/auth/oidc/handler/frame`,
  ];
  const { oidc = 0, admin: adminPort = 0, gateway: gatewayPort = 0 } = ports;
  const identity = await onPort('identity provider', '--oidc-port', oidc, () =>
    startIdentity({
      port: oidc,
      ...(portalRedirectUris && { portalRedirectUris }),
    }),
  );
  stops.push(() => identity.stop());
  const admin = await onPort('admin', '--admin-port', adminPort, () =>
    startAdmin({ port: adminPort, world, server: faults }),
  );
  stops.push(() => admin.stop());
  const gateway = await onPort('gateway', '--gateway-port', gatewayPort, () =>
    startGateway({
      cluster,
      port: gatewayPort,
      modelServers,
      // With one of its own, requests would wait for two slices of work instead of one.
      loop: world.loop,
      forwardedServices,
      onError: report,
    }),
  );
  stops.push(() => gateway.stop());
  return { identity, admin, gateway };
}

/** The CRDs of this repository's chart; nothing in an installed package. */
function chartCrds(): string | undefined {
  // eslint-disable-next-line no-restricted-syntax -- looked for in a checkout only
  const folder = path.resolve(__dirname, '../../../charts/slipway/crds');
  return fs.existsSync(folder) ? folder : undefined;
}

function crdsIn(folder: string): Record<string, unknown>[] {
  if (!fs.existsSync(folder)) {
    throw new Error(`The folder of CRDs, ${folder}, does not exist.`);
  }
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
