import { randomUUID } from 'node:crypto';
import { ApiFailure, StoredObject } from '../../types';
import { AdmissionPlugin, AdmissionRequest } from '../admission/admission';
import { User } from '../authentication';
import {
  alreadyExists,
  badRequest,
  conflict,
  internal,
  invalid,
  notFound,
} from '../failures';
import { cloneJson, equalJson, isObject, listAt } from '../json';
import { Libraries } from '../libraries';
import {
  metadataErrorsOnCreate,
  metadataErrorsOnUpdate,
  orderedMetadata,
} from '../metadata';
import { generateName } from '../names';
import {
  apiVersionOf,
  inVersion,
  isCustom,
  Registry,
  storageOf,
} from '../registry';
import { JsonObject, ServedKind, WriteContext } from '../seams';
import { Store } from '../store';
import {
  Decoded,
  decodeObject,
  enforceFields,
  FieldValidation,
} from './decode';

/** What a write needs to know beside the object. */
export interface WriteOptions {
  user: User;
  /** Field manager. */
  manager: string;
  dryRun?: boolean;
  fieldValidation?: FieldValidation;
  subresource?: string;
  /** Takes `Warning` header texts. */
  warn?: (text: string) => void;
}

/** How an update comes to its new object. */
export interface Change {
  /** The new object from the present one (in the version of the request), as the client would have sent it. A fresh value. */
  compute(current: StoredObject | undefined): Decoded;
  /** The result carries its managedFields already (server-side apply). */
  applied?: boolean;
  /** Creates the object when it is missing. */
  mayCreate?: boolean;
  /** A PUT: a uid in the body is a precondition, and custom resources need a resourceVersion. */
  replace?: boolean;
}

/** What a write did. */
export interface Written {
  object: StoredObject;
  created: boolean;
}

type Draft = Decoded['object'];

const ignoreWarning = () => {};

/** Creates and updates: the order of steps of a real API server's registry, the same for every kind. */
export class Writer {
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #libraries: Libraries;
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #now: () => number;

  constructor(
    store: Store,
    registry: Registry,
    libraries: Libraries,
    plugins: readonly AdmissionPlugin[],
    now: () => number,
  ) {
    this.#store = store;
    this.#registry = registry;
    this.#libraries = libraries;
    this.#plugins = plugins;
    this.#now = now;
  }

  /** Now, as times are written into objects. */
  timestamp(): string {
    return `${new Date(this.#now()).toISOString().slice(0, 19)}Z`;
  }

  /** Decodes what a client sent and deals with unknown fields. */
  decode(
    kind: ServedKind,
    input: unknown,
    duplicates: readonly string[],
    options: WriteOptions,
  ): Decoded {
    const decoded = decodeObject(kind, input, duplicates);
    enforceFields(
      kind,
      decoded.complaints,
      options.fieldValidation ?? 'Ignore',
      options.warn ?? ignoreWarning,
    );
    return decoded;
  }

