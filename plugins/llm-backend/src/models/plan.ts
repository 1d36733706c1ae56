import { KubeObject } from '@slipway/controller';
import { Endpoint, ENDPOINTS, GatewayFlavour } from '../gateway/flavour';
import { Acceptance, judgeAcceptance } from './acceptance';
import { pending, sentence, Stage } from './conditions';
import { isStranded, nodeOfServers } from './downloadJobs';
import { DownloadState, judgeDownload } from './downloads';
import { EndpointState, judgeEndpoint } from './endpointState';
import { GENERATED_KINDS } from './kinds';
import { Model, usesClaim, usesDownloadJob } from './model';
import { ANNOTATIONS, LABELS, namesOf } from './names';
import { Observed, refusalKey, Refusals } from './observed';
import { Platform } from './platform';
import { conditionOf, isOver } from './podState';
import { monitoringRemark } from './refusedWrites';
import { Renders } from './Renders';
import {
  claimRemark,
  configHash,
  renderClaim,
  renderCleanupJob,
  renderDeployment,
  renderDownloadJob,
  renderDownloadScript,
  renderEndpointPicker,
  renderInferencePool,
  renderNetworkPolicy,
  renderPodMonitor,
  renderService,
  renderServiceAccount,
} from './render';
import { judgePicker, judgeServers, ServerState } from './servers';
import { weightsOf } from './weights';

/** On the claim: directories are left on it that nobody serves. */
const LEFTOVERS = 'llm.nebari.dev/leftovers';

/** Everything that decides about a model in one pass. */
export interface PlanInput {
  model: Model;
  platform: Platform;
  flavour: GatewayFlavour;
  observed: Observed;
  refusals: Refusals;
  nowMs: number;
  /** Kept between the passes over one spec. */
  renders: Renders;
}

/** What a pass wants, and what it makes of what it saw. */
export interface Plan {
  acceptance: Acceptance;
  download: DownloadState;
  servers: ServerState;
  picker: ServerState;
  pickerStage: Stage;
  endpoints: Record<Endpoint, EndpointState>;
  /** The model id that the running servers answer to. */
  servedModelId?: string;
  servedRevision?: string;
  /** Applied in this order; what depends on a group comes in a later one. */
  apply: KubeObject[][];
  /** Routes, applied last and only after their policies went through. */
  routes: KubeObject[];
  /** Left as they are: neither written nor pruned. */
  keep: KubeObject[];
  /** What is ours and in none of the above goes away. */
  prune: boolean;
  /** A remark that goes with `Accepted`. */
  remark?: string;
  retryAfterMs?: number;
}

/** Decides what has to be done for a model. Pure; run again after every change, it ends in the same state from anywhere. */
export function planModel(input: PlanInput): Plan {
  const { model, platform, observed, nowMs } = input;
  const served = servedBy(observed.deployment);
  const acceptance = judgeAcceptance(model, observed, served.modelId);
  const download = judgeDownload({
    model,
    platform,
    observed,
    nowMs,
    renders: input.renders,
  });
  const servers = judgeServers(
    observed.deployment,
    observed.pods,
    model.serving.replicas,
  );
  const picker = judgePicker(observed.picker, observed.pods);
  const pickerStage = stageOfPicker(picker, observed);
  const switching = download.ready;
  const servedModelId = switching
    ? model.modelId
    : served.modelId ?? model.modelId;
  const endpoint = (name: Endpoint) =>
    judgeEndpoint({
      ...input,
      endpoint: name,
      servedModelId,
      hasTarget: hasTarget(input),
    });
  const plan: Plan = {
    acceptance,
    download,
    servers:
      download.ready || observed.deployment
        ? servers
        : { ...servers, stage: waitingForWeights() },
    picker,
    pickerStage,
    endpoints: {
      external: endpoint('external'),
      internal: endpoint('internal'),
    },
    servedModelId: served.modelId,
    servedRevision: served.revision,
    apply: [],
    routes: [],
    keep: [],
    prune: acceptance.action !== 'freeze',
    retryAfterMs: undefined,
  };
  if (acceptance.action === 'work') {
    work(plan, input);
  } else if (acceptance.action === 'clear') {
    clear(plan, input);
  }
  return plan;
}

