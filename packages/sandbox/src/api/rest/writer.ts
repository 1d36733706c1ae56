import { randomUUID } from 'node:crypto';
import { ApiFailure, StoredObject } from '../../types';
import { AdmissionPlugin, AdmissionRequest } from '../admission/admission';
import { User } from '../authentication';
import { alreadyExists, internal, invalid, notFound } from '../failures';
import { cloneJson, equalJson } from '../json';
import { Libraries } from '../libraries';
import { metadataErrorsOnCreate, metadataErrorsOnUpdate } from '../metadata';
import { generateName } from '../names';
import { apiVersionOf, inVersion, Registry, storageOf } from '../registry';
import { ServedKind, WriteContext } from '../seams';
import { Store } from '../store';
import {
  Decoded,
  decodeObject,
  enforceFields,
  FieldValidation,
} from './decode';
import {
  carryOver,
  checkIdentity,
  checkVersion,
  placeInNamespace,
} from './identity';
import { isFinished, ordered, sameButTimes } from './states';

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
    placeInNamespace(kind, metadata, namespace);
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
    // Before admission and strategy, as on the real server: nobody owns what these add.
    if (!applied) this.#track(kind, undefined, draft, options);
    for (const plugin of this.#plugins) plugin.mutate?.(request);
    const context = this.#context(options, kind, draft.metadata);
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
    for (const text of kind.warnings?.(draft) ?? []) options.warn?.(text);
    const object = this.#toStored(kind, draft);
    if (options.dryRun) return inVersion(object, kind);
    return inVersion(this.#store.add(storageOf(kind), object), kind);
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
      checkIdentity(kind, decoded.object.metadata, namespace, name);
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
    checkIdentity(kind, draft.metadata, namespace, name);
    checkVersion(kind, draft.metadata, old, change.replace ?? false);
    carryOver(draft.metadata, old, change.applied ?? false);
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
    shareUnchanged(draft, old);
    if (!change.applied) this.#track(kind, old, draft, options);
    const context = this.#context(options, kind, draft.metadata);
    for (const plugin of this.#plugins) plugin.mutate?.(request);
    kind.prepareUpdate(draft, old, context);
    shareUnchanged(draft, old);
    const errors = [
      ...metadataErrorsOnUpdate(kind, draft.metadata, old.metadata),
      ...kind.validateUpdate(draft, old, context),
    ];
    if (errors.length > 0) throw invalid(kind, name, errors);
    for (const plugin of this.#plugins) plugin.validate?.(request);
    for (const text of kind.warnings?.(draft, old) ?? []) options.warn?.(text);
    const next = this.#toStored(kind, draft);
    if (sameButTimes(next, stored)) return { object: old, created: false };
    if (options.dryRun)
      return { object: inVersion(next, kind), created: false };
    return {
      object: inVersion(this.#put(kind, stored, next), kind),
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

  #context(
    options: WriteOptions,
    kind: ServedKind,
    { namespace, name }: Decoded['object']['metadata'],
  ): WriteContext {
    return {
      others: () =>
        this.#store
          .list(storageOf(kind))
          .filter(
            ({ metadata }) =>
              metadata.name !== name || metadata.namespace !== namespace,
          ),
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
    const next = ordered({
      ...object,
      kind: stored.kind,
      apiVersion: apiVersionOf(stored),
      metadata: draft.metadata,
    });
    // what is written through another version of a custom kind gets the defaults of the stored one
    if (stored !== kind && !kind.storedAs) stored.default(next);
    return next;
  }
}

/** Takes over the old values of fields that have not changed, so that nobody has to look into them again to see that. */
function shareUnchanged(draft: Draft, old: StoredObject): void {
  for (const field of Object.keys(draft)) {
    if (field !== 'metadata' && equalJson(draft[field], old[field]))
      draft[field] = old[field];
  }
}
