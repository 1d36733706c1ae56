import { KubeObject } from '@slipway/controller';
import { envoyAIGateway as flavour } from '../gateway/envoy-ai-gateway';
import { exampleModel, examplePlatform } from './__testUtils__/examples';
import { parseModel } from './model';
import { ANNOTATIONS, labelsOf } from './names';
import { Observed } from './observed';
import { planModel } from './plan';
import {
  renderClaim,
  renderCleanupJob,
  renderDeployment,
  renderDownloadJob,
} from './render';
import { Renders } from './Renders';

const platform = examplePlatform();
const AT = '2026-11-20T11:00:00Z';
const LEFTOVERS = 'llm.nebari.dev/leftovers';

function live(object: KubeObject, status: Record<string, unknown>): KubeObject {
  const { kind, metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, uid: `uid-${kind}`, generation: 1 },
    status,
  };
}

const modelWith = (spec: Record<string, unknown>) =>
  parseModel(exampleModel({ model: { name: 'acme/tiny', ...spec } }));

/** A model whose revision v1 has been served on the node `old`. */
function world(spec: Record<string, unknown>) {
  const model = modelWith(spec);
  const before = modelWith({ revision: 'v1' });
  const claim = renderClaim(before, platform);
  if (!claim) {
    throw new Error('the example needs a claim');
  }
  const observed: Observed = {
    namespaceManaged: true,
    claim: live(claim, { phase: 'Bound' }),
    jobs: [],
    pods: [],
    deployment: live(renderDeployment(before, platform), {}),
    endpoints: { external: {}, internal: {} },
    unserved: new Set(),
  };
  const plan = () => {
    const { apply, keep } = planModel({
      model,
      platform,
      flavour,
      observed,
      refusals: new Map(),
      nowMs: Date.parse(AT),
      renders: new Renders(),
    });
    const jobs = (all: KubeObject[]) =>
      all.filter(({ kind }) => kind === 'Job');
    return { made: jobs(apply.flat()), kept: jobs(keep) };
  };
  return { model, before, observed, plan };
}

function server(
  nodeName: string | undefined,
  condition: Record<string, unknown>,
  phase = 'Running',
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'server', labels: labelsOf({ name: 'tiny' }) },
    spec: { nodeName },
    status: { phase, conditions: [condition] },
  };
}

const ready = { type: 'Ready', status: 'True' };
const unready = { type: 'Ready', status: 'False' };
const unschedulable = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
};

describe('a download that is tied to the node of the servers, and could not run there yet', () => {
  function tied() {
    const { model, observed, plan } = world({ revision: 'v2' });
    const inputs = `${observed.claim?.metadata.uid}///`;
    const job = live(
      renderDownloadJob(model, platform, { attempt: 1, inputs, node: 'old' }),
      {},
    );
    observed.jobs = [job];
    return { job, observed, plan };
  }

  const scaledTo = (observed: Observed, replicas: number) => {
    if (observed.deployment) {
      observed.deployment.spec = { replicas };
    }
  };

  it.each<[string, KubeObject[], number, string | undefined]>([
    ['are ready elsewhere', [server('new', ready)], 1, 'new'],
    ['find no room', [server(undefined, unschedulable)], 1, undefined],
    ['are not wanted', [], 0, undefined],
    ['have failed', [server('old', unready, 'Failed')], 0, undefined],
  ])('starts anew when the servers %s', (_, pods, replicas, node) => {
    const { observed, plan } = tied();
    observed.pods = pods;
    scaledTo(observed, replicas);
    const { made, kept } = plan();
    expect(kept).toEqual([]);
    expect(made.map(job => job.metadata.annotations)).toEqual([
      expect.objectContaining({ [ANNOTATIONS.attempt]: '2' }),
    ]);
    expect(made[0].metadata.annotations?.[ANNOTATIONS.node]).toBe(node);
  });

  it.each<[string, KubeObject[]]>([
    ['are ready there', [server('old', ready)]],
    ['are there but not ready', [server('old', unready)]],
    ['are about to be made', []],
    ['are about to be scheduled', [server(undefined, unready, 'Pending')]],
  ])('waits while the servers %s', (_, pods) => {
    const { job, observed, plan } = tied();
    observed.pods = pods;
    scaledTo(observed, 1);
    expect(plan()).toEqual({ made: [], kept: [job] });
  });
});

describe('weights that nobody serves any more', () => {
  it('stay when the model no longer wants downloads, and leave no Job behind', () => {
    const { model, observed, plan } = world({ revision: 'v2', preload: false });
    if (observed.claim) {
      observed.claim.metadata.annotations = { [LEFTOVERS]: 'true' };
    }
    observed.deployment = live(renderDeployment(model, platform), {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
    });
    observed.pods = [server('old', ready)];
    expect(plan()).toEqual({ made: [], kept: [] });
    observed.jobs = [live(renderCleanupJob(model, platform, 'old'), {})];
    expect(plan()).toEqual({ made: [], kept: [] });
  });
});
