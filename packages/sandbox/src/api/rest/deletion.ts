import { StoredObject } from '../../types';
import { AdmissionPlugin } from '../admission/admission';
import { User } from '../authentication';
import { conflict, invalid, notFound } from '../failures';
import { cloneJson, listAt, stringAt } from '../json';
import { inVersion, storageOf } from '../registry';
import { FieldError, JsonObject, ServedKind } from '../seams';
import { Store } from '../store';
import { isHeldNamespace } from './states';
import { Writer } from './writer';

/** `DeleteOptions`, checked. */
export interface DeleteOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

/** What became of the object. */
export interface Deleted {
  object: StoredObject;
  /** False when finalizers or a grace period keep it for now. */
  gone: boolean;
}

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;

const readBoolean = (text: string | null): boolean | undefined =>
  text === null ? undefined : text === 'true' || text === '1';

/**
 * Reads `DeleteOptions` from a body and the query (which is used when there is no body).
 * @throws ApiFailure 422
 */
export function deleteOptions(
  body: JsonObject | undefined,
  query: URLSearchParams,
): DeleteOptions {
  const errors: FieldError[] = [];
  const number = query.get('gracePeriodSeconds');
  const source: JsonObject = body ?? {
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    gracePeriodSeconds: number === null ? undefined : Number(number),
    orphanDependents: readBoolean(query.get('orphanDependents')),
  };
  const policy = POLICIES.find(known => known === source.propagationPolicy);
  if (source.propagationPolicy && !policy) {
    errors.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(
        source.propagationPolicy,
      )}: supported values: "Foreground", "Background", "Orphan", "nil"`,
      field: 'propagationPolicy',
    });
  }
  if (policy && typeof source.orphanDependents === 'boolean') {
    errors.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: "${policy}": orphanDependents and deletionPropagation cannot be both set`,
      field: 'propagationPolicy',
    });
  }
  const dryRun = [
    ...query.getAll('dryRun'),
    ...listAt(source, 'dryRun').map(String),
  ];
  if (dryRun.some(value => value !== 'All')) {
    errors.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(
        dryRun,
      )}: supported values: "All"`,
      field: 'dryRun',
    });
  }
  if (errors.length > 0) {
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  }
  const grace = source.gracePeriodSeconds;
  return {
    propagationPolicy: policy ?? orphanPolicy(source.orphanDependents),
    gracePeriodSeconds:
      typeof grace === 'number' ? Math.max(0, grace) : undefined,
    preconditions: {
      uid: stringAt(source, 'preconditions', 'uid'),
      resourceVersion: stringAt(source, 'preconditions', 'resourceVersion'),
    },
    dryRun: dryRun.length > 0,
  };
}

function orphanPolicy(orphan: unknown): DeleteOptions['propagationPolicy'] {
  if (orphan === true) return 'Orphan';
  return orphan === false ? 'Background' : undefined;
}

/** Deletes: preconditions, grace, finalizers of the propagation policy, then removal or a mark. */
export class Deleter {
  readonly #store: Store;
  readonly #writer: Writer;
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #now: () => number;

  constructor(
    store: Store,
    writer: Writer,
    plugins: readonly AdmissionPlugin[],
    now: () => number,
  ) {
    this.#store = store;
    this.#writer = writer;
    this.#plugins = plugins;
    this.#now = now;
  }

  /** @throws ApiFailure 404, or 409 when a precondition does not hold. */
  delete(
    kind: ServedKind,
    namespace: string | undefined,
    name: string,
    user: User,
    options: DeleteOptions = {},
  ): Deleted {
    const stored = this.#store.get(storageOf(kind), namespace, name);
    if (!stored) throw notFound(kind, name);
    checkPreconditions(kind, stored, options);
    for (const plugin of this.#plugins) {
      plugin.validate?.({
        operation: 'DELETE',
        kind,
        namespace,
        name,
        object: stored,
        old: stored,
        user,
        dryRun: options.dryRun ?? false,
      });
    }
    const grace = gracePeriod(stored, options);
    const marked = this.#marked(stored, grace, finalizersFor(stored, options));
    const held =
      grace > 0 ||
      (marked.metadata.finalizers?.length ?? 0) > 0 ||
      isHeldNamespace(marked);
    if (!held) {
      const last = kind.kind === 'Pod' ? marked : stored;
      if (!options.dryRun) this.#store.remove(storageOf(kind), stored);
      return { object: inVersion(last, kind), gone: true };
    }
    if (options.dryRun) return { object: inVersion(marked, kind), gone: false };
    const written = this.#writer.overwrite(kind, stored, draft => {
      Object.assign(draft, cloneJson(marked));
    });
    return { object: inVersion(written, kind), gone: false };
  }

  /** The object with its deletion mark; the one it has already is kept unless the grace period gets shorter. */
  #marked(
    stored: StoredObject,
    grace: number,
    finalizers: string[] | undefined,
  ): StoredObject {
    const { metadata } = stored;
    const first = !metadata.deletionTimestamp;
    const shorter =
      !first && grace < (metadata.deletionGracePeriodSeconds ?? 0);
    const at = new Date(this.#now() + grace * 1000).toISOString().slice(0, 19);
    // CRDs and namespaces have their own deletion, which does not count the generation up
    const counts =
      metadata.generation !== undefined &&
      stored.kind !== 'CustomResourceDefinition';
    const next: StoredObject = {
      ...stored,
      metadata: {
        ...metadata,
        ...(first || shorter
          ? { deletionTimestamp: `${at}Z`, deletionGracePeriodSeconds: grace }
          : {}),
        ...(first && counts
          ? { generation: (metadata.generation ?? 0) + 1 }
          : {}),
        finalizers,
      },
    };
    if (stored.kind === 'Namespace')
      next.status = { ...stored.status, phase: 'Terminating' };
    const ownGrace =
      stored.kind === 'Namespace' || stored.kind === 'CustomResourceDefinition';
    if (ownGrace) delete next.metadata.deletionGracePeriodSeconds;
    return next;
  }
}

function checkPreconditions(
  kind: ServedKind,
  stored: StoredObject,
  options: DeleteOptions,
): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = stored;
  // the real server names the kind here where it names the resource elsewhere
  const subject = { group: kind.group, plural: kind.kind, kind: kind.kind };
  if (uid && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(subject, metadata.name, why);
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(subject, metadata.name, why);
  }
}

/** Seconds that a pod gets to end; 0 for everything else and for pods that no node runs. */
function gracePeriod(stored: StoredObject, options: DeleteOptions): number {
  if (stored.kind !== 'Pod') return 0;
  const phase = stored.status?.phase;
  if (!stored.spec?.nodeName || phase === 'Succeeded' || phase === 'Failed')
    return 0;
  const wanted =
    options.gracePeriodSeconds ??
    stored.spec.terminationGracePeriodSeconds ??
    30;
  const { deletionTimestamp, deletionGracePeriodSeconds } = stored.metadata;
  return deletionTimestamp
    ? Math.min(wanted, deletionGracePeriodSeconds ?? wanted)
    : wanted;
}

function finalizersFor(
  stored: StoredObject,
  options: DeleteOptions,
): string[] | undefined {
  const finalizers = new Set(stored.metadata.finalizers);
  if (stored.kind === 'CustomResourceDefinition') {
    finalizers.add('customresourcecleanup.apiextensions.k8s.io');
  }
  if (options.propagationPolicy === 'Foreground') {
    finalizers.delete('orphan');
    finalizers.add('foregroundDeletion');
  } else if (options.propagationPolicy === 'Orphan') {
    finalizers.delete('foregroundDeletion');
    finalizers.add('orphan');
  } else if (options.propagationPolicy === 'Background') {
    finalizers.delete('orphan');
    finalizers.delete('foregroundDeletion');
  }
  return finalizers.size > 0 ? [...finalizers] : undefined;
}
