import { isObject, listAt, objectAt } from '../api/json';
import { JsonObject } from '../api/seams';

/*
 * Defaults of pods and pod templates (`pkg/apis/core/v1/defaults.go`; transcripts 035 and 038). Everything here returns a new object, since
 * drafts may share parts with what the client sent.
 */

/** A pod's spec with its defaults. */
export function defaultPodSpec(input: unknown): JsonObject {
  const spec: JsonObject = { ...objectAt(input) };
  for (const field of ['containers', 'initContainers']) {
    if (Array.isArray(spec[field])) {
      spec[field] = listAt(spec, field).map(defaultContainer);
    }
  }
  if (Array.isArray(spec.volumes)) {
    spec.volumes = listAt(spec, 'volumes').map(defaultVolume);
  }
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  if (spec.serviceAccountName !== undefined) {
    spec.serviceAccount = spec.serviceAccountName;
  } else if (spec.serviceAccount !== undefined) {
    spec.serviceAccountName = spec.serviceAccount;
  }
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
  return spec;
}

function defaultContainer(input: unknown): unknown {
  if (!isObject(input)) {
    return input;
  }
  const container: JsonObject = { ...input };
  if (Array.isArray(container.ports)) {
    container.ports = listAt(container, 'ports').map(port =>
      isObject(port) ? { ...port, protocol: port.protocol ?? 'TCP' } : port,
    );
  }
  if (Array.isArray(container.env)) {
    container.env = listAt(container, 'env').map(defaultEnv);
  }
  container.resources ??= {};
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (isObject(container[probe])) {
      container[probe] = defaultProbe(container[probe]);
    }
  }
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.imagePullPolicy ??= pullPolicy(String(container.image ?? ''));
  return container;
}

/** Images named `latest`, or without tag and digest, are pulled every time. */
function pullPolicy(image: string): string {
  if (image.includes('@')) {
    return 'IfNotPresent';
  }
  const [, tag] = /:([^/:]+)$/.exec(image) ?? [];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultEnv(env: unknown): unknown {
  const fieldRef = objectAt(env, 'valueFrom').fieldRef;
  if (!isObject(env) || !isObject(fieldRef) || fieldRef.apiVersion) {
    return env;
  }
  return {
    ...env,
    valueFrom: {
      ...objectAt(env, 'valueFrom'),
      fieldRef: { apiVersion: 'v1', ...fieldRef },
    },
  };
}

function defaultProbe(input: JsonObject): JsonObject {
  const probe: JsonObject = { ...input };
  if (isObject(probe.httpGet)) {
    probe.httpGet = { path: '/', scheme: 'HTTP', ...probe.httpGet };
  }
  if (isObject(probe.grpc)) {
    probe.grpc = { service: '', ...probe.grpc };
  }
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  return probe;
}

/** Mode 0644, as the decimal number that JSON has. */
const FILE_MODE = 0o644;

function defaultVolume(input: unknown): unknown {
  if (!isObject(input)) {
    return input;
  }
  const volume: JsonObject = { ...input };
  if (Object.keys(volume).length === 1) {
    volume.emptyDir = {};
  }
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    if (isObject(volume[source])) {
      volume[source] = { ...volume[source], ...modeOf(volume[source]) };
    }
  }
  if (isObject(volume.hostPath)) {
    volume.hostPath = { type: '', ...volume.hostPath };
  }
  if (isObject(volume.projected)) {
    volume.projected = {
      ...volume.projected,
      sources: listAt(volume.projected, 'sources').map(defaultProjection),
    };
  }
  return volume;
}

function modeOf(source: JsonObject): JsonObject {
  return { defaultMode: source.defaultMode ?? FILE_MODE };
}

function defaultProjection(source: unknown): unknown {
  return isObject(source) && isObject(source.serviceAccountToken)
    ? {
        ...source,
        serviceAccountToken: {
          expirationSeconds: 3600,
          ...source.serviceAccountToken,
        },
      }
    : source;
}

/** A pod template with its defaults; the metadata is always there. */
export function defaultPodTemplate(input: unknown): JsonObject {
  const template = objectAt(input);
  return {
    ...template,
    metadata: template.metadata ?? {},
    spec: defaultPodSpec(template.spec),
  };
}

/** Requests of a pod's containers default to their limits. (Of templates they don't.) */
export function defaultRequests(container: unknown): unknown {
  const limits = objectAt(container, 'resources').limits;
  if (!isObject(container) || !isObject(limits)) {
    return container;
  }
  const resources = objectAt(container, 'resources');
  return {
    ...container,
    resources: {
      ...resources,
      requests: { ...limits, ...objectAt(resources, 'requests') },
    },
  };
}
