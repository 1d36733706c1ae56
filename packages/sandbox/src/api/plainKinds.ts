import { ServedKind } from './seams';

const VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

function plain(
  group: string,
  version: string,
  kind: string,
  plural: string,
  namespaced = true,
  status = false,
): ServedKind {
  return {
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced,
    verbs: VERBS,
    subresources: status
      ? [{ name: 'status', verbs: ['get', 'patch', 'update'] }]
      : [],
    storage: true,
    checkName: () => undefined,
    decode: input => ({ object: input, unknownFields: [] }),
    default: draft => {
      if (kind === 'Namespace') {
        const metadata = draft.metadata as {
          name: string;
          labels?: Record<string, string>;
        };
        metadata.labels = {
          ...metadata.labels,
          'kubernetes.io/metadata.name': metadata.name,
        };
        draft.spec = { finalizers: ['kubernetes'] };
        draft.status ??= { phase: 'Active' };
      }
    },
    prepareCreate: draft => {
      if (kind === 'CustomResourceDefinition') {
        draft.status = {
          conditions: [],
          acceptedNames: { plural: '', kind: '' },
          storedVersions: ['v1'],
        };
      }
    },
    prepareUpdate: (draft, old, context) => {
      if (!status) return;
      if (context.subresource === 'status') draft.spec = old.spec;
      else draft.status = old.status;
    },
    validateCreate: () => [],
    validateUpdate: () => [],
    selectableFields: {},
    columns: [
      {
        name: 'Name',
        type: 'string',
        format: 'name',
        description: '',
        priority: 0,
      },
    ],
    cells: object => [object.metadata.name],
    mergeSchema: { type: 'deduced' },
    resetFields: () => [],
    strategicMerge: true,
  };
}

/** Stand-ins until the table of built-in kinds is there. */
export const builtinKinds: readonly ServedKind[] = [
  plain('', 'v1', 'Namespace', 'namespaces', false, true),
  ...[
    'Pod:pods',
    'Service:services',
    'PersistentVolumeClaim:persistentvolumeclaims',
  ].map(item =>
    plain('', 'v1', item.split(':')[0], item.split(':')[1], true, true),
  ),
  ...[
    'ConfigMap:configmaps',
    'Secret:secrets',
    'ServiceAccount:serviceaccounts',
    'Event:events',
  ].map(item => plain('', 'v1', item.split(':')[0], item.split(':')[1])),
  plain('', 'v1', 'Node', 'nodes', false, true),
  plain('', 'v1', 'PersistentVolume', 'persistentvolumes', false, true),
  plain('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false),
  ...['Deployment:deployments', 'ReplicaSet:replicasets'].map(item =>
    plain('apps', 'v1', item.split(':')[0], item.split(':')[1], true, true),
  ),
  plain('batch', 'v1', 'Job', 'jobs', true, true),
  plain('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  plain('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
  plain('rbac.authorization.k8s.io', 'v1', 'Role', 'roles'),
  plain('rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings'),
  plain(
    'rbac.authorization.k8s.io',
    'v1',
    'ClusterRole',
    'clusterroles',
    false,
  ),
  plain(
    'rbac.authorization.k8s.io',
    'v1',
    'ClusterRoleBinding',
    'clusterrolebindings',
    false,
  ),
  plain(
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    false,
    true,
  ),
];