  /** @throws ApiFailure as the real server answers. */
  create(
    kind: ServedKind,
    namespace: string | undefined,
    input: Decoded,
    options: WriteOptions,
    applied = false,
  ): StoredObject {
    const draft = input.object;
    const { metadata } = draft;
    this.#placeInNamespace(kind, metadata, namespace);
    if (!metadata.name && metadata.generateName) {
      metadata.name = this.#freeName(
        kind,
        namespace,
        String(metadata.generateName),
      );
    }
    const name = String(metadata.name ?? '');
    const clientVersion = metadata.resourceVersion;
    delete metadata.resourceVersion;
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    metadata.uid = randomUUID();
    metadata.creationTimestamp = this.timestamp();
    const request = this.#admission(
      'CREATE',
      kind,
      namespace,
      name,
      draft,
      undefined,
      options,
    );
    kind.default(draft);
    for (const plugin of this.#plugins) plugin.mutate?.(request);
    const context = this.#context(options);
    kind.prepareCreate(draft, context);
    const errors = [
      ...metadataErrorsOnCreate(kind, draft.metadata),
      ...kind.validateCreate(draft, context),
    ];
    if (errors.length > 0) throw invalid(kind, name, errors);
    for (const plugin of this.#plugins) plugin.validate?.(request);
    const present = this.#store.get(storageOf(kind), namespace, name);
    if (present) {
      throw alreadyExists(
        kind,
        name,
        present.metadata.deletionTimestamp ? 'object is being deleted: ' : '',
      );
    }
    if (clientVersion)
      throw internal(
        'resourceVersion should not be set on objects to be created',
      );
    if (!applied) this.#track(kind, undefined, draft, options);
    for (const text of kind.warnings?.(draft) ?? []) options.warn?.(text);
    const object = this.#toStored(kind, draft);
    if (options.dryRun) return this.#seen(object, kind);
    return this.#seen(this.#store.add(storageOf(kind), object), kind);
  }

  /** @throws ApiFailure as the real server answers. */
  update(
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
    options: WriteOptions,
    change: Change,
  ): Written {
    const stored = this.#store.get(storageOf(kind), namespace, name);
    if (!stored) {
      if (!change.mayCreate) throw notFound(kind, name);
      const decoded = change.compute(undefined);
      this.#checkIdentity(kind, decoded.object, namespace, name);
      const object = this.create(
        kind,
        namespace,
        decoded,
        options,
        change.applied,
      );
      return { object, created: true };
    }
    const old = inVersion(stored, kind);
    const draft = change.compute(old).object;
    this.#checkIdentity(kind, draft, namespace, name);
    this.#checkVersion(kind, draft.metadata, old, change);
    this.#carryOver(draft.metadata, old, change);
    const request = this.#admission(
      'UPDATE',
      kind,
      namespace,
      name,
      draft,
      old,
      options,
    );
    kind.default(draft);
    const context = this.#context(options);
    for (const plugin of this.#plugins) plugin.mutate?.(request);
    kind.prepareUpdate(draft, old, context);
    const errors = [
      ...metadataErrorsOnUpdate(kind, draft.metadata, old.metadata),
      ...kind.validateUpdate(draft, old, context),
    ];
    if (errors.length > 0) throw invalid(kind, name, errors);
    for (const plugin of this.#plugins) plugin.validate?.(request);
    if (!change.applied) this.#track(kind, old, draft, options);
    for (const text of kind.warnings?.(draft, old) ?? []) options.warn?.(text);
    const next = this.#toStored(kind, draft);
    if (sameButTimes(next, stored)) return { object: old, created: false };
    if (options.dryRun)
      return { object: this.#seen(next, kind), created: false };
    return {
      object: this.#seen(this.#put(kind, stored, next), kind),
      created: false,
    };
  }

  /** Read-modify-write for the server's own controllers and the deletion: no strategy, no validation. */
  overwrite(
    kind: ServedKind,
    stored: StoredObject,
    change: (draft: StoredObject) => void,
  ): StoredObject {
    const draft = cloneJson(stored);
    change(draft);
    const next = ordered(draft);
    if (equalJson(next, stored)) return stored;
    return this.#put(kind, stored, next);
  }

  /** Stores the next state, or removes the object when that state is one that nothing holds. */
  #put(
    kind: ServedKind,
    stored: StoredObject,
    next: StoredObject,
  ): StoredObject {
    if (!isFinished(next))
      return this.#store.replace(storageOf(kind), stored, next);
    this.#store.remove(storageOf(kind), stored);
    return next;
  }

  #seen(stored: StoredObject, kind: ServedKind): StoredObject {
    return inVersion(stored, kind);
  }

  #context(options: WriteOptions): WriteContext {
    return {
      subresource: options.subresource,
      now: this.timestamp(),
      user: options.user,
    };
  }

  #admission(
    operation: 'CREATE' | 'UPDATE',
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
    object: Draft,
    old: StoredObject | undefined,
    options: WriteOptions,
  ): AdmissionRequest {
    const { subresource, user, dryRun = false } = options;
    return {
      operation,
      kind,
      subresource,
      namespace,
      name,
      object,
      old,
      user,
      dryRun,
    };
  }

  #placeInNamespace(
    kind: ServedKind,
    metadata: JsonObject,
    namespace: string | undefined,
  ): void {
    if (!kind.namespaced) {
      delete metadata.namespace;
      return;
    }
    if (metadata.namespace && metadata.namespace !== namespace)
      throw namespaceMismatch();
    metadata.namespace = namespace;
  }

  #freeName(
    kind: ServedKind,
    namespace: string | undefined,
    prefix: string,
  ): string {
    for (let attempt = 0; attempt < 8; attempt++) {
      const name = generateName(prefix);
      if (!this.#store.get(storageOf(kind), namespace, name)) return name;
    }
    throw new ApiFailure(
      500,
      'ServerTimeout',
      `could not find a free name that begins with "${prefix}"; try again`,
      { retryAfterSeconds: 1 },
    );
  }

  #checkIdentity(
    kind: ServedKind,
    draft: Draft,
    namespace: string | undefined,
    name: string,
  ): void {
    const { metadata } = draft;
    if (!metadata.name) {
      throw badRequest(
        `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
      );
    }
    if (metadata.name !== name) {
      throw badRequest(
        `the name of the object (${String(
          metadata.name,
        )}) does not match the name on the URL (${name})`,
      );
    }
    this.#placeInNamespace(kind, metadata, namespace);
  }

  #checkVersion(
    kind: ServedKind,
    metadata: JsonObject,
    old: StoredObject,
    change: Change,
  ): void {
    const { name } = old.metadata;
    const wanted = metadata.resourceVersion;
    if (wanted && !/^\d+$/.test(String(wanted))) {
      throw internal(
        `strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`,
      );
    }
    if (change.replace && metadata.uid && metadata.uid !== old.metadata.uid) {
      throw conflict(
        kind,
        name,
        `StorageError: invalid object, Code: 4, Key: /registry/${kind.plural}/${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`,
      );
    }
    if (change.replace && isCustom(kind) && (!wanted || wanted === '0')) {
      throw invalid({ group: kind.group, kind: kind.plural }, name, [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0: must be specified for an update',
          field: 'metadata.resourceVersion',
        },
      ]);
    }
    if (wanted && wanted !== '0' && wanted !== old.metadata.resourceVersion) {
      throw conflict(kind, name);
    }
  }

  /** What an update does not send stays: identity, age, deletion. */
  #carryOver(metadata: JsonObject, old: StoredObject, change: Change): void {
    metadata.resourceVersion = old.metadata.resourceVersion;
    metadata.creationTimestamp = old.metadata.creationTimestamp;
    metadata.generation = old.metadata.generation;
    metadata.uid ??= old.metadata.uid;
    metadata.deletionTimestamp ??= old.metadata.deletionTimestamp;
    metadata.deletionGracePeriodSeconds ??=
      old.metadata.deletionGracePeriodSeconds;
    if (!change.applied) metadata.managedFields ??= old.metadata.managedFields;
  }

  #track(
    kind: ServedKind,
    old: StoredObject | undefined,
    draft: Draft,
    options: WriteOptions,
  ): void {
    const managedFields = this.#libraries.trackUpdate({
      old,
      updated: draft,
      schema: kind.mergeSchema,
      manager: options.manager,
      subresource: options.subresource,
      resetFields: kind.resetFields(options.subresource),
      now: this.timestamp(),
    });
    if (managedFields) draft.metadata.managedFields = managedFields;
    else delete draft.metadata.managedFields;
  }

  #toStored(kind: ServedKind, draft: Draft): StoredObject {
    const stored = this.#registry.stored(storageOf(kind)) ?? kind;
    const object = kind.storedAs ? kind.storedAs.toStored(draft) : draft;
    return ordered({
      ...object,
      kind: stored.kind,
      apiVersion: apiVersionOf(stored),
      metadata: draft.metadata,
    });
  }
}

/** 400: the namespace in the body is not the one of the path. */
export const namespaceMismatch = (): ApiFailure =>
  badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  );

/** The object with its keys in the order of the wire: kind, apiVersion, metadata, the rest. */
function ordered(object: JsonObject): StoredObject {
  const { kind, apiVersion, metadata, ...rest } = object;
  const meta = orderedMetadata(isObject(metadata) ? metadata : {});
  return {
    kind: String(kind),
    apiVersion: String(apiVersion),
    metadata: {
      ...meta,
      name: String(meta.name),
      uid: String(meta.uid),
      resourceVersion: String(meta.resourceVersion ?? ''),
      creationTimestamp: String(meta.creationTimestamp),
    },
    ...rest,
  };
}

/** Whether an object that is marked for deletion has nothing left that holds it. */
function isFinished(object: StoredObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } =
    object.metadata;
  if (!deletionTimestamp || (finalizers?.length ?? 0) > 0) return false;
  if (
    object.kind === 'Namespace' &&
    listAt(object, 'spec', 'finalizers').length > 0
  )
    return false;
  return !deletionGracePeriodSeconds;
}

/** Whether two states differ in nothing but the times of their managedFields, which makes the write a no-op. */
function sameButTimes(next: StoredObject, stored: StoredObject): boolean {
  for (const field of Object.keys(next)) {
    if (field !== 'metadata' && !equalJson(next[field], stored[field]))
      return false;
  }
  for (const field of Object.keys(stored)) {
    if (stored[field] !== undefined && next[field] === undefined) return false;
  }
  const { managedFields: after, ...metadata } = next.metadata;
  const { managedFields: before, ...storedMetadata } = stored.metadata;
  if (!equalJson(metadata, storedMetadata)) return false;
  if ((after?.length ?? 0) !== (before?.length ?? 0)) return false;
  return (after ?? []).every((entry, i) => {
    const other = before?.[i];
    return (
      entry === other ||
      (isObject(entry) &&
        isObject(other) &&
        equalJson({ ...entry, time: undefined }, { ...other, time: undefined }))
    );
  });
}
