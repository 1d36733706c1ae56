import { isOpenTo, keyValidity } from '../access';
import { blockOf, endings, holds } from './acting';
import { ANSWERS } from './answers';
import { Break, broken, Check, day, ok } from './check';
import type { WhyFacts } from './facts';

/** Whether the key itself still holds. Judged before everything else: a key that does not is nobody's. */
export function checkKeyHolds(facts: WhyFacts): Check {
  const { credential, model, now } = facts;
  if (credential.kind === 'token') {
    return ok(
      'You call with a token of the identity provider: no key is needed.',
    );
  }
  const { key, tenant } = credential;
  const block = blockOf(facts, 'key', key.id, ANSWERS.invalidKey);
  if (block) {
    return block;
  }
  const validity = keyValidity(key, { now, tenant });
  if (validity.state !== 'ended') {
    return ok(`Active, ends ${day(key.expiresAt)}.`);
  }
  const text = `Key ${key.name} ${endings[validity.because]} on ${day(
    key.endedAt ?? key.expiresAt,
  )}.`;
  const fix = { answered: ANSWERS.invalidKey, who: [key.owner] };
  if (key.successorId !== undefined) {
    return broken(text, {
      ...fix,
      remedy: `Use its successor ${key.successorId}.`,
    });
  }
  return broken(text, {
    ...fix,
    remedy: 'What has ended does not come back: create a new key.',
    action: { kind: 'create-key', model: model.ref },
  });
}

/** Whether the key may call this model, and whether the grant behind that still holds. */
export function checkKeyScope(facts: WhyFacts): Check {
  const { credential, model } = facts;
  if (credential.kind === 'token') {
    return checkKeyHolds(facts);
  }
  const { key, behind, principal } = credential;
  const scope = key.models.find(each => each.model === model.ref);
  const fix: Break = {
    answered: ANSWERS.modelNotFound,
    who: [key.owner],
    remedy: `Create a key that names ${model.modelId}: the models of a key are chosen once.`,
    action: { kind: 'create-key', model: model.ref },
  };
  const grant = {
    link: 'grant',
    text: `Active, ends ${day(
      key.expiresAt,
    )}. With a grant, a new key can name ${model.modelId}.`,
  } as const;
  if (!scope) {
    return broken(
      `${model.modelId} is not among the models of key ${key.name}.`,
      fix,
      grant,
    );
  }
  const stands =
    principal !== undefined &&
    (scope.grantId === undefined
      ? isOpenTo(model, principal)
      : holds(behind, facts, { principal, tenant: key.tenant }));
  if (stands) {
    return ok(`Active, ends ${day(key.expiresAt)}.`);
  }
  const lost =
    scope.grantId === undefined
      ? `Key ${key.name} named ${model.modelId} while it was open to its owner; it is not any more.`
      : `Key ${key.name} hangs off grant ${scope.grantId}, which does not hold any more.`;
  return broken(lost, fix, grant);
}