function waitingForWeights(): Stage {
  return pending('WaitingForWeights', 'Starts when WeightsReady is true.');
}

/** What a route leads to is on the server: the pool and its picker. A route before that could bring the gateway's controller down. */
function hasTarget({ model, observed, refusals }: PlanInput): boolean {
  const metadata = { name: namesOf(model).picker };
  return (
    observed.pool !== undefined &&
    observed.picker !== undefined &&
    !refusals.has(refusalKey({ kind: 'Service', metadata }))
  );
}

/** What the live Deployment's pods answer to. */
function servedBy(deployment: KubeObject | undefined): {
  modelId?: string;
  revision?: string;
} {
  const annotations = deployment?.metadata.annotations;
  return {
    modelId: annotations?.[ANNOTATIONS.servedModelId],
    revision: annotations?.[ANNOTATIONS.servedRevision] || undefined,
  };
}

function stageOfPicker(picker: ServerState, observed: Observed): Stage {
  const { kind, apiVersion } = GENERATED_KINDS.pools;
  return observed.unserved.has(kind)
    ? pending(
        'GatewayCrdMissing',
        `The cluster does not serve ${kind} (${apiVersion}): install the Gateway API inference extension.`,
      )
    : picker.stage;
}

function work(plan: Plan, input: PlanInput): void {
  const { model, platform, observed, renders } = input;
  const first = [
    renders.once('serviceAccount', () => renderServiceAccount(model)),
    renders.once('networkPolicy', () => renderNetworkPolicy(model, platform)),
    renders.once('service', () => renderService(model)),
  ];
  if (model.source === 'huggingface' && model.preload) {
    first.push(renders.once('script', () => renderDownloadScript(model)));
  }
  const second = renders.list('picker', () =>
    renderEndpointPicker(model, platform),
  );
  if (
    model.serving.monitoring &&
    !observed.unserved.has(GENERATED_KINDS.podMonitors.kind)
  ) {
    second.push(renders.once('podMonitor', () => renderPodMonitor(model)));
  }
  if (!observed.unserved.has(GENERATED_KINDS.pools.kind)) {
    second.push(renders.once('pool', () => renderInferencePool(model)));
  }
  plan.keep.push(...plan.download.keep);
  planClaim(input, first);
  planDownload(plan, input, second);
  planDeployment(plan, input, second);
  planEndpoints(plan, input, first);
  plan.apply = [first, second];
  plan.remark =
    [
      claimRemark(model, platform, observed.claim),
      monitoringRemark(model, observed, input.refusals),
    ]
      .flatMap(remark => (remark ? [sentence(remark)] : []))
      .join(' ') || undefined;
  plan.retryAfterMs = earliest(
    plan.download.retryAfterMs,
    ...ENDPOINTS.map(name => plan.endpoints[name].retryAfterMs),
  );
}

function clear(plan: Plan, { model, observed }: PlanInput): void {
  if (observed.claim && usesClaim(model)) {
    plan.keep.push(observed.claim);
  }
  keepPoliciesInUse(plan, observed);
}

/** A policy goes only when nothing leads to the model any more. */
function keepPoliciesInUse(plan: Plan, observed: Observed): void {
  for (const name of ENDPOINTS) {
    const { policy, route, generated } = observed.endpoints[name];
    if (policy && (route || generated)) {
      plan.keep.push(policy);
    }
  }
}

function planClaim(
  { model, platform, observed }: PlanInput,
  into: KubeObject[],
): void {
  const claim = renderClaim(model, platform, observed.claim);
  if (!claim) {
    return;
  }
  if (hasLeftovers(model, observed)) {
    claim.metadata.annotations = {
      ...claim.metadata.annotations,
      [LEFTOVERS]: 'true',
    };
  }
  into.push(claim);
}

/**
 * Whether the claim holds directories that the wanted weights don't need. Remembered on the claim, so that the Jobs that made them can
 * go; forgotten when a clean-up has run.
 */
function hasLeftovers(model: Model, observed: Observed): boolean {
  const hash = weightsOf(model).hash;
  const others = observed.jobs.some(job => {
    const weights = job.metadata.labels?.[LABELS.weights];
    return (
      weights !== undefined &&
      !weights.startsWith('cleanup-') &&
      weights !== hash
    );
  });
  const marked =
    observed.claim?.metadata.annotations?.[LEFTOVERS] !== undefined;
  return others || (marked && !cleanupOf(model, observed)?.complete);
}

