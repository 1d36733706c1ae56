import {
  equalJson,
  isObject,
  listAt,
  objectAt,
  stringAt,
} from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid, notSupported, required } from '../../schema/fieldErrors';
import { StoredObject } from '../../types';
import { AGE, defineKind } from '../defineKind';
import { formatLabels, textAt } from '../printing';

function defaultService(draft: JsonObject): void {
  const spec = { ...objectAt(draft, 'spec') };
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10800 } };
  }
  spec.type ??= 'ClusterIP';
  if (spec.ports !== undefined) {
    spec.ports = listAt(spec, 'ports').map(defaultPort);
  }
  if (spec.type !== 'ExternalName') {
    spec.internalTrafficPolicy ??= 'Cluster';
    if (spec.type !== 'ClusterIP') {
      spec.externalTrafficPolicy ??= 'Cluster';
    }
    if (spec.type === 'LoadBalancer') {
      spec.allocateLoadBalancerNodePorts ??= true;
    }
  }
  draft.spec = spec;
}

function defaultPort(port: unknown): unknown {
  if (!isObject(port)) {
    return port;
  }
  const { name, ...rest } = port;
  return {
    ...(name === undefined ? {} : { name }),
    ...rest,
    protocol: port.protocol ?? 'TCP',
    targetPort: port.targetPort || port.port,
  };
}

/** Addresses come from 10.96.0.0/12, as with kubeadm's default; the first ones are the API server's. */
let nextAddress = 10;

function allocateAddress(): string {
  nextAddress += 1;
  const host = nextAddress % 0xf_fff0;
  return `10.${96 + Math.floor(host / 65536)}.${Math.floor(host / 256) % 256}.${
    host % 256
  }`;
}

function createService(draft: JsonObject): void {
  const spec = { ...objectAt(draft, 'spec') };
  if (spec.type !== 'ExternalName') {
    const headless = spec.clusterIP === 'None';
    spec.clusterIP ??= listAt(spec, 'clusterIPs')[0] ?? allocateAddress();
    spec.clusterIPs ??= [spec.clusterIP];
    // A headless service without selector gets both families: it may point anywhere.
    const anywhere = headless && spec.selector === undefined;
    spec.ipFamilies ??= anywhere ? ['IPv4', 'IPv6'] : ['IPv4'];
    spec.ipFamilyPolicy ??= anywhere ? 'RequireDualStack' : 'SingleStack';
  }
  draft.spec = spec;
  draft.status = { loadBalancer: {} };
}

/** What the server has allocated stays when an update leaves it out. */
function updateService(draft: JsonObject, old: StoredObject): void {
  const spec = { ...objectAt(draft, 'spec') };
  const before = objectAt(old, 'spec');
  if (spec.type !== 'ExternalName') {
    for (const field of [
      'clusterIP',
      'clusterIPs',
      'ipFamilies',
      'ipFamilyPolicy',
    ]) {
      if (spec[field] === undefined && before[field] !== undefined) {
        spec[field] = before[field];
      }
    }
  }
  draft.spec = spec;
}

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validateService(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const ports = listAt(spec, 'ports').filter(isObject);
  const errors: FieldError[] = [];
  const needsPorts = spec.type !== 'ExternalName' && spec.clusterIP !== 'None';
  if (ports.length === 0 && needsPorts) {
    errors.push(required('spec.ports'));
  }
  if (!TYPES.includes(String(spec.type))) {
    errors.push(notSupported('spec.type', spec.type, TYPES));
  }
  if (spec.type === 'ExternalName' && !spec.externalName) {
    errors.push(required('spec.externalName'));
  }
  for (const [index, port] of ports.entries()) {
    errors.push(...portErrors(port, `spec.ports[${index}]`, ports.length > 1));
  }
  return [...errors, ...duplicatePorts(ports)];
}

function portErrors(
  port: JsonObject,
  field: string,
  needsName: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (needsName && !port.name) {
    errors.push(required(`${field}.name`));
  }
  const number = Number(port.port ?? 0);
  if (number < 1 || number > 65535) {
    errors.push(
      invalid(
        `${field}.port`,
        number,
        'must be between 1 and 65535, inclusive',
      ),
    );
  }
  if (!PROTOCOLS.includes(String(port.protocol))) {
    errors.push(notSupported(`${field}.protocol`, port.protocol, PROTOCOLS));
  }
  return errors;
}

/** The value of these errors is a port as Go prints it, with nothing in it but protocol and number. */
function duplicatePorts(ports: readonly JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<unknown>();
  const numbers = new Set<string>();
  for (const [index, port] of ports.entries()) {
    if (port.name && names.has(port.name)) {
      errors.push({
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify(port.name)}`,
        field: `spec.ports[${index}].name`,
      });
    }
    names.add(port.name);
    const key = `${port.protocol}/${port.port}`;
    if (numbers.has(key)) {
      const value = {
        Name: '',
        Protocol: port.protocol,
        AppProtocol: null,
        Port: port.port,
        TargetPort: 0,
        NodePort: 0,
      };
      errors.push({
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify(value)}`,
        field: `spec.ports[${index}]`,
      });
    }
    numbers.add(key);
  }
  return errors;
}

function validateServiceChange(
  object: JsonObject,
  old: StoredObject,
): FieldError[] {
  const before = listAt(old, 'spec', 'clusterIPs');
  const after = listAt(object, 'spec', 'clusterIPs');
  const types = [old, object].map(service => stringAt(service, 'spec', 'type'));
  if (types.includes('ExternalName') || equalJson(before, after)) {
    return [];
  }
  return before.length === 0
    ? []
    : [invalid('spec.clusterIPs[0]', after, 'may not change once set')];
}

function externalIps(object: StoredObject): string {
  if (stringAt(object, 'spec', 'type') === 'ExternalName') {
    return textAt(object, ['spec', 'externalName']);
  }
  const addresses = listAt(object, 'status', 'loadBalancer', 'ingress')
    .map(item => stringAt(item, 'ip') ?? stringAt(item, 'hostname'))
    .concat(listAt(object, 'spec', 'externalIPs').map(String));
  if (addresses.length > 0) {
    return addresses.join(',');
  }
  return stringAt(object, 'spec', 'type') === 'LoadBalancer'
    ? '<pending>'
    : '<none>';
}

function formatPorts(object: StoredObject): string {
  const ports = listAt(object, 'spec', 'ports').filter(isObject);
  return ports.length === 0
    ? '<none>'
    : ports
        .map(({ port, nodePort, protocol }) =>
          nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
        )
        .join(',');
}

/** Names of services are DNS-1035 labels: they begin with a letter. */
function checkServiceName(name: string): string | undefined {
  return name.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)
    ? undefined
    : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
}

const service = defineKind({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  status: true,
  deleteReturnsObject: true,
  checkName: checkServiceName,
  default: defaultService,
  create: createService,
  update: updateService,
  validate: validateService,
  validateChange: validateServiceChange,
  fields: {
    'spec.clusterIP': object => stringAt(object, 'spec', 'clusterIP') ?? '',
    'spec.type': object => stringAt(object, 'spec', 'type') ?? '',
  },
  columns: [
    { name: 'Type', cell: object => textAt(object, ['spec', 'type']) },
    {
      name: 'Cluster-IP',
      cell: object => textAt(object, ['spec', 'clusterIP']),
    },
    { name: 'External-IP', cell: externalIps },
    { name: 'Port(s)', cell: formatPorts },
    AGE,
    {
      name: 'Selector',
      wide: true,
      cell: object => formatLabels(objectAt(object, 'spec').selector),
    },
  ],
});

/** Service. */
export const serviceKinds = [service];
