import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { Clock, systemClock } from './clock';
import { ClientHooks, HttpKubeClient } from './httpKubeClient';
import {
  defaultKubeconfig,
  inClusterConnection,
  plainConnection,
} from './kubeconfig';
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

/** A way to connect that is asked again when credentials may have changed. */
interface Source {
  connect: () => Connection | Promise<Connection>;
  changes: boolean;
}

class KubeconfigCredentials implements Credentials {
  private source: Source | undefined;
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
    this.source = undefined;
    this.connection = undefined;
    await this.current();
  }

  private async refresh(): Promise<Connection> {
    this.source ??= await openSource(this.options);
    this.connection = await this.source.connect();
    this.refreshAtMs = this.source.changes
      ? this.clock.monotonicMs() + REFRESH_MS
      : Infinity;
    return this.connection;
  }
}

async function openSource(options: KubeClientOptions): Promise<Source> {
  const file = options.kubeconfig ?? defaultKubeconfig();
  if (options.kubeconfigText !== undefined || file !== undefined) {
    const text =
      options.kubeconfigText ?? fs.readFileSync(String(file), 'utf8');
    const folder = file === undefined ? process.cwd() : path.dirname(file);
    const plain = plainConnection({ text, folder }, options.context);
    if (plain) {
      return plain;
    }
  } else if (process.env.KUBECONFIG === undefined) {
    const inCluster = inClusterConnection();
    if (inCluster) {
      return { connect: inCluster, changes: true };
    }
    throw new Error(
      'no cluster: pass a kubeconfig, set KUBECONFIG, or run in a pod',
    );
  }
  const config = await loadConfig(options);
  return { connect: () => connectionOf(config), changes: true };
}

/** Reads a kubeconfig that needs plugins, with the official library. */
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
    config.setCurrentContext(options.context);
  }
  // The library refuses plain http unless verification is off; there is nothing to verify then.
  config.clusters = config
    .getClusters()
    .map(each =>
      each.server.startsWith('http:') ? { ...each, skipTLSVerify: true } : each,
    );
  return config;
}

async function connectionOf(config: KubeConfig): Promise<Connection> {
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new Error(
      `the kubeconfig has no cluster for the context "${config.getCurrentContext()}"`,
    );
  }
  const applied: https.RequestOptions = {};
  await config.applyToHTTPSOptions(applied);
  const { ca, cert, key, servername, rejectUnauthorized, auth, agent } =
    applied;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(applied.headers ?? {})) {
    headers[name.toLowerCase()] = String(value).trim();
  }
  if (auth) {
    headers.authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  }
  return {
    server: new URL(cluster.server),
    tls: { ca, cert, key, servername, rejectUnauthorized },
    headers,
    ...(cluster.proxyUrl && agent instanceof http.Agent && { agent }),
  };
}

/**
 * A client for the cluster of a kubeconfig.
 *
 * @throws Error when the kubeconfig can't be read, or lacks the context, its cluster or its user.
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
