import { listAt } from '../../api/json';
import { AGE, defineKind } from '../defineKind';

const serviceAccount = defineKind({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  deleteReturnsObject: true,
  subresources: [
    {
      name: 'token',
      responds: {
        group: 'authentication.k8s.io',
        version: 'v1',
        kind: 'TokenRequest',
      },
      verbs: ['create'],
    },
  ],
  columns: [
    { name: 'Secrets', cell: object => listAt(object, 'secrets').length },
    AGE,
  ],
});

/** ServiceAccount. */
export const serviceAccountKinds = [serviceAccount];
