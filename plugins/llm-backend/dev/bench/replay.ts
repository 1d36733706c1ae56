import {
  keyOf,
  KubeClient,
  KubeObject,
  OwnerReference,
  Resource,
} from '@slipway/controller';
import { LLM_MODELS } from '../../src/models/kinds';

/** An object as it was written, without what the server adds, and its kind. */
export interface Recorded {
  resource: Resource;
  object: KubeObject;
}

/** Objects of one kind that models own, ready to be written again. */
export async function record(
  client: KubeClient,
  resource: Resource,
  namespaces: ReadonlySet<string>,
): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  let next: string | undefined;
  do {
    const page = await client.list(resource, { limit: 500, continue: next });
    next = page.continue;
    for (const object of page.items) {
      const owned = object.metadata.ownerReferences?.some(
        ({ kind }) => kind === 'LLMModel',
      );
      if (owned && namespaces.has(object.metadata.namespace ?? '')) {
        recorded.push({ resource, object: applied(object) });
      }
    }
  } while (next !== undefined);
  return recorded;
}

/**
 * Writes everything again as fast as one process can: first the models, then kind after kind, with as many requests in flight as the
 * client allows. Children get the uid of the model that takes their owner's place.
 */
export async function replay(
  client: KubeClient,
  models: readonly KubeObject[],
  recorded: readonly Recorded[][],
  fieldManager: string,
): Promise<void> {
  const uids = new Map<string, string>();
  await Promise.all(
    models.map(async model => {
      const { metadata } = await client.create(LLM_MODELS, model, {
        fieldManager,
      });
      uids.set(`${metadata.namespace}/${metadata.name}`, metadata.uid ?? '');
    }),
  );
  for (const objects of recorded) {
    await Promise.all(
      objects.map(({ resource, object }) =>
        client.apply(resource, withOwners(object, uids), {
          fieldManager,
          force: true,
        }),
      ),
    );
  }
}

function withOwners(
  object: KubeObject,
  uids: ReadonlyMap<string, string>,
): KubeObject {
  const { namespace, ownerReferences = [] } = object.metadata;
  const renewed = ownerReferences.map((owner): OwnerReference => {
    const uid = uids.get(`${namespace}/${owner.name}`);
    return uid === undefined ? owner : { ...owner, uid };
  });
  return {
    ...object,
    metadata: { ...object.metadata, ownerReferences: renewed },
  };
}

/** What the operator sent: the fields that it owns by its last apply. */
function applied(object: KubeObject): KubeObject {
  const entry = object.metadata.managedFields?.find(
    ({ operation, subresource }) => operation === 'Apply' && !subresource,
  );
  if (!entry?.fieldsV1) {
    throw new Error(`${object.kind} ${keyOf(object).name}: it was not applied`);
  }
  const owned = pick(object, entry.fieldsV1);
  const { apiVersion, kind } = object;
  const { labels, annotations, ownerReferences } = Object(
    Object(owned).metadata,
  );
  return {
    ...Object(owned),
    apiVersion,
    kind,
    metadata: { ...keyOf(object), labels, annotations, ownerReferences },
  };
}

/** The part of a value that a set of managed fields names. */
function pick(value: unknown, fields: Record<string, unknown>): unknown {
  const names = Object.keys(fields).filter(name => name !== '.');
  if (names.length === 0) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.flatMap(item => {
      const name = names.find(each => isNamed(item, each));
      return name === undefined ? [] : [pick(item, Object(fields[name]))];
    });
  }
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (name.startsWith('f:')) {
      picked[name.slice(2)] = pick(
        Object(value)[name.slice(2)],
        Object(fields[name]),
      );
    }
  }
  return picked;
}

function isNamed(item: unknown, name: string): boolean {
  if (name.startsWith('v:')) {
    return JSON.stringify(item) === name.slice(2);
  }
  const key: Record<string, unknown> = JSON.parse(name.slice(2));
  return Object.entries(key).every(
    ([field, value]) => Object(item)[field] === value,
  );
}
