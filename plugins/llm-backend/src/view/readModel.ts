import { KubeClient, KubeObject, isNotFound } from '@slipway/controller';
import { ModelEvent, ModelObject } from '@slipway/plugin-llm-common';
import { LABELS } from '../models/names';
import { toModelEvent, toModelObject } from './objects';
import type { PodView } from './pods';
import { events, generatedKinds, pods } from './resources';

/** Events of a model that its page shows. */
const MOST_EVENTS = 100;

/** Names a model. */
export interface ModelKey {
  namespace: string;
  name: string;
}

/** The pods of a model. */
export async function readPods(
  client: KubeClient,
  key: ModelKey,
): Promise<PodView[]> {
  const { items } = await client.list<PodView>(pods, scopeOf(key));
  return items;
}

/** An object that the operator made for a model. */
interface ReadObject {
  /** As the page lists it. */
  row: ModelObject;
  /** As the cluster has it. */
  object: KubeObject;
}

/** The objects that the operator made for a model. */
export async function readObjects(
  client: KubeClient,
  key: ModelKey,
): Promise<ReadObject[]> {
  const lists = await Promise.all(
    generatedKinds.map(async resource => {
      try {
        const { items } = await client.list(resource, scopeOf(key));
        const { apiVersion, kind } = resource;
        return items.map(item => ({
          row: toModelObject(resource, item),
          object: { ...item, apiVersion, kind },
        }));
      } catch (error) {
        // A kind that the cluster does not serve has no objects; the model's conditions tell that it is missing.
        if (isNotFound(error)) {
          return [];
        }
        throw error;
      }
    }),
  );
  return lists.flat();
}

/** The last events about a model and what belongs to it, the newest first. */
export async function readEvents(
  client: KubeClient,
  { namespace, name }: ModelKey,
  related: KubeObject[],
): Promise<ModelEvent[]> {
  const { items } = await client.list(events, { namespace });
  const names = new Set([
    name,
    ...related.map(({ metadata }) => metadata.name),
  ]);
  return items
    .map(toModelEvent)
    .filter(event => names.has(event.objectName))
    .sort((a, b) => b.lastSeen.localeCompare(a.lastSeen))
    .slice(0, MOST_EVENTS)
    .map(({ objectName: _objectName, ...event }) => event);
}

function scopeOf({ namespace, name }: ModelKey) {
  return { namespace, labelSelector: `${LABELS.model}=${name}` };
}
