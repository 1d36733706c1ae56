import { ServedKind } from '../api/seams';
import { clusterKinds } from './kinds/cluster';
import { configurationKinds } from './kinds/configuration';
import { eventKinds } from './kinds/event';
import { jobKinds } from './kinds/job';
import { leaseKinds } from './kinds/lease';
import { namespaceKinds } from './kinds/namespace';
import { networkPolicyKinds } from './kinds/networkPolicy';
import { nodeKinds } from './kinds/node';
import { podKinds } from './kinds/pod';
import { policyKinds } from './kinds/policy';
import { quotaKinds } from './kinds/quota';
import { rbacKinds } from './kinds/rbac';
import { serviceKinds } from './kinds/service';
import { serviceAccountKinds } from './kinds/serviceAccount';
import { storageKinds } from './kinds/storage';
import { workloadKinds } from './kinds/workloads';

export { canonicalQuantity, nanoOfQuantity } from '../quantity';

/**
 * Every built-in kind that the sandbox stores: names, defaults, validation, table columns and how each is merged. A kind's file says what
 * is its own, `defineKind` what all have in common, `types/` which fields there are. Everything is recorded from Kubernetes 1.36
 * (transcripts 02x–06x and 12x) or stands in its `pkg/apis`.
 */
export const builtinKinds: readonly ServedKind[] = [
  ...namespaceKinds,
  ...configurationKinds,
  ...serviceKinds,
  ...serviceAccountKinds,
  ...podKinds,
  ...nodeKinds,
  ...eventKinds,
  ...quotaKinds,
  ...storageKinds,
  ...workloadKinds,
  ...jobKinds,
  ...networkPolicyKinds,
  ...rbacKinds,
  ...leaseKinds,
  ...policyKinds,
  ...clusterKinds,
];
