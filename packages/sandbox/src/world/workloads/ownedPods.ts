import { ApiFailure, StoredObject } from '../../types';
import { WorldContext } from '../context';
import { controllerReference, kinds } from '../kinds';

/** The pods that an object owns. */
export function podsOf(
  { cluster }: WorldContext,
  owner: StoredObject,
): StoredObject[] {
  return cluster
    .ownedBy(owner.metadata.uid)
    .filter(object => object.kind === 'Pod');
}

/**
 * Makes pods of an object's template, each with an event, until the server refuses one. Answers with that refusal.
 *
 * Source: `CreatePods` in `pkg/controller/controller_utils.go`.
 */
export function makePods(
  { cluster, events, random }: WorldContext,
  owner: StoredObject,
  options: {
    /** Name of the controller. */
    manager: string;
    count: number;
    /** Characters of the owner's name that fit into a pod's. */
    nameLength: number;
    finalizers?: string[];
  },
): ApiFailure | undefined {
  const { manager, count, nameLength, finalizers } = options;
  const { name, namespace } = owner.metadata;
  const { template } = owner.spec;
  const source = { component: manager };
  for (let made = 0; made < count; made += 1) {
    const podName = `${name.slice(0, nameLength)}-${random.suffix()}`;
    try {
      cluster.create(
        kinds.pods,
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: podName,
            generateName: `${name}-`,
            namespace,
            labels: template.metadata?.labels,
            annotations: template.metadata?.annotations,
            finalizers,
            ownerReferences: [controllerReference(owner)],
          },
          spec: template.spec,
        },
        manager,
      );
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      events.warning(
        source,
        owner,
        'FailedCreate',
        `Error creating: ${error.message}`,
      );
      return error;
    }
    events.normal(source, owner, 'SuccessfulCreate', `Created pod: ${podName}`);
  }
  return undefined;
}

/** Deletes a pod of an object, with an event. */
export function deletePod(
  { cluster, events }: WorldContext,
  owner: StoredObject,
  pod: StoredObject,
  manager: string,
): void {
  const { namespace, name } = pod.metadata;
  cluster.delete(kinds.pods, namespace, name);
  events.normal(
    { component: manager },
    owner,
    'SuccessfulDelete',
    `Deleted pod: ${name}`,
  );
}
