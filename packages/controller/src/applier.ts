import { createHash } from 'node:crypto';
import { Cache } from './cache';
import { Clock } from './clock';
import { isConflict, isNotFound } from './errors';
import { BY_OWNER_UID } from './objectStore';
import { Difference, differences, isApplied } from './ownedFields';
import { remember } from './remember';
import { describeObject, keyOf, keyString } from './resources';
import { Strangers } from './strangers';
import {
  KubeClient,
  KubeObject,
  ObjectKey,
  OwnerReference,
  Resource,
} from './types';

/** What an apply did. `unchanged`: no call, or one that changed nothing on the server. `terminating`: nothing, the object is being deleted and must be gone before it can be made again. */
export type ApplyAction = 'created' | 'updated' | 'unchanged' | 'terminating';

/** The outcome of an apply. */
export interface Applied {
  action: ApplyAction;
  /** The object as it is now. */
  object: KubeObject;
}

/** Which of the objects in the caches are ours to delete. Both must hold: the labels, and the owner. */
export interface Ownership {
  /** All of these, with these values. */
  labels: Record<string, string>;
  /** Uid of the object that they were made for: one of their owner references. */
  ownerUid: string;
}

/** What {@link Applier.applySet} did. */
export interface AppliedSet {
  /** In the order of the desired objects. */
  applied: Applied[];
  deleted: KubeObject[];
  /** Something was written. */
  changed: boolean;
}

/** What an {@link Applier} writes with, and where it looks. */
export interface ApplierOptions {
  client: KubeClient;
  /** One per writer, e.g. `slipway-operator`. */
  fieldManager: string;
  /** One for each kind that is applied or pruned; must hold all objects that are. What lacks the label by which one is narrowed is looked for on the server. */
  caches: Pick<
    Cache,
    | 'resource'
    | 'scope'
    | 'served'
    | 'get'
    | 'list'
    | 'byIndex'
    | 'observeWrite'
  >[];
  clock?: Clock;
  /** Take fields that others own; true if absent. With false a conflict is thrown (409). */
  force?: boolean;
}

function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

/** Thrown when an object must be applied whose kind the cluster does not serve. */
export class KindNotServedError extends Error {
  constructor(readonly resource: Resource) {
    super(
      `the cluster does not serve ${resource.kind} (${resource.apiVersion}): install the CRD ${resource.plural}`,
    );
    this.name = 'KindNotServedError';
  }
}

/** Thrown when an object of that name exists that somebody else made, or that we made for another owner. */
export class ForeignObjectError extends Error {
  constructor(readonly object: KubeObject) {
    const owner = controllerOf(object);
    super(
      owner
        ? `${describeObject(object)} belongs to ${owner.kind} ${
            owner.name
          }: only one of the two can have that name`
        : `${describeObject(
            object,
          )} exists and is not ours: delete or rename it, then it is made anew`,
    );
    this.name = 'ForeignObjectError';
  }
}

/** Deviations that are remembered at once. One that is forgotten costs an apply more. */
const MAX_DEVIATIONS = 8192;

/**
 * Server-side apply that calls the server only when something would change, as far as the caches know, and prunes what is no
 * longer wanted. A no-op apply costs a server as much as a write, and a reconcile applies everything each time.
 */
export class Applier {
  private readonly kinds = new Map<string, ApplierOptions['caches'][number]>();
  /** The live object that is known to be as wished: it is the answer to the wish, or has been compared with it. */
  private readonly fulfilled = new WeakMap<KubeObject, KubeObject>();
  /** How the server answered applies that it did not take over literally, so that we don't repeat them for ever. */
  private readonly deviations = new Map<
    string,
    { desired: string; found: string }
  >();

  private readonly strangers: Strangers;

  constructor(private readonly options: ApplierOptions) {
    this.strangers = new Strangers(options.client, options.clock);
    for (const cache of options.caches) {
      this.kinds.set(kindOf(cache.resource), cache);
    }
  }

