import { forbidden, notFound } from '../failures';
import { Store } from '../store';
import { AdmissionPlugin } from './admission';

const NAMESPACES = { group: '', plural: 'namespaces' };
const IMMORTAL = ['default', 'kube-system', 'kube-public'];

/** Nothing is created in a namespace that does not exist or is being deleted. */
export function namespaceLifecycle(store: Store): AdmissionPlugin {
  return {
    mutate({ operation, kind, namespace, name, subresource }) {
      if (operation !== 'CREATE' || !kind.namespaced || subresource) return;
      const found = store.get(NAMESPACES, undefined, namespace ?? '');
      if (!found) {
        throw notFound({ ...NAMESPACES, kind: 'Namespace' }, namespace ?? '');
      }
      if (!found.metadata.deletionTimestamp) return;
      throw forbidden(
        kind,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
        [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      );
    },
    validate({ operation, kind, name }) {
      if (
        operation !== 'DELETE' ||
        kind.group !== '' ||
        kind.plural !== 'namespaces'
      )
        return;
      if (IMMORTAL.includes(name)) {
        throw forbidden(kind, name, 'this namespace may not be deleted');
      }
    },
  };
}
