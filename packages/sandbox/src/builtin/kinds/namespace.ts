import { objectAt, stringAt } from '../../api/json';
import { checkLabel } from '../../api/names';
import { JsonObject } from '../../api/seams';
import { AGE, defineKind, setMetadata } from '../defineKind';
import { textAt } from '../printing';

const NAME_LABEL = 'kubernetes.io/metadata.name';

function nameLabel(draft: JsonObject): void {
  const name = stringAt(draft, 'metadata', 'name');
  const labels = objectAt(draft, 'metadata', 'labels');
  if (name && labels[NAME_LABEL] !== name) {
    setMetadata(draft, 'labels', { ...labels, [NAME_LABEL]: name });
  }
}

const namespace = defineKind({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  clusterScoped: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  status: true,
  subresources: [{ name: 'finalize', verbs: ['update'] }],
  deleteReturnsObject: true,
  checkName: checkLabel,
  default: nameLabel,
  create: draft => {
    draft.spec = { finalizers: ['kubernetes'] };
    draft.status = { phase: 'Active' };
  },
  update: (draft, old, { subresource }) => {
    if (subresource !== 'finalize') {
      draft.spec = old.spec;
    }
  },
  fields: {
    name: object => object.metadata.name,
    'status.phase': object => stringAt(object, 'status', 'phase') ?? '',
  },
  columns: [
    { name: 'Status', cell: object => textAt(object, ['status', 'phase']) },
    AGE,
  ],
});

/** Namespace. */
export const namespaceKinds = [namespace];
