import { equalJson, isObject, listAt, objectAt } from '../api/json';
import { JsonObject } from '../api/seams';
import { StoredObject } from '../types';

/*
 * What the server gives a Service and what it takes away again when the type changes (`pkg/registry/core/service`: `alloc.go`,
 * `patchAllocatedValues`, `dropTypeDependentFields`). Numbers are given out in order and never taken back, whoever asks; that two Services
 * ask for the same one is not noticed.
 */

/** Addresses come from 10.96.0.0/12, as with kubeadm's default; the first ones are the API server's. */
let nextAddress = 10;

function allocateAddress(): string {
  nextAddress += 1;
  const host = nextAddress % 0xf_fff0;
  return `10.${96 + Math.floor(host / 65536)}.${Math.floor(host / 256) % 256}.${
    host % 256
  }`;
}

/** The range of node ports, both ends included. */
export const NODE_PORTS = { first: 30000, last: 32767 };
let nextNodePort = NODE_PORTS.first - 1;

function allocateNodePort(): number {
  nextNodePort =
    nextNodePort === NODE_PORTS.last ? NODE_PORTS.first : nextNodePort + 1;
  return nextNodePort;
}

function needsAddress(spec: JsonObject): boolean {
  return spec.type !== 'ExternalName';
}

function needsNodePorts(spec: JsonObject): boolean {
  return (
    spec.type === 'NodePort' ||
    (spec.type === 'LoadBalancer' &&
      spec.allocateLoadBalancerNodePorts !== false)
  );
}

function portsOf(spec: JsonObject): JsonObject[] {
  return listAt(spec, 'ports').filter(isObject);
}

function nodePortsOf(spec: JsonObject): unknown[] {
  return portsOf(spec).flatMap(({ nodePort }) => nodePort ?? []);
}

/** A spec with addresses and ports of nodes where its type needs some and it has none. */
function allocate(spec: JsonObject): JsonObject {
  const full = { ...spec };
  if (needsAddress(spec)) {
    const headless = spec.clusterIP === 'None';
    full.clusterIP ??= listAt(spec, 'clusterIPs')[0] ?? allocateAddress();
    full.clusterIPs ??= [full.clusterIP];
    // A headless service without selector gets both families: it may point anywhere.
    const anywhere = headless && spec.selector === undefined;
    full.ipFamilies ??= anywhere ? ['IPv4', 'IPv6'] : ['IPv4'];
    full.ipFamilyPolicy ??= anywhere ? 'RequireDualStack' : 'SingleStack';
  }
  if (needsNodePorts(spec) && spec.ports !== undefined) {
    full.ports = portsOf(spec).map(port => ({
      ...port,
      nodePort: port.nodePort ?? allocateNodePort(),
    }));
  }
  return full;
}

/** What the server puts into a new Service. */
export function createService(draft: JsonObject): void {
  draft.spec = allocate(objectAt(draft, 'spec'));
  draft.status = { loadBalancer: {} };
}

const ADDRESS_FIELDS = [
  'clusterIP',
  'clusterIPs',
  'ipFamilies',
  'ipFamilyPolicy',
];

const FIELDS_OF_TYPES: readonly [string, (spec: JsonObject) => boolean][] = [
  ['allocateLoadBalancerNodePorts', spec => spec.type === 'LoadBalancer'],
  ['loadBalancerClass', spec => spec.type === 'LoadBalancer'],
  [
    'externalTrafficPolicy',
    spec => spec.type === 'LoadBalancer' || spec.type === 'NodePort',
  ],
];

/** What was allocated stays when an update leaves it out, and goes when the new type has no use for it. */
export function updateService(draft: JsonObject, old: StoredObject): void {
  const before = objectAt(old, 'spec');
  const spec = { ...objectAt(draft, 'spec') };
  if (needsAddress(before) && needsAddress(spec)) {
    for (const field of ADDRESS_FIELDS) {
      spec[field] ??= before[field];
    }
  } else if (!needsAddress(spec) && sameOrAbsent(spec, before, 'clusterIPs')) {
    for (const field of ADDRESS_FIELDS) {
      delete spec[field];
    }
  }
  if (needsNodePorts(before) && needsNodePorts(spec)) {
    spec.ports = withNodePortsOf(before, spec);
  } else if (
    !needsNodePorts(spec) &&
    equalJson(nodePortsOf(before), nodePortsOf(spec))
  ) {
    spec.ports &&= portsOf(spec).map(({ nodePort: _, ...port }) => port);
  }
  for (const [field, isUsed] of FIELDS_OF_TYPES) {
    const unused = isUsed(before) && !isUsed(spec);
    if (unused && sameOrAbsent(spec, before, field)) {
      delete spec[field];
    }
  }
  draft.spec = withoutUndefined(allocate(spec));
}

function sameOrAbsent(
  spec: JsonObject,
  before: JsonObject,
  field: string,
): boolean {
  return spec[field] === undefined || equalJson(spec[field], before[field]);
}

/** The ports of a spec with the node ports that ports of the same name had, unless another port has taken them. */
function withNodePortsOf(before: JsonObject, spec: JsonObject): unknown[] {
  const used = new Set(nodePortsOf(spec));
  const byName = new Map(
    portsOf(before).map(({ name, nodePort }) => [name, nodePort]),
  );
  return portsOf(spec).map(port => {
    const known = byName.get(port.name);
    if (port.nodePort !== undefined || !known || used.has(known)) {
      return port;
    }
    used.add(known);
    return { ...port, nodePort: known };
  });
}

function withoutUndefined(spec: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(spec).filter(([, value]) => value !== undefined),
  );
}