  /**
   * Brings our fields of one object in line with `desired`. Fields of others stay; fields that we applied before and that `desired`
   * lacks are removed, or left to whoever else owns them. `desired` may be given again and again, but must not be changed in between.
   *
   * @throws KindNotServedError, ForeignObjectError (unless `adopt`), KubeApiError
   */
  async apply(
    desired: KubeObject,
    options: {
      subresource?: string;
      adopt?: boolean;
      force?: boolean;
      signal?: AbortSignal;
    } = {},
  ): Promise<Applied> {
    const cache = this.cacheOf(desired);
    const { client, fieldManager, force = true } = this.options;
    const { subresource } = options;
    refuseWriteOnlyFields(desired);
    const isNew = !cache.get(keyOf(desired)) && subresource === undefined;
    if (isNew && !options.adopt) {
      const stranger = await this.strangers.find(cache, keyOf(desired));
      if (stranger && !this.isOurs(stranger, desired)) {
        throw new ForeignObjectError(stranger);
      }
    }
    const live = cache.get(keyOf(desired));
    if (live) {
      if (
        live.metadata.deletionTimestamp !== undefined &&
        subresource === undefined
      ) {
        return { action: 'terminating', object: live };
      }
      if (
        subresource === undefined &&
        !options.adopt &&
        !this.isOurs(live, desired)
      ) {
        throw new ForeignObjectError(live);
      }
      if (this.isUpToDate(desired, live, subresource)) {
        return { action: 'unchanged', object: live };
      }
    }
    const object = await client.apply(cache.resource, desired, {
      fieldManager,
      force: options.force ?? force,
      subresource,
      signal: options.signal,
    });
    cache.observeWrite(object);
    // Its event may have come before the answer.
    const kept = cache.get(keyOf(desired));
    const answer = kept && isSameVersion(kept, object) ? kept : object;
    this.rememberAnswer(desired, subresource, answer, live);
    return { action: actionOf(live, object), object };
  }

  /**
   * Applies objects in their order and, when all went well, deletes those that are ours and not among them. Stops at the first
   * failure, so that what depends on an object is not made without it.
   *
   * @param pruneOrder - kinds in the order of their deletion; kinds that are not named are not pruned
   * @throws what `apply` and `prune` throw
   */
  async applySet(
    desired: KubeObject[],
    ownership: Ownership,
    options: { pruneOrder: Resource[]; signal?: AbortSignal },
  ): Promise<AppliedSet> {
    const applied: Applied[] = [];
    for (const object of desired) {
      applied.push(await this.apply(object, { signal: options.signal }));
    }
    const deleted = await this.prune(desired, ownership, options);
    const wrote = applied.some(
      ({ action }) => action === 'created' || action === 'updated',
    );
    return { applied, deleted, changed: wrote || deleted.length > 0 };
  }

  /**
   * Deletes the objects that are ours and not among `keep`, kind by kind. Only the very object that was seen is deleted: one of
   * the same name that was made meanwhile stays.
   *
   * @returns the objects whose deletion was asked for; those that already were being deleted are left out
   */
  async prune(
    keep: KubeObject[],
    ownership: Ownership,
    options: { pruneOrder: Resource[]; signal?: AbortSignal },
  ): Promise<KubeObject[]> {
    const kept = new Set(keep.map(object => identify(object)));
    const deleted: KubeObject[] = [];
    for (const resource of options.pruneOrder) {
      for (const object of this.owned(resource, ownership)) {
        if (
          !kept.has(identify(object)) &&
          object.metadata.deletionTimestamp === undefined
        ) {
          await this.delete(resource, object, options.signal);
          deleted.push(object);
        }
      }
    }
    return deleted;
  }

  /** The objects of a kind that are ours, also those that are being deleted. */
  owned(resource: Resource, ownership: Ownership): KubeObject[] {
    const cache = this.kinds.get(kindOf(resource));
    if (!cache) {
      throw new Error(`no cache for ${resource.kind}: give the applier one`);
    }
    const { ownerUid, labels } = ownership;
    return cache
      .byIndex(BY_OWNER_UID, ownerUid)
      .filter(({ metadata }) =>
        Object.entries(labels).every(
          ([name, value]) => metadata.labels?.[name] === value,
        ),
      );
  }

