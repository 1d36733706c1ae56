import { KubeObject } from '@slipway/controller';
import { covers } from '../models/covers';
import { GatewayFlavour, Verdict } from './flavour';

/** How what all routes of a listener share stands: what makes the gateway ask the authorizer, and strip headers. */
export interface Guard {
  /** `namespace/name` of the listener's policy. */
  policy: string;
  /** Whether the listener asks the authorizer. */
  listener: Verdict;
  /** Whether clients' own `x-slipway-*` are taken away. */
  stripping: Verdict;
  /** Some routes of the listener have policies by which the gateway itself judges: on those nobody asks the authorizer. */
  gatewayJudgesToo: boolean;
}

/** What a {@link Guard} is judged by: what is wanted, and what is there. */
export interface GuardInput {
  flavour: Pick<GatewayFlavour, 'policyVerdict'>;
  wanted: { listener: KubeObject; stripping: KubeObject };
  live: { listener?: KubeObject; stripping?: KubeObject };
  gatewayJudgesToo: boolean;
}

/** Judges a listener's guard. Nothing counts that is not, word for word, what we want there, in force for its present generation. */
export function judgeGuard(input: GuardInput): Guard {
  const { flavour, wanted, live, gatewayJudgesToo } = input;
  const { namespace, name } = wanted.listener.metadata;
  return {
    policy: `${namespace}/${name}`,
    listener: verdictOf(flavour, live.listener, wanted.listener),
    stripping: verdictOf(flavour, live.stripping, wanted.stripping),
    gatewayJudgesToo,
  };
}

/** The gateway's word on an object, if it is the object that we want. */
export function verdictOf(
  flavour: Pick<GatewayFlavour, 'policyVerdict'>,
  live: KubeObject | undefined,
  wanted: KubeObject,
): Verdict {
  return live !== undefined &&
    live.metadata.deletionTimestamp === undefined &&
    covers(live.spec, wanted.spec)
    ? flavour.policyVerdict(live)
    : { state: 'pending' };
}

/** The authorizer is asked, and no client can forge its word: routes may be made that rely on it. */
export function isInForce({ listener, stripping }: Guard): boolean {
  return listener.state === 'accepted' && stripping.state === 'accepted';
}

/**
 * Routes that rely on the authorizer's word may stay. They open for its header alone; a client's own is stripped, or else overwritten by the
 * authorizer, which is asked unless the request is first matched by a route on which the gateway judges itself.
 */
export function isClosed(guard: Guard): boolean {
  return (
    guard.stripping.state === 'accepted' ||
    (guard.listener.state === 'accepted' && !guard.gatewayJudgesToo)
  );
}
