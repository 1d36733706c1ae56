import { ClusterApi, StoredObject } from '../../types';
import { kinds } from '../kinds';
import { ContainerSpec, EnvFrom, EnvSource } from '../programs/program';

/** The environment of a container, or why it can't be made (`CreateContainerConfigError`). */
export type Environment = { env: Record<string, string> } | { problem: string };

class Missing extends Error {}

/** Works out a container's environment. Messages: `pkg/kubelet/kubelet_pods.go` makeEnvironmentVariables. */
export function environmentOf(
  cluster: ClusterApi,
  pod: StoredObject,
  container: ContainerSpec,
  podIp: string,
): Environment {
  const env: Record<string, string> = {};
  try {
    for (const source of container.envFrom ?? []) {
      for (const [name, value] of Object.entries(
        valuesFrom(cluster, pod, source),
      )) {
        env[`${source.prefix ?? ''}${name}`] = value;
      }
    }
    for (const { name, value, valueFrom } of container.env ?? []) {
      const resolved = valueFrom
        ? valueOf(cluster, pod, valueFrom, podIp)
        : expand(value ?? '', env);
      if (resolved !== undefined) env[name] = resolved;
    }
  } catch (error) {
    if (error instanceof Missing) return { problem: error.message };
    throw error;
  }
  return { env };
}

/** `$(NAME)` replaced by variables that exist; `$$(NAME)` is `$(NAME)`. */
export function expand(
  text: string,
  env: Readonly<Record<string, string>>,
): string {
  return text.replace(
    /\$(\$?)\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)/g,
    (whole, escape: string, name: string) => {
      if (escape) return whole.slice(1);
      return env[name] ?? whole;
    },
  );
}

function valuesFrom(
  cluster: ClusterApi,
  pod: StoredObject,
  source: EnvFrom,
): Record<string, string> {
  const { namespace } = pod.metadata;
  if (source.secretRef) {
    const { name, optional } = source.secretRef;
    const secret = cluster.get(kinds.secrets, namespace, name);
    if (secret) return decoded(secret);
    if (optional) return {};
    throw new Missing(`secret "${name}" not found`);
  }
  if (source.configMapRef) {
    const { name, optional } = source.configMapRef;
    const configMap = cluster.get(kinds.configMaps, namespace, name);
    if (configMap || optional) return configMap?.data ?? {};
    throw new Missing(`configmap "${name}" not found`);
  }
  return {};
}

function valueOf(
  cluster: ClusterApi,
  pod: StoredObject,
  source: EnvSource,
  podIp: string,
): string | undefined {
  const { namespace } = pod.metadata;
  if (source.secretKeyRef) {
    const { name, key, optional } = source.secretKeyRef;
    const secret = cluster.get(kinds.secrets, namespace, name);
    const value = secret && decoded(secret)[key];
    if (value !== undefined || optional) return value;
    if (!secret) throw new Missing(`secret "${name}" not found`);
    throw new Missing(
      `couldn't find key ${key} in Secret ${namespace}/${name}`,
    );
  }
  if (source.configMapKeyRef) {
    const { name, key, optional } = source.configMapKeyRef;
    const configMap = cluster.get(kinds.configMaps, namespace, name);
    const value: string | undefined = configMap?.data?.[key];
    if (value !== undefined || optional) return value;
    if (!configMap) throw new Missing(`configmap "${name}" not found`);
    throw new Missing(
      `couldn't find key ${key} in ConfigMap ${namespace}/${name}`,
    );
  }
  return source.fieldRef && fieldOf(pod, source.fieldRef.fieldPath, podIp);
}

function decoded(secret: StoredObject): Record<string, string> {
  const data: Record<string, string> = secret.data ?? {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]),
  );
}

function fieldOf(pod: StoredObject, path: string, podIp: string): string {
  const { metadata, spec } = pod;
  const fields: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName,
    'spec.serviceAccountName': spec.serviceAccountName,
    'status.hostIP': pod.status?.hostIP,
    'status.podIP': podIp,
  };
  const quoted = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (!quoted) return fields[path] ?? '';
  const values =
    quoted[1] === 'labels' ? metadata.labels : metadata.annotations;
  return values?.[quoted[2]] ?? '';
}
