import {
  equalJson,
  isObject,
  listAt,
  objectAt,
  stringAt,
} from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import {
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../schema/fieldErrors';
import { StoredObject } from '../../types';
import { AGE, Column, defineKind } from '../defineKind';
import { textAt } from '../printing';
import { nanoOfQuantity } from '../../quantity';

/** Access modes in the order in which the server lists them, with their abbreviations. */
const MODES: ReadonlyMap<unknown, string> = new Map([
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOnce', 'RWO'],
  ['ReadWriteOncePod', 'RWOP'],
]);

function modeErrors(modes: readonly unknown[]): FieldError[] {
  if (modes.length === 0) {
    return [required('spec.accessModes', 'at least 1 access mode is required')];
  }
  return modes
    .filter(mode => !MODES.has(mode))
    .map(mode => notSupported('spec.accessModes', mode, [...MODES.keys()]));
}

function formatModes(modes: readonly unknown[]): string {
  return modes.map(mode => MODES.get(mode) ?? '').join(',');
}

function claimErrors(object: JsonObject): FieldError[] {
  const errors = modeErrors(listAt(object, 'spec', 'accessModes'));
  const size = objectAt(object, 'spec', 'resources', 'requests').storage;
  if (size === undefined) {
    errors.push(required('spec.resources[storage]'));
  } else if ((nanoOfQuantity(size) ?? 0n) <= 0n) {
    errors.push(
      invalid('spec.resources[storage]', size, 'must be greater than zero'),
    );
  }
  return errors;
}

const IMMUTABLE =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** A bound claim may grow; one that waits for its volume may be given it. Nothing else changes. */
function claimChange(object: JsonObject, old: StoredObject): FieldError[] {
  const before = objectAt(old, 'spec');
  const after = objectAt(object, 'spec');
  const bound = stringAt(old, 'status', 'phase') === 'Bound';
  const fixed = ({ resources, volumeName, ...rest }: JsonObject) => ({
    ...rest,
    resources: bound ? undefined : resources,
    volumeName: before.volumeName === undefined ? undefined : volumeName,
  });
  if (!equalJson(fixed(before), fixed(after))) {
    return [forbidden('spec', IMMUTABLE)];
  }
  const sizes = [before, after].map(
    spec =>
      nanoOfQuantity(objectAt(spec, 'resources', 'requests').storage) ?? 0n,
  );
  return sizes[1] < sizes[0]
    ? [
        forbidden(
          'spec.resources.requests.storage',
          'field can not be less than status.capacity',
        ),
      ]
    : [];
}

const CLASS: Column = {
  name: 'StorageClass',
  cell: object => stringAt(object, 'spec', 'storageClassName') ?? '',
};
const ATTRIBUTES_CLASS: Column = {
  name: 'VolumeAttributesClass',
  cell: object =>
    stringAt(object, 'spec', 'volumeAttributesClassName') ?? '<unset>',
};
const VOLUME_MODE: Column = {
  name: 'VolumeMode',
  wide: true,
  cell: object => textAt(object, ['spec', 'volumeMode'], '<unset>'),
};

const persistentVolumeClaim = defineKind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  status: true,
  deleteReturnsObject: true,
  default: draft => {
    draft.spec = { ...objectAt(draft, 'spec') };
    objectAt(draft, 'spec').volumeMode ??= 'Filesystem';
  },
  create: draft => {
    draft.status = { phase: 'Pending' };
  },
  validate: (object, { subresource }) =>
    subresource ? [] : claimErrors(object),
  validateChange: (object, old, { subresource }) =>
    subresource ? [] : claimChange(object, old),
  columns: [
    {
      name: 'Status',
      cell: object =>
        object.metadata.deletionTimestamp
          ? 'Terminating'
          : textAt(object, ['status', 'phase'], ''),
    },
    {
      name: 'Volume',
      cell: object => textAt(object, ['spec', 'volumeName'], ''),
    },
    {
      name: 'Capacity',
      cell: object =>
        stringAt(object, 'spec', 'volumeName')
          ? textAt(object, ['status', 'capacity', 'storage'], '')
          : '',
    },
    {
      name: 'Access Modes',
      cell: object =>
        stringAt(object, 'spec', 'volumeName')
          ? formatModes(listAt(object, 'status', 'accessModes'))
          : '',
    },
    CLASS,
    ATTRIBUTES_CLASS,
    AGE,
    VOLUME_MODE,
  ],
});

const persistentVolume = defineKind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  clusterScoped: true,
  status: true,
  deleteReturnsObject: true,
  default: draft => {
    const spec: JsonObject = { ...objectAt(draft, 'spec') };
    spec.persistentVolumeReclaimPolicy ??= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (isObject(spec.hostPath)) {
      spec.hostPath = { type: '', ...spec.hostPath };
    }
    draft.spec = spec;
  },
  create: draft => {
    draft.status = { phase: 'Pending' };
  },
  validate: (object, { subresource }) => [
    ...(subresource ? [] : modeErrors(listAt(object, 'spec', 'accessModes'))),
    ...(objectAt(object, 'spec').capacity === undefined
      ? [required('spec.capacity')]
      : []),
  ],
  columns: [
    {
      name: 'Capacity',
      cell: object => textAt(object, ['spec', 'capacity', 'storage'], ''),
    },
    {
      name: 'Access Modes',
      cell: object => formatModes(listAt(object, 'spec', 'accessModes')),
    },
    {
      name: 'Reclaim Policy',
      cell: object =>
        textAt(object, ['spec', 'persistentVolumeReclaimPolicy'], ''),
    },
    {
      name: 'Status',
      cell: object =>
        object.metadata.deletionTimestamp
          ? 'Terminating'
          : textAt(object, ['status', 'phase'], ''),
    },
    {
      name: 'Claim',
      cell: object => {
        const claim = objectAt(object, 'spec').claimRef;
        return isObject(claim) ? `${claim.namespace}/${claim.name}` : '';
      },
    },
    CLASS,
    ATTRIBUTES_CLASS,
    {
      name: 'Reason',
      cell: object => textAt(object, ['status', 'reason'], ''),
    },
    AGE,
    VOLUME_MODE,
  ],
});

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

const storageClass = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  clusterScoped: true,
  deleteReturnsObject: true,
  default: draft => {
    draft.reclaimPolicy ??= 'Delete';
    draft.volumeBindingMode ??= 'Immediate';
  },
  validate: object => (object.provisioner ? [] : [required('provisioner')]),
  validateChange: (object, old) =>
    ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode']
      .filter(field => !equalJson(object[field], old[field]))
      .map(field => forbidden(field, `updates to ${field} are forbidden.`)),
  nameCell: object =>
    object.metadata.annotations?.[DEFAULT_CLASS] === 'true'
      ? `${object.metadata.name} (default)`
      : object.metadata.name,
  columns: [
    { name: 'Provisioner', cell: object => object.provisioner },
    { name: 'ReclaimPolicy', cell: object => object.reclaimPolicy },
    { name: 'VolumeBindingMode', cell: object => object.volumeBindingMode },
    {
      name: 'AllowVolumeExpansion',
      type: 'boolean',
      cell: object => object.allowVolumeExpansion === true,
    },
    AGE,
  ],
});

/** PersistentVolumeClaim, PersistentVolume and StorageClass. */
export const storageKinds = [
  persistentVolumeClaim,
  persistentVolume,
  storageClass,
];
