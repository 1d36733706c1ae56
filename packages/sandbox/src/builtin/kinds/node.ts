import { listAt, objectAt, stringAt } from '../../api/json';
import { StoredObject } from '../../types';
import { AGE, Column, defineKind } from '../defineKind';
import { textAt } from '../printing';

const ROLE = 'node-role.kubernetes.io/';

function readiness(node: StoredObject): string {
  const ready = listAt(node, 'status', 'conditions').find(
    condition => stringAt(condition, 'type') === 'Ready',
  );
  const known = stringAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  const word = ready === undefined ? 'Unknown' : known;
  return objectAt(node, 'spec').unschedulable === true
    ? `${word},SchedulingDisabled`
    : word;
}

function roles(node: StoredObject): string {
  const found = Object.keys(node.metadata.labels ?? {})
    .filter(label => label.startsWith(ROLE) && label.length > ROLE.length)
    .map(label => label.slice(ROLE.length));
  return found.length > 0 ? found.sort().join(',') : '<none>';
}

function address(type: string): Column['cell'] {
  return node => {
    const found = listAt(node, 'status', 'addresses').find(
      item => stringAt(item, 'type') === type,
    );
    return stringAt(found, 'address') ?? '<none>';
  };
}

function info(field: string): Column['cell'] {
  return node => textAt(node, ['status', 'nodeInfo', field], '<unknown>');
}

const node = defineKind({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  clusterScoped: true,
  status: true,
  deleteReturnsObject: false,
  default: draft => {
    draft.spec ??= {};
  },
  create: draft => {
    draft.status ??= {};
  },
  fields: {
    'spec.unschedulable': object =>
      String(objectAt(object, 'spec').unschedulable === true),
  },
  columns: [
    { name: 'Status', cell: readiness },
    { name: 'Roles', cell: roles },
    AGE,
    {
      name: 'Version',
      cell: object =>
        textAt(object, ['status', 'nodeInfo', 'kubeletVersion'], ''),
    },
    { name: 'Internal-IP', wide: true, cell: address('InternalIP') },
    { name: 'External-IP', wide: true, cell: address('ExternalIP') },
    { name: 'OS-Image', wide: true, cell: info('osImage') },
    { name: 'Kernel-Version', wide: true, cell: info('kernelVersion') },
    {
      name: 'Container-Runtime',
      wide: true,
      cell: info('containerRuntimeVersion'),
    },
  ],
});

/** Node. */
export const nodeKinds = [node];
