import { createHash } from 'node:crypto';
import { LlmModel, normalizeGroup } from '@slipway/plugin-llm-common';

const PREFIX = 'visible.slipway.dev/';

/** Label of entities that everybody who is signed in may see. */
export const VISIBLE_TO_EVERYONE_LABEL = `${PREFIX}everyone`;

/**
 * The label of entities that a group may see. A group's name can hold what a label's can't, so the label carries 32 hex digits of the
 * name's SHA-256.
 */
export function visibleToGroupLabel(group: string): string {
  const hash = createHash('sha256').update(normalizeGroup(group)).digest('hex');
  return `${PREFIX}${hash.slice(0, 32)}`;
}

/**
 * Labels that tell who may see the entity of a model. The catalog's permission rules can ask for labels, in queries and in search, but
 * know nothing of `spec.access`.
 */
export function visibilityLabels(
  access: LlmModel['spec']['access'],
): Record<string, string> {
  if (access.public || access.requestable) {
    return { [VISIBLE_TO_EVERYONE_LABEL]: 'true' };
  }
  return Object.fromEntries(
    (access.groups ?? []).map(group => [visibleToGroupLabel(group), 'true']),
  );
}
