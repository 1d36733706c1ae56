import { equalJson, isObject, listAt, objectAt } from '../api/json';
import { FieldError, JsonObject, WriteContext } from '../api/seams';
import { invalid } from '../schema/fieldErrors';
import { ApiFailure, StoredObject } from '../types';

/*
 * What the server gives a Service and what it takes away again when the type changes (`pkg/registry/core/service`: `alloc.go`,
 * `patchAllocatedValues`, `dropTypeDependentFields`). Numbers are given out in order; what another Service has is not given out, and refused
 * to who asks for it.
 */

/** Addresses come from 10.96.0.0/12, as with kubeadm's default; the first ones are the API server's. */
let nextAddress = 10;

/** Addresses that somebody has asked for: they are not given out, so that nobody need look for who has one. */
const askedFor = new Set<unknown>();

function nextFreeAddress(): string {
  for (;;) {
    nextAddress += 1;
    const host = nextAddress % 0xf_fff0;
    const address = `10.${96 + Math.floor(host / 65536)}.${
      Math.floor(host / 256) % 256
    }.${host % 256}`;
    if (!askedFor.has(address)) {
      return address;
    }
  }
}

/** The range of node ports, both ends included. */
export const NODE_PORTS = { first: 30000, last: 32767 };
/** The first ones are left to who asks for a certain port, as KEP-3668 has it. */
const FIRST_GIVEN = NODE_PORTS.first + 86;
let nextNodePort = FIRST_GIVEN - 1;

function nodePortAfter(taken: Set<unknown>): number {
  const size = NODE_PORTS.last - FIRST_GIVEN + 1;
  for (let tries = 0; tries < size; tries += 1) {
    nextNodePort =
      nextNodePort === NODE_PORTS.last ? FIRST_GIVEN : nextNodePort + 1;
    if (!taken.has(nextNodePort)) {
      taken.add(nextNodePort);
      return nextNodePort;
    }
  }
  throw new ApiFailure(
    500,
    'InternalError',
    'Internal error occurred: failed to allocate a nodePort: range is full',
  );
}

const servicesOf = (context: WriteContext): JsonObject[] =>
  (context.others?.() ?? []).map(service => objectAt(service, 'spec'));

const addressesOf = (spec: JsonObject): unknown[] =>
  listAt(spec, 'clusterIPs').filter(address => address !== 'None');

/** What the writer of a spec asked for and had not before; the rest was given. */
const asked = new WeakMap<
  object,
  { addresses: readonly unknown[]; nodePorts: readonly unknown[] }
>();

/** Addresses and ports of nodes that were asked for and that another Service has (`alloc.go`): looked at once nothing else is wrong. */
export function allocationErrors(
  object: JsonObject,
  context: WriteContext,
): FieldError[] {
  const spec = objectAt(object, 'spec');
  const { addresses = [], nodePorts = [] } = asked.get(spec) ?? {};
  if (addresses.length + nodePorts.length === 0) {
    return [];
  }
  const others = servicesOf(context);
  const taken = new Set(others.flatMap(addressesOf));
  const lost = addresses.find(address => taken.has(address));
  if (lost !== undefined) {
    const why = `failed to allocate IP ${lost}: provided IP is already allocated`;
    return [invalid('spec.clusterIPs', addressesOf(spec), why)];
  }
  const takenPorts = new Set(others.flatMap(nodePortsOf));
  const at = portsOf(spec).findIndex(
    ({ nodePort }) => nodePorts.includes(nodePort) && takenPorts.has(nodePort),
  );
  const why = 'provided port is already allocated';
  return at < 0
    ? []
    : [invalid(`spec.ports[${at}].nodePort`, portsOf(spec)[at].nodePort, why)];
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

/**
 * A spec with addresses and ports of nodes where its type needs some and it has none.
 *
 * @param before - the spec that it replaces; empty for a new Service
 */
function allocate(
  spec: JsonObject,
  before: JsonObject,
  context: WriteContext,
): JsonObject {
  const full = withoutUndefined(spec);
  const had = new Set([...addressesOf(before), ...nodePortsOf(before)]);
  const isNew = (value: unknown) => !had.has(value);
  const addresses = [spec.clusterIP ?? 'None', ...addressesOf(spec)]
    .filter(address => address !== 'None')
    .filter(isNew);
  asked.set(full, { addresses, nodePorts: nodePortsOf(spec).filter(isNew) });
  for (const address of addresses) {
    askedFor.add(address);
  }
  if (needsAddress(spec)) {
    const headless = spec.clusterIP === 'None';
    full.clusterIP ??= listAt(spec, 'clusterIPs')[0] ?? nextFreeAddress();
    full.clusterIPs ??= [full.clusterIP];
    // A headless service without selector gets both families: it may point anywhere.
    const anywhere = headless && spec.selector === undefined;
    full.ipFamilies ??= anywhere ? ['IPv4', 'IPv6'] : ['IPv4'];
    full.ipFamilyPolicy ??= anywhere ? 'RequireDualStack' : 'SingleStack';
  }
  const ports = portsOf(spec);
  if (needsNodePorts(spec) && ports.some(port => !port.nodePort)) {
    const taken = new Set([spec, ...servicesOf(context)].flatMap(nodePortsOf));
    full.ports = ports.map(port => ({
      ...port,
      nodePort: port.nodePort || nodePortAfter(taken),
    }));
  }
  return full;
}

/** What the server puts into a new Service. */
export function createService(draft: JsonObject, context: WriteContext): void {
  draft.spec = allocate(objectAt(draft, 'spec'), {}, context);
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
export function updateService(
  draft: JsonObject,
  old: StoredObject,
  context: WriteContext,
): void {
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
  draft.spec = allocate(spec, before, context);
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
