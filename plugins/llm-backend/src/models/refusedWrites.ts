import { ConditionType, pending, sentence, Stage } from './conditions';
import { GENERATED_KINDS } from './kinds';
import { Model } from './model';
import { namesOf } from './names';
import { Observed, Refusal, refusalKey, Refusals } from './observed';

/** Conditions that say that an object is refused which is no policy and no route; endpoints speak for those. */
type Place = Extract<
  ConditionType,
  'Accepted' | 'WeightsReady' | 'WorkloadReady' | 'EndpointPickerReady'
>;

/** Where it is said that the server refuses an object of a kind. What the picker is made of is told apart by its name. */
const PLACES: Record<keyof typeof GENERATED_KINDS, Place> = {
  claims: 'WeightsReady',
  configMaps: 'WeightsReady',
  jobs: 'WeightsReady',
  serviceAccounts: 'WorkloadReady',
  networkPolicies: 'WorkloadReady',
  services: 'WorkloadReady',
  deployments: 'WorkloadReady',
  roles: 'EndpointPickerReady',
  roleBindings: 'EndpointPickerReady',
  pools: 'EndpointPickerReady',
  // Nobody needs it to call the model: a remark, see `monitoringRemark`.
  podMonitors: 'Accepted',
};

const PLACE_OF_KIND = new Map(
  Object.entries(PLACES).map(([plural, place]) => [
    Object.entries(GENERATED_KINDS).find(([name]) => name === plural)?.[1].kind,
    place,
  ]),
);

/** The server refused one of the objects that a condition is about. */
export function refusedStage(
  model: Model,
  refusals: Refusals,
  place: Place,
): Stage | undefined {
  const { picker, pickerConfig } = namesOf(model);
  for (const [key, refusal] of refusals) {
    const [kind, name] = key.split('/');
    const isPickers = name === picker || name === pickerConfig;
    const told = isPickers ? 'EndpointPickerReady' : PLACE_OF_KIND.get(kind);
    if (told === place) {
      return stageOf(kind, name, refusal);
    }
  }
  return undefined;
}

function stageOf(kind: string, name: string, { message }: Refusal): Stage {
  return /exceeded quota/.test(message)
    ? pending(
        'QuotaExceeded',
        `The namespace's quota does not allow ${kind} ${name}: ${sentence(
          message,
        )} Raise the quota, or ask for less.`,
      )
    : pending(
        'WriteRefused',
        `The cluster refuses ${kind} ${name}: ${sentence(
          message,
        )} Correct the spec, or what the message names.`,
      );
}

/** Why a model is not scraped that asks for it. It serves nevertheless. */
export function monitoringRemark(
  model: Model,
  { unserved }: Pick<Observed, 'unserved'>,
  refusals: Refusals,
): string | undefined {
  if (!model.serving.monitoring) {
    return undefined;
  }
  const { kind, apiVersion } = GENERATED_KINDS.podMonitors;
  const name = namesOf(model).podMonitor;
  if (unserved.has(kind)) {
    return `The model is not scraped, because the cluster does not serve ${kind} (${apiVersion}): install the Prometheus operator, or set spec.serving.monitoring.enabled to false`;
  }
  const refusal = refusals.get(refusalKey({ kind, metadata: { name } }));
  return (
    refusal &&
    `The model is not scraped, because the cluster refuses ${kind} ${name}: ${refusal.message}`
  );
}
