import { isObject, listAt, objectAt } from '../json';
import { Store } from '../store';
import { AdmissionPlugin } from './admission';

const PROTECTION: Record<string, string> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** StorageObjectInUseProtection (a finalizer on new claims and volumes) and DefaultStorageClass. */
export function storage(store: Store): AdmissionPlugin {
  return {
    mutate({ operation, kind, object, subresource }) {
      const finalizer = PROTECTION[kind.plural];
      if (
        operation !== 'CREATE' ||
        kind.group !== '' ||
        !finalizer ||
        subresource
      )
        return;
      const metadata = objectAt(object, 'metadata');
      const finalizers = listAt(metadata, 'finalizers');
      if (!finalizers.includes(finalizer))
        metadata.finalizers = [...finalizers, finalizer];
      if (kind.plural !== 'persistentvolumeclaims') return;
      const { spec } = object;
      if (!isObject(spec) || spec.storageClassName !== undefined) return;
      const standard = store
        .list({ group: 'storage.k8s.io', plural: 'storageclasses' })
        .find(item => item.metadata.annotations?.[DEFAULT_CLASS] === 'true');
      if (standard) spec.storageClassName = standard.metadata.name;
    },
  };
}
