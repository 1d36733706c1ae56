import { KubeClient, KubeObject, parseQuantity } from '@slipway/controller';
import type { ModelSource } from '@slipway/plugin-llm-node';
import type { DecisionFacts, GpuHeadroom } from '../access';
import { gpuResource } from '../models/model';
import { pods } from './resources';
import { ViewSettings, toFacts } from './summary';

/** On a model: its licence, in words. */
const LICENCE_ANNOTATION = 'slipway.dev/licence';

/** How long the GPUs of the cluster are remembered: all nodes and pods are read to count them. */
const REMEMBER_MS = 60_000;

const nodes = {
  apiVersion: 'v1',
  kind: 'Node',
  plural: 'nodes',
  namespaced: false,
};

type Amounts = Record<string, string | number>;
type NodeView = KubeObject & { status?: { allocatable?: Amounts } };
type PodView = KubeObject & {
  spec?: {
    containers?: { resources?: { requests?: Amounts; limits?: Amounts } }[];
  };
};

/** What somebody who decides on a request is told of the model and the cluster. */
export function decisionView(options: {
  source: ModelSource;
  client: KubeClient;
  settings: ViewSettings;
}): DecisionFacts {
  const { source, client, settings } = options;
  const remembered = new Map<
    string,
    { until: number; headroom: Promise<GpuHeadroom | undefined> }
  >();
  return {
    model: ref => {
      const [namespace, name] = ref.split('/');
      const model = source.get(namespace, name);
      return (
        model && {
          ...toFacts(model, settings),
          licence: model.metadata.annotations?.[LICENCE_ANNOTATION],
        }
      );
    },
    gpus: type => {
      const known = remembered.get(type);
      if (known && known.until > Date.now()) {
        return known.headroom;
      }
      // A cluster that does not let its nodes be read says nothing; so does one that is away.
      const headroom = countGpus(client, type).catch(() => undefined);
      remembered.set(type, { until: Date.now() + REMEMBER_MS, headroom });
      return headroom;
    },
  };
}

async function countGpus(
  client: KubeClient,
  type: string,
): Promise<GpuHeadroom> {
  const resource = gpuResource(type);
  const [allNodes, running] = await Promise.all([
    client.list<NodeView>(nodes),
    client.list<PodView>(pods, {
      fieldSelector:
        'spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed',
    }),
  ]);
  const amount = (amounts?: Amounts) =>
    parseQuantity(amounts?.[resource] ?? 0) ?? 0;
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const capacity = sum(
    allNodes.items.map(node => amount(node.status?.allocatable)),
  );
  const requested = sum(
    running.items.flatMap(pod =>
      (pod.spec?.containers ?? []).map(({ resources }) =>
        amount(resources?.requests ?? resources?.limits),
      ),
    ),
  );
  return { capacity, unrequested: Math.max(0, capacity - requested) };
}
