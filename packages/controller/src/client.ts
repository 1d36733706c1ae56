import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Clock, systemClock } from './clock';
import { ClientHooks, HttpKubeClient } from './httpKubeClient';
import { Connection, Credentials, Transport } from './transport';

/** Where the cluster is, and how to speak to it. */
export interface KubeClientOptions extends ClientHooks {
  /** Path of a kubeconfig. Without it and without `kubeconfigText`: `$KUBECONFIG`, `~/.kube/config`, or the pod we run in. */
  kubeconfig?: string;
  /** A kubeconfig itself, as YAML or JSON. */
  kubeconfigText?: string;
  /** A context of the kubeconfig; its current one if absent. */
  context?: string;
  /** Names us in the server's logs; `slipway-controller` if absent. */
  userAgent?: string;
  /** Calls in flight at once, watches apart; 32 if absent. */
  maxInFlight?: number;
  /** A call without an answer is given up after this long; 30 s if absent. */
  timeoutMs?: number;
  clock?: Clock;
}

/** Credentials that change by themselves (files, exec plugins) are looked at again after this long. */
const REFRESH_MS = 10_000;

/** Reads the kubeconfig; the one place that loads the big library, and only when a client is made. */
async function loadConfig(options: KubeClientOptions): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  if (options.kubeconfigText !== undefined) {
    config.loadFromString(options.kubeconfigText);
  } else if (options.kubeconfig !== undefined) {
    config.loadFromFile(options.kubeconfig);
  } else {
    config.loadFromDefault();
  }
  if (options.context !== undefined) {
    if (!config.getContextObject(options.context)) {
      throw new Error(
        `the kubeconfig has no context "${options.context}": it has ${config
          .getContexts()
          .map(({ name }) => name)
          .join(', ')}`,
      );
    }
    config.setCurrentContext(options.context);
  }
  // The library refuses plain http unless verification is off; there is nothing to verify then.
  const clusters = config
    .getClusters()
    .map(each =>
      each.server.startsWith('http:') ? { ...each, skipTLSVerify: true } : each,
    );
  config.clusters = clusters;
  return config;
}

class KubeconfigCredentials implements Credentials {
  private config: KubeConfig | undefined;
  private connection: Connection | undefined;
  private refreshAtMs = 0;
  private refreshing: Promise<Connection> | undefined;

  constructor(
    private readonly options: KubeClientOptions,
    private readonly clock: Clock,
  ) {}

  async current(): Promise<Connection> {
    if (this.connection && this.clock.monotonicMs() < this.refreshAtMs) {
      return this.connection;
    }
    this.refreshing ??= this.refresh().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  async renew(): Promise<void> {
    this.config = undefined;
    this.connection = undefined;
    await this.current();
  }

  private async refresh(): Promise<Connection> {
    this.config ??= await loadConfig(this.options);
    const cluster = this.config.getCurrentCluster();
    if (!cluster) {
      throw new Error(
        `the kubeconfig names no cluster for the context "${this.config.getCurrentContext()}": set current-context, or pass a context`,
      );
    }
    const applied: https.RequestOptions = {};
    await this.config.applyToHTTPSOptions(applied);
    const {
      ca,
      cert,
      key,
      servername,
      rejectUnauthorized,
      auth,
      headers = {},
      agent,
    } = applied;
    this.connection = {
      server: new URL(cluster.server),
      tls: { ca, cert, key, servername, rejectUnauthorized },
      headers: {},
    };
    for (const [name, value] of Object.entries(headers)) {
      this.connection.headers[name.toLowerCase()] = String(value).trim();
    }
    if (auth) {
      this.connection.headers.authorization = `Basic ${Buffer.from(
        auth,
      ).toString('base64')}`;
    }
    if (cluster.proxyUrl && agent instanceof http.Agent) {
      this.connection.agent = agent;
    }
    const user = this.config.getCurrentUser();
    const changes = Boolean(user?.exec || user?.authProvider || user?.certFile);
    this.refreshAtMs = changes
      ? this.clock.monotonicMs() + REFRESH_MS
      : Infinity;
    return this.connection;
  }
}

/**
 * A client for the cluster of a kubeconfig.
 *
 * @throws Error when the kubeconfig can't be read or names no server.
 */
export async function createKubeClient(
  options: KubeClientOptions = {},
): Promise<HttpKubeClient> {
  const clock = options.clock ?? systemClock;
  const credentials = new KubeconfigCredentials(options, clock);
  await credentials.renew();
  const transport = new Transport({
    credentials,
    userAgent: options.userAgent ?? 'slipway-controller',
    clock,
    random: Math.random,
    maxInFlight: options.maxInFlight ?? 32,
    timeoutMs: options.timeoutMs ?? 30_000,
    attempts: 5,
  });
  return new HttpKubeClient(transport, options);
}