function cleanupOf(
  model: Model,
  observed: Observed,
): { job: KubeObject; complete: boolean } | undefined {
  const label = `cleanup-${weightsOf(model).hash}`;
  const job = observed.jobs.find(
    candidate => candidate.metadata.labels?.[LABELS.weights] === label,
  );
  return job && { job, complete: conditionOf(job, 'Complete') !== undefined };
}

function planDownload(
  plan: Plan,
  { model, platform, observed }: PlanInput,
  into: KubeObject[],
): void {
  const { start } = plan.download;
  const node = nodeOfServers(observed);
  if (start) {
    into.push(renderDownloadJob(model, platform, { ...start, node }));
  }
  const marked =
    observed.claim?.metadata.annotations?.[LEFTOVERS] !== undefined;
  if (!marked || !usesDownloadJob(model)) {
    // Who fills the claim themselves may use what we once fetched; it goes when downloads are wanted again.
    return;
  }
  const cleanup = cleanupOf(model, observed);
  if (cleanup) {
    if (!isStranded(cleanup.job, observed)) {
      plan.keep.push(cleanup.job);
    }
  } else if (plan.download.ready && isSettled(plan, model, observed)) {
    into.push(renderCleanupJob(model, platform, node));
  }
}

/** The servers all run the wanted weights, so that no other directory is in use. */
function isSettled(plan: Plan, model: Model, observed: Observed): boolean {
  const live =
    observed.deployment?.metadata.annotations?.[ANNOTATIONS.configHash];
  const others = observed.pods.some(
    pod =>
      pod.metadata.labels?.[LABELS.name] === 'llmmodel' &&
      pod.metadata.annotations?.[ANNOTATIONS.configHash] !==
        configHash(model) &&
      !isOver(pod),
  );
  return plan.servers.rolledOut && live === configHash(model) && !others;
}

function planDeployment(
  plan: Plan,
  { model, platform, observed, renders }: PlanInput,
  into: KubeObject[],
): void {
  const { deployment, held, claim } = observed;
  const claimGoes = claim?.metadata.deletionTimestamp !== undefined;
  const keepReplicas = replicasAreSomebodyElses(model, deployment ?? held);
  if (plan.download.ready && !(usesClaim(model) && claimGoes)) {
    into.push(
      renders.once(`deployment ${keepReplicas}`, () =>
        renderDeployment(model, platform, { keepReplicas }),
      ),
    );
  } else if (deployment && !claimGoes) {
    // What served before goes on serving until the new weights are there.
    plan.keep.push(deployment);
  } else if (!claimGoes) {
    // What is wrong with it should be known before hours of download.
    into.push(
      renders.once(`deployment ${keepReplicas} held`, () =>
        renderDeployment(model, platform, { keepReplicas, held: true }),
      ),
    );
  }
}

/** The live number differs from what the spec last asked for, and the spec has not changed since: an autoscaler did it. */
function replicasAreSomebodyElses(
  model: Model,
  deployment: KubeObject | undefined,
): boolean {
  const asked = deployment?.metadata.annotations?.[ANNOTATIONS.replicas];
  const spec: unknown = deployment?.spec;
  const live =
    typeof spec === 'object' && spec !== null && 'replicas' in spec
      ? spec.replicas
      : undefined;
  return (
    asked === String(model.serving.replicas) &&
    live !== undefined &&
    String(live) !== asked
  );
}

function planEndpoints(
  plan: Plan,
  { observed }: PlanInput,
  into: KubeObject[],
): void {
  for (const name of ENDPOINTS) {
    const state = plan.endpoints[name];
    const { policy, route } = observed.endpoints[name];
    if (state.policy) {
      into.push(state.policy);
    } else if (state.keepPolicy && policy) {
      plan.keep.push(policy);
    }
    if (state.route) {
      plan.routes.push(state.route);
    } else if (state.keepRoute && route) {
      plan.keep.push(route);
    }
  }
}

function earliest(...times: (number | undefined)[]): number | undefined {
  const given = times.filter((time): time is number => time !== undefined);
  return given.length > 0 ? Math.min(...given) : undefined;
}
