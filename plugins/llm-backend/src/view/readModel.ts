import { KubeClient, KubeObject, isNotFound } from '@slipway/controller';
import { ModelObject } from '@slipway/plugin-llm-common';
import { LABELS } from '../models/names';
import { toModelObject } from './objects';
import type { PodView } from './pods';
import { generatedKinds, pods } from './resources';

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

function scopeOf({ namespace, name }: ModelKey) {
  return { namespace, labelSelector: `${LABELS.model}=${name}` };
}
