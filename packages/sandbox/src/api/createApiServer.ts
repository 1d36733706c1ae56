import { createServer } from 'node:https';
import { AddressInfo, Socket } from 'node:net';
import { stringify } from 'yaml';
import * as patches from '../apply';
import { builtinKinds } from '../builtin';
import * as crds from '../schema';
import { ClusterApi } from '../types';
import { RequestFaults } from '../admin/requestFaults';
import { PodLogs } from '../world/podLogs';
import { AdmissionPlugin } from './admission/admission';
import { escalation } from './admission/escalation';
import { limitRanger } from './admission/limitRanger';
import { namespaceLifecycle } from './admission/namespaceLifecycle';
import { resourceQuota } from './admission/resourceQuota';
import { serviceAccounts } from './admission/serviceAccounts';
import { storage } from './admission/storage';
import { Authenticator, StaticToken } from './authentication';
import { Authorizer } from './authorization';
import { bootstrapRoles } from './bootstrapRoles';
import { createAuthority, issueCertificate, KeyPair } from './certificates';
import { InProcessCluster } from './clusterApi';
import { CrdController } from './controllers/crds';
import { DisruptionController } from './controllers/disruption';
import { EventExpiry } from './controllers/eventExpiry';
import { GarbageCollector } from './controllers/garbageCollector';
import { NamespaceController } from './controllers/namespaces';
import { QuotaController } from './controllers/quotas';
import { Discovery } from './discovery';
import { Handler } from './http/handler';
import { PathHandlers } from './http/paths';
import { ResourceHandlers } from './http/resources';
import { Subresources } from './http/subresources';
import { OpenApi } from './openapi';
import { Registry, storageOf } from './registry';
import { Deleter } from './rest/deletion';
import { Watch } from './rest/watches';
import { Writer } from './rest/writer';
import { ServerFaults } from './serverFaults';
import { Store } from './store';

/** How an API server is set up. Everything has a default. */
export interface ApiServerOptions {
  /** Port on 127.0.0.1; 0 (default) takes a free one. */
  port?: number;
  /** The authority that signs the server's certificate; made anew by default. */
  authority?: KeyPair;
  /** Bearer tokens; default: `admin-token` (group system:masters) and `alice-token` (user alice, group devs). */
  tokens?: readonly StaticToken[];
  /** Milliseconds since 1970; default the clock. */
  now?: () => number;
  /** Where `pods/log` comes from. Can be set later, on the server. */
  podLogs?: PodLogs;
  /** Faults of single requests. Can be set later, on `faults.requests`. */
  requestFaults?: RequestFaults;
  /** Told what the sandbox's own controllers throw; default: written to stderr. */
  onError?: (error: unknown) => void;
}

/** A running API server. */
export interface ApiServer {
  url: string;
  /** PEM of the authority that signed the server's certificate. */
  caCert: string;
  authority: KeyPair;
  cluster: ClusterApi;
  faults: ServerFaults;
  setPodLogs(podLogs: PodLogs): void;
  /** A kubeconfig with one context; default token is the first one. */
  kubeconfig(token?: string): string;
  /** Ends watches, closes connections and stops the controllers. */
  stop(): Promise<void>;
}

const DEFAULT_TOKENS: readonly StaticToken[] = [
  { token: 'admin-token', user: 'admin', groups: ['system:masters'] },
  { token: 'alice-token', user: 'alice', groups: ['devs'] },
];

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

function writeToStderr(error: unknown): void {
  const text =
    error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`sandbox: ${text}\n`);
}

function kubeconfigText(url: string, caCert: string, token: string): string {
  const name = 'slipway-sandbox';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(caCert).toString('base64'),
        },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** Everything behind the network: store, kinds, writes, controllers. */
