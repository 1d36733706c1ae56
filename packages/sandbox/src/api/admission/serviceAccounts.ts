import { forbidden } from '../failures';
import { isObject, listAt, objectAt } from '../json';
import { JsonObject } from '../seams';
import { Store } from '../store';
import { AdmissionPlugin } from './admission';

const ACCOUNTS = { group: '', plural: 'serviceaccounts' };
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

function mountToken(spec: JsonObject, name: string): void {
  const volume = `kube-api-access-${name}`;
  let used = false;
  for (const field of ['containers', 'initContainers']) {
    for (const container of listAt(spec, field).filter(isObject)) {
      const mounts = listAt(container, 'volumeMounts');
      if (
        mounts.some(mount => isObject(mount) && mount.mountPath === TOKEN_PATH)
      )
        continue;
      container.volumeMounts = [
        ...mounts,
        { name: volume, readOnly: true, mountPath: TOKEN_PATH },
      ];
      used = true;
    }
  }
  if (!used) return;
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    {
      configMap: {
        name: 'kube-root-ca.crt',
        items: [{ key: 'ca.crt', path: 'ca.crt' }],
      },
    },
    {
      downwardAPI: {
        items: [
          {
            path: 'namespace',
            fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
          },
        ],
      },
    },
  ];
  spec.volumes = [
    ...listAt(spec, 'volumes'),
    { name: volume, projected: { sources, defaultMode: 420 } },
  ];
}

/** Gives pods their service account, which must exist, and mounts its token unless somebody said no. */
export function serviceAccounts(store: Store): AdmissionPlugin {
  return {
    mutate({ operation, kind, namespace = '', name, object, subresource }) {
      if (
        operation !== 'CREATE' ||
        kind.group !== '' ||
        kind.plural !== 'pods' ||
        subresource
      ) {
        return;
      }
      const spec = objectAt(object, 'spec');
      spec.serviceAccountName ??= spec.serviceAccount ?? 'default';
      spec.serviceAccount = spec.serviceAccountName;
      const account = store.get(
        ACCOUNTS,
        namespace,
        String(spec.serviceAccountName),
      );
      if (!account) {
        throw forbidden(
          kind,
          name,
          `error looking up service account ${namespace}/${String(
            spec.serviceAccountName,
          )}: serviceaccount "${String(spec.serviceAccountName)}" not found`,
        );
      }
      if (
        spec.imagePullSecrets === undefined &&
        listAt(account, 'imagePullSecrets').length > 0
      ) {
        spec.imagePullSecrets = account.imagePullSecrets;
      }
      const automount =
        spec.automountServiceAccountToken ??
        account.automountServiceAccountToken;
      if (automount !== false)
        mountToken(spec, Math.random().toString(36).slice(2, 7));
    },
  };
}
