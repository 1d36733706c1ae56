import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { Connection } from './transport';

/** A kubeconfig: its text, and the folder that paths in it are relative to. */
export interface KubeconfigSource {
  text: string;
  folder: string;
}

type Tree = Record<string, unknown>;

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What this file understands; a kubeconfig with anything else is left to the official library. */
const PLAIN_USER = new Set([
  'token',
  'tokenFile',
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'username',
  'password',
]);
const PLAIN_CLUSTER = new Set([
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'disable-compression',
  'extensions',
]);

/**
 * How to connect, for a kubeconfig with static credentials or files: nearly all that a controller meets. `undefined` for those that need
 * more (exec plugins, auth providers, proxies, impersonation), which the official library reads; loading it costs 70 MB and most of
 * a second, so it is not loaded for the others.
 *
 * @returns a function that reads the files anew, and whether there are any that may change
 * @throws Error when the context, its cluster or its user is missing
 */
export function plainConnection(
  source: KubeconfigSource,
  contextName: string | undefined,
): { connect: () => Connection; changes: boolean } | undefined {
  const config = asTree(parse(source.text));
  const wanted = contextName ?? textOf(config['current-context']) ?? '';
  const context = named(
    config.contexts,
    wanted,
    'context',
    contextName === undefined,
  );
  const cluster = named(
    config.clusters,
    textOf(context.cluster) ?? '',
    'cluster',
  );
  const user =
    context.user === undefined
      ? {}
      : named(config.users, textOf(context.user) ?? '', 'user');
  const plain =
    Object.keys(user).every(field => PLAIN_USER.has(field)) &&
    Object.keys(cluster).every(field => PLAIN_CLUSTER.has(field));
  if (!plain) {
    return undefined;
  }
  const server = new URL(textOf(cluster.server) ?? '');
  const read = (tree: Tree, field: string) =>
    contentOf(tree, field, source.folder);
  return {
    changes: [...Object.keys(user), ...Object.keys(cluster)].some(
      field =>
        field === 'tokenFile' ||
        /^(client-certificate|client-key|certificate-authority)$/.test(field),
    ),
    connect: () => ({
      server,
      tls: {
        ca: read(cluster, 'certificate-authority'),
        cert: read(user, 'client-certificate'),
        key: read(user, 'client-key'),
        servername: textOf(cluster['tls-server-name']),
        ...(cluster['insecure-skip-tls-verify'] === true && {
          rejectUnauthorized: false,
        }),
      },
      headers: authorization(user, source.folder),
    }),
  };
}

/** How to connect from inside a pod, or `undefined` when we are in none. */
export function inClusterConnection(): (() => Connection) | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } =
    process.env;
  if (!host || !port || !fs.existsSync(`${SERVICE_ACCOUNT}/token`)) {
    return undefined;
  }
  const server = new URL(
    `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  return () => ({
    server,
    tls: { ca: fs.readFileSync(`${SERVICE_ACCOUNT}/ca.crt`) },
    headers: {
      authorization: `Bearer ${fs
        .readFileSync(`${SERVICE_ACCOUNT}/token`, 'utf8')
        .trim()}`,
    },
  });
}

/** The kubeconfig that `kubectl` would take, if it is one file: the given one, `$KUBECONFIG`, or `~/.kube/config`. */
export function defaultKubeconfig(): string | undefined {
  const { KUBECONFIG: fromEnvironment } = process.env;
  if (fromEnvironment) {
    return fromEnvironment.includes(path.delimiter)
      ? undefined
      : fromEnvironment;
  }
  const inHome = path.join(os.homedir(), '.kube', 'config');
  return fs.existsSync(inHome) ? inHome : undefined;
}

function named(
  list: unknown,
  name: string,
  what: string,
  isCurrent = false,
): Tree {
  const all = Array.isArray(list) ? list.map(asTree) : [];
  const found = all.find(each => each.name === name);
  if (!found) {
    const names = all.map(each => each.name).join(', ') || 'none';
    const remedy = isCurrent ? '; set current-context, or pass a context' : '';
    throw new Error(
      `the kubeconfig has no ${what} "${name}": it has ${names}${remedy}`,
    );
  }
  return asTree(found[what]);
}

/** `<field>-data` holds base64, `<field>` names a file. */
function contentOf(
  tree: Tree,
  field: string,
  folder: string,
): Buffer | undefined {
  const data = textOf(tree[`${field}-data`]);
  if (data) {
    return Buffer.from(data, 'base64');
  }
  const file = textOf(tree[field]);
  return file ? fs.readFileSync(path.resolve(folder, file)) : undefined;
}

function authorization(user: Tree, folder: string): Record<string, string> {
  const file = textOf(user.tokenFile);
  const token = file
    ? fs.readFileSync(path.resolve(folder, file), 'utf8').trim()
    : textOf(user.token);
  if (token) {
    return { authorization: `Bearer ${token}` };
  }
  if (user.username !== undefined) {
    const pair = Buffer.from(`${user.username}:${user.password ?? ''}`);
    return { authorization: `Basic ${pair.toString('base64')}` };
  }
  return {};
}

function asTree(value: unknown): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
