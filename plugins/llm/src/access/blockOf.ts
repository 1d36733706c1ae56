import { CallableModel } from '@slipway/plugin-llm-common';
import { Standing } from '../standing';

/** What of a grant or a key the kill switch stops. */
export type StoppedBy = 'user-blocked' | 'tenant-blocked' | 'model-blocked';

/** What is hers: a grant, or a key with its owner. */
export interface Held {
  tenant: string;
  /** Refs of the models that it opens. */
  models: string[];
  /** Entity ref; absent for a grant. */
  owner?: string;
}

/**
 * Whether the authorizer refuses every call by what she holds because of a block, in the order in which it looks; nothing where it
 * refuses none, or only those to some of the models.
 *
 * @param models - what she may call or ask for, as the backend tells it
 */
export function blockOf(
  { tenant, models: opened, owner }: Held,
  standing: Pick<Standing, 'me' | 'tenants' | 'judge' | 'isBlocked'>,
  models: readonly CallableModel[],
): StoppedBy | undefined {
  if (standing.judge === 'gateway') {
    return undefined;
  }
  if (standing.isBlocked && (owner === undefined || owner === standing.me)) {
    return 'user-blocked';
  }
  if (
    standing.tenants.some(({ name, isBlocked }) => name === tenant && isBlocked)
  ) {
    return 'tenant-blocked';
  }
  const isBlocked = (ref: string) =>
    models.some(
      ({ model, refused }) => model === ref && refused === 'model-blocked',
    );
  return opened.length > 0 && opened.every(isBlocked)
    ? 'model-blocked'
    : undefined;
}