  private async delete(
    resource: Resource,
    object: KubeObject,
    signal?: AbortSignal,
  ): Promise<void> {
    const { uid } = object.metadata;
    try {
      await this.options.client.delete(resource, keyOf(object), {
        propagationPolicy: 'Background',
        preconditions: { uid },
        signal,
      });
    } catch (error) {
      // Gone already, or gone and made anew by somebody else.
      if (!isNotFound(error) && !isConflict(error)) {
        throw error;
      }
    }
  }

  private cacheOf(object: KubeObject) {
    const cache = this.kinds.get(kindOf(object));
    if (!cache) {
      throw new Error(
        `${describeObject(
          object,
        )}: no cache for its kind; give the applier one`,
      );
    }
    if (!cache.served) {
      throw new KindNotServedError(cache.resource);
    }
    return cache;
  }

  /** We applied it before, or it belongs to the same owner as what we want. */
  private isOurs(live: KubeObject, desired: KubeObject): boolean {
    // One owner's object must not pass to another, though we made both. A namesake of an owner that is gone takes over.
    const owner = controllerOf(live);
    const wanted = controllerOf(desired);
    if (
      owner &&
      wanted &&
      (owner.kind !== wanted.kind || owner.name !== wanted.name)
    ) {
      return false;
    }
    const owners = new Set(
      live.metadata.ownerReferences?.map(({ uid }) => uid),
    );
    return (
      isApplied(live, this.options.fieldManager) ||
      Boolean(
        desired.metadata.ownerReferences?.some(({ uid }) => owners.has(uid)),
      )
    );
  }

  private isUpToDate(
    desired: KubeObject,
    live: KubeObject,
    subresource?: string,
  ): boolean {
    if (this.fulfilled.get(desired) === live) {
      return true;
    }
    const { fieldManager } = this.options;
    const found = differences(desired, live, fieldManager, subresource);
    const same =
      found.length === 0 || this.isKnownDeviation(desired, subresource, found);
    if (same) {
      this.fulfilled.set(desired, live);
    }
    return same;
  }

  private isKnownDeviation(
    desired: KubeObject,
    subresource: string | undefined,
    found: Difference[],
  ): boolean {
    const known = this.deviations.get(identify(desired, subresource));
    return known?.desired === digest(desired) && known.found === digest(found);
  }

  /**
   * Applying the same once more would change nothing, whatever the answer looks like, so it needs no comparing. If it changed nothing this time,
   * the server sees no difference where we do: that is remembered for when the object has been changed by somebody else.
   */
  private rememberAnswer(
    desired: KubeObject,
    subresource: string | undefined,
    answer: KubeObject,
    before: KubeObject | undefined,
  ): void {
    this.fulfilled.set(desired, answer);
    const identity = identify(desired, subresource);
    if (!isSameVersion(before, answer)) {
      this.deviations.delete(identity);
      return;
    }
    const { fieldManager } = this.options;
    const found = differences(desired, answer, fieldManager, subresource);
    const deviation = { desired: digest(desired), found: digest(found) };
    remember(this.deviations, identity, deviation, MAX_DEVIATIONS);
  }
}

function actionOf(
  before: KubeObject | undefined,
  after: KubeObject,
): ApplyAction {
  if (!before) {
    return 'created';
  }
  return isSameVersion(before, after) ? 'unchanged' : 'updated';
}

function isSameVersion(
  before: KubeObject | undefined,
  after: KubeObject,
): boolean {
  return before?.metadata.resourceVersion === after.metadata.resourceVersion;
}

function kindOf({
  apiVersion,
  kind,
}: {
  apiVersion: string;
  kind: string;
}): string {
  return `${apiVersion}/${kind}`;
}

function identify(object: KubeObject, subresource = ''): string {
  const key: ObjectKey = keyOf(object);
  return `${kindOf(object)}/${keyString(key)}/${subresource}`;
}

/** For comparing only; nothing depends on nobody finding a collision. */
function digest(value: unknown): string {
  return createHash('sha1').update(JSON.stringify(value)).digest('base64');
}

function refuseWriteOnlyFields(desired: KubeObject): void {
  if (
    desired.kind === 'Secret' &&
    desired.apiVersion === 'v1' &&
    desired.stringData !== undefined
  ) {
    throw new Error(
      `${describeObject(
        desired,
      )}: stringData can not be read back, so it can not be compared: use data`,
    );
  }
}
