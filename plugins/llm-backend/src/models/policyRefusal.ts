import { KubeObject } from '@slipway/controller';
import { pending, sentence } from './conditions';
import { covers } from './covers';
import type { EndpointDecision, EndpointInput } from './endpointState';
import { textAt } from './json';
import { hashOf } from './model';
import { ANNOTATIONS } from './names';
import { ObservedEndpoint } from './observed';
import { perObject } from './perObject';

/** A refused policy is offered to the gateway again after this long, in case the cause was elsewhere. */
const OFFER_AGAIN_MS = 120_000;

/** What a gateway's refusal leaves on the policy, so that a restart knows it too. */
export interface RefusalRecord {
  /** Hash of the policy's spec that was refused. */
  hash: string;
  message: string;
  at: string;
}

const specHash = perObject(({ spec }: KubeObject) => hashOf(spec).slice(0, 16));

/**
 * The refusal that keeps the route away: what the gateway says now, or what it said before its word went with the route. A word about a
 * policy without a route is stale, because Envoy Gateway only judges policies that have one.
 */
export function refusalOf(
  input: EndpointInput,
  live: ObservedEndpoint,
  wanted: KubeObject,
): RefusalRecord | undefined {
  if (!live.policy) {
    return undefined;
  }
  const hash = specHash(wanted);
  const { flavour, nowMs } = input;
  const kept = readRecord(live.policy);
  if (kept?.hash === hash) {
    return kept;
  }
  const verdict = live.generated
    ? flavour.policyVerdict(live.policy)
    : undefined;
  if (verdict?.state !== 'refused' || !covers(live.policy.spec, wanted.spec)) {
    return undefined;
  }
  if (verdict.reason === 'Invalid' && flavour.isJudged(live.policy)) {
    // What can be invalid is what it is merged into. The gateway answers 500 by itself, and for all models at once.
    return undefined;
  }
  return { hash, message: verdict.message, at: new Date(nowMs).toISOString() };
}

/** An endpoint whose policy is refused: without a route, until the policy is offered again. */
export function refusedState(refused: {
  record: RefusalRecord;
  wanted: KubeObject;
  leads: boolean;
  nowMs: number;
}): EndpointDecision {
  const { record, wanted, leads, nowMs } = refused;
  const leftMs = Date.parse(record.at) + OFFER_AGAIN_MS - nowMs;
  const stage = pending(
    'PolicyRefused',
    `The gateway refuses the policy ${
      wanted.metadata.name
    }, so the route is taken away and nobody can call: ${sentence(
      record.message,
    )} It is offered again by itself, at once when the spec changes.`,
  );
  if (leftMs <= 0 && !leads) {
    // Made anew, because the gateway's old word would stay on the old one.
    return { stage, keepPolicy: false, keepRoute: false };
  }
  const policy: KubeObject = {
    ...wanted,
    metadata: {
      ...wanted.metadata,
      annotations: {
        ...wanted.metadata.annotations,
        [ANNOTATIONS.refused]: JSON.stringify(record),
      },
    },
  };
  return {
    stage,
    policy,
    keepPolicy: true,
    keepRoute: false,
    retryAfterMs: Math.max(leftMs, 1000),
  };
}

function readRecord(policy: KubeObject): RefusalRecord | undefined {
  const text = policy.metadata.annotations?.[ANNOTATIONS.refused];
  if (text === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    const hash = textAt(value, 'hash');
    const when = textAt(value, 'at');
    return hash && when && !Number.isNaN(Date.parse(when))
      ? { hash, at: when, message: textAt(value, 'message') ?? '' }
      : undefined;
  } catch {
    return undefined;
  }
}
