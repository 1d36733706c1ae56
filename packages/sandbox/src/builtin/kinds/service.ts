import { isObject, listAt, objectAt, stringAt } from '../../api/json';
import { JsonObject } from '../../api/seams';
import { StoredObject } from '../../types';
import { AGE, defineKind } from '../defineKind';
import { formatLabels, textAt } from '../printing';
import { createService, updateService } from '../serviceAllocation';
import {
  checkServiceName,
  serviceChangeErrors,
  serviceErrors,
} from '../serviceValidation';

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
  validate: serviceErrors,
  validateChange: serviceChangeErrors,
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
