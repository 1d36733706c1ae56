import { KubeObject } from '@slipway/controller';
import { covers } from '../models/covers';
import { GatewayFlavour, Verdict } from './flavour';

/**
 * The gateway's word on a part of a {@link Guard}. `closes`: what is there is not all that is wanted, but the gateway has accepted it as it is
 * now, and it does what security needs of it.
 */
export type GuardVerdict = Verdict & { closes?: true };

/** The parts of a {@link Guard}. */
export type GuardPart = 'listener' | 'stripping';

/** How what all routes of a listener share stands: what makes the gateway ask the authorizer, and strip headers. */
export interface Guard {
  /** `namespace/name` of the listener's policy. */
  policy: string;
  /** Whether the listener asks the authorizer. */
  listener: GuardVerdict;
  /** Whether clients' own `x-slipway-*` are taken away. */
  stripping: GuardVerdict;
  /** Some routes of the listener have policies by which the gateway itself judges: on those nobody asks the authorizer. */
  gatewayJudgesToo: boolean;
}

/** What a {@link Guard} is judged by: what is wanted, and what is there. */
export interface GuardInput {
  flavour: Pick<GatewayFlavour, 'policyVerdict' | 'closesLike'>;
  wanted: { listener: KubeObject; stripping: KubeObject };
  live: { listener?: KubeObject; stripping?: KubeObject };
  gatewayJudgesToo: boolean;
}

/** Judges a listener's guard. A part is accepted that is, word for word, what we want there, in force for its present generation. */
export function judgeGuard(input: GuardInput): Guard {
  const { flavour, wanted, live, gatewayJudgesToo } = input;
  const { namespace, name } = wanted.listener.metadata;
  return {
    policy: `${namespace}/${name}`,
    listener: partOf(flavour, live.listener, wanted.listener),
    stripping: partOf(flavour, live.stripping, wanted.stripping),
    gatewayJudgesToo,
  };
}

function partOf(
  flavour: GuardInput['flavour'],
  live: KubeObject | undefined,
  wanted: KubeObject,
): GuardVerdict {
  const verdict = verdictOf(flavour, live, wanted);
  const isEnough =
    verdict.state === 'pending' &&
    live !== undefined &&
    live.metadata.deletionTimestamp === undefined &&
    flavour.closesLike(live, wanted) &&
    flavour.policyVerdict(live).state === 'accepted';
  return isEnough ? { ...verdict, closes: true } : verdict;
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
    closes(guard.stripping) ||
    (closes(guard.listener) && !guard.gatewayJudgesToo)
  );
}

/**
 * Whether a part may be written. Each change is judged by the gateway anew, so as long as both close, only one of them is written at a time: a
 * new version of the operator, or of the policy for the whole Gateway, takes no route away.
 */
export function mayWrite(guard: Guard, part: GuardPart): boolean {
  const other = part === 'listener' ? 'stripping' : 'listener';
  return !closes(guard[part]) || closes(guard[other]);
}

function closes(verdict: GuardVerdict): boolean {
  return verdict.state === 'accepted' || verdict.closes === true;
}