function createCore(options: ApiServerOptions) {
  const now = options.now ?? Date.now;
  const libraries = { ...patches, ...crds, builtinKinds };
  const onError = options.onError ?? writeToStderr;
  const store = new Store(onError);
  const registry = new Registry();
  registry.add(builtinKinds);
  for (const kind of registry.allStored()) store.open(storageOf(kind));
  const authenticator = new Authenticator(
    store,
    options.tokens ?? DEFAULT_TOKENS,
    now,
  );
  const authorizer = new Authorizer(store);
  const plugins: AdmissionPlugin[] = [
    namespaceLifecycle(store),
    serviceAccounts(store),
    storage(store),
    limitRanger(store),
    escalation(authorizer),
    resourceQuota(store),
  ];
  const writer = new Writer(store, registry, libraries, plugins, now);
  const deleter = new Deleter(store, writer, plugins, now);
  const cluster = new InProcessCluster(store, registry, writer, deleter);
  return {
    now,
    onError,
    libraries,
    store,
    registry,
    authenticator,
    authorizer,
    writer,
    deleter,
    cluster,
  };
}

function bootstrap(cluster: ClusterApi): void {
  const manager = 'kube-apiserver';
  for (const name of NAMESPACES) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    cluster.create({ group: '', plural: 'namespaces' }, object, manager);
  }
  for (const { plural, object } of bootstrapRoles()) {
    cluster.create(
      { group: 'rbac.authorization.k8s.io', plural },
      object,
      manager,
    );
  }
}

/** Starts a Kubernetes API server over HTTPS on 127.0.0.1, with its namespace controller and garbage collector. */
export async function createApiServer(
  options: ApiServerOptions = {},
): Promise<ApiServer> {
  const authority = options.authority ?? (await createAuthority());
  const hosts = ['localhost', 'kubernetes', 'kubernetes.default.svc'];
  const certificate = await issueCertificate(authority, hosts, ['127.0.0.1']);
  const core = createCore(options);
  const { store, registry, cluster, now } = core;
  bootstrap(cluster);
  const controllers = [
    new NamespaceController(core, authority.cert),
    new GarbageCollector(core),
    new CrdController(core, core.libraries),
    new QuotaController(core),
    new DisruptionController(core),
    new EventExpiry(core),
  ];
  for (const controller of controllers) controller.start();

  const watches = new Set<Watch>();
  const sockets = new Set<Socket>();
  // as the real server does when a definition changes or goes: clients come back and meet what is served now
  registry.onChange(() => {
    for (const watch of watches) {
      const { kind } = watch.target;
      const served = registry.find(kind.group, kind.version, kind.plural);
      if (served !== kind) watch.end();
    }
  });
  const faults = new ServerFaults(store, watches, sockets);
  faults.requests = options.requestFaults;
  const discovery = new Discovery(registry);
  const paths = new PathHandlers(discovery, new OpenApi(registry), registry);
  const special = { ...core, podLogs: options.podLogs };
  const resources = new ResourceHandlers(
    { ...core, watches, now },
    new Subresources(special),
    group => paths.isBuiltinGroup(group),
  );
  const handler = new Handler({ ...core, faults, paths, resources });
  const server = createServer(
    { cert: certificate.cert, key: certificate.key },
    handler.handle,
  );
  // long-lived clients: Go's default idle timeout is 90 s, so the server must not close first
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  server.on('secureConnection', socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `https://127.0.0.1:${portOf(server.address())}`;
  const [first] = options.tokens ?? DEFAULT_TOKENS;
  return {
    url,
    caCert: authority.cert,
    authority,
    cluster,
    faults,
    setPodLogs: podLogs => {
      special.podLogs = podLogs;
    },
    kubeconfig: (token = first?.token ?? '') =>
      kubeconfigText(url, authority.cert, token),
    stop: async () => {
      for (const controller of controllers) controller.stop();
      for (const watch of watches) watch.end();
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function portOf(address: string | AddressInfo | null): number {
  if (address && typeof address === 'object') return address.port;
  throw new Error('the API server has no port');
}
