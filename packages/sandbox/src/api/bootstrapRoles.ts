import { JsonObject } from './seams';
import { Rule } from './authorization';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const CORE = [
  'configmaps',
  'endpoints',
  'events',
  'persistentvolumeclaims',
  'pods',
  'services',
  'serviceaccounts',
];
const WORKLOADS: Rule[] = [
  {
    verbs: [],
    apiGroups: ['apps'],
    resources: [
      'daemonsets',
      'deployments',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
  },
  {
    verbs: [],
    apiGroups: ['autoscaling'],
    resources: ['horizontalpodautoscalers'],
  },
  { verbs: [], apiGroups: ['batch'], resources: ['cronjobs', 'jobs'] },
  {
    verbs: [],
    apiGroups: ['networking.k8s.io'],
    resources: ['ingresses', 'networkpolicies'],
  },
  { verbs: [], apiGroups: ['policy'], resources: ['poddisruptionbudgets'] },
];
const workloads = (verbs: readonly string[]): Rule[] =>
  WORKLOADS.map(rule => ({ ...rule, verbs }));

const view: Rule[] = [
  {
    verbs: READ,
    apiGroups: [''],
    resources: [
      ...CORE,
      'limitranges',
      'namespaces',
      'pods/log',
      'pods/status',
      'resourcequotas',
    ],
  },
  ...workloads(READ),
];
const edit: Rule[] = [
  ...view,
  { verbs: [...READ, ...WRITE], apiGroups: [''], resources: ['secrets'] },
  {
    verbs: WRITE,
    apiGroups: [''],
    resources: [
      ...CORE,
      'pods/exec',
      'pods/portforward',
      'pods/proxy',
      'serviceaccounts/token',
      'pods/eviction',
    ],
  },
  ...workloads(WRITE),
];
const admin: Rule[] = [
  ...edit,
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['localsubjectaccessreviews'],
  },
  {
    verbs: [...READ, ...WRITE],
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['roles', 'rolebindings'],
  },
];

const ROLES: Record<string, Rule[]> = {
  'cluster-admin': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
  'system:discovery': [
    {
      verbs: ['get'],
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
    },
  ],
  'system:public-info-viewer': [
    {
      verbs: ['get'],
      nonResourceURLs: [
        '/healthz',
        '/livez',
        '/readyz',
        '/version',
        '/version/',
      ],
    },
  ],
  'system:basic-user': [
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    {
      verbs: ['create'],
      apiGroups: ['authentication.k8s.io'],
      resources: ['selfsubjectreviews'],
    },
  ],
  'system:auth-delegator': [
    {
      verbs: ['create'],
      apiGroups: ['authentication.k8s.io'],
      resources: ['tokenreviews'],
    },
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['subjectaccessreviews'],
    },
  ],
  admin,
  edit,
  view,
};

const BINDINGS: Record<string, { role: string; groups: string[] }> = {
  'cluster-admin': { role: 'cluster-admin', groups: ['system:masters'] },
  'system:discovery': {
    role: 'system:discovery',
    groups: ['system:authenticated'],
  },
  'system:basic-user': {
    role: 'system:basic-user',
    groups: ['system:authenticated'],
  },
  'system:public-info-viewer': {
    role: 'system:public-info-viewer',
    groups: ['system:authenticated', 'system:unauthenticated'],
  },
};

const apiVersion = 'rbac.authorization.k8s.io/v1';
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const apiGroup = 'rbac.authorization.k8s.io';

/**
 * The roles and bindings that every cluster starts with, as far as anything here needs them. `admin`, `edit` and `view` hold the kinds
 * of the sandbox; the aggregation of ClusterRoles is not implemented.
 */
export function bootstrapRoles(): { plural: string; object: JsonObject }[] {
  const roles = Object.entries(ROLES).map(([name, rules]) => ({
    plural: 'clusterroles',
    object: {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name, labels },
      rules,
    },
  }));
  const bindings = Object.entries(BINDINGS).map(([name, { role, groups }]) => ({
    plural: 'clusterrolebindings',
    object: {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup, kind: 'ClusterRole', name: role },
      subjects: groups.map(group => ({ apiGroup, kind: 'Group', name: group })),
    },
  }));
  return [...roles, ...bindings];
}
