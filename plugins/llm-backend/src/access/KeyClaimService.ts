import { randomBytes } from 'node:crypto';
import { ConflictError, NotFoundError } from '@backstage/errors';
import type { AccessContext } from './context';
import { checkCount } from './decisions/limits';
import { mutate } from './database/mutate';
import { countOpenClaims } from './database/operations/claims/countOpen';
import { findClaim } from './database/operations/claims/find';
import { insertClaim } from './database/operations/claims/insert';
import { saveClaimedKey } from './database/operations/claims/saveKey';
import type { IssueKey } from './checkKeyAsk';
import type { IssuedKey, KeyService } from './KeyService';
import type { AccessCaller } from './types';

/** For how long a claim can be used, in minutes. */
export const CLAIM_MINUTES = 10;
/** Most claims of one person at a time. */
const MAX_OPEN = 10;
const DAY_MS = 86_400_000;

/** A key that was asked for and that its owner may claim, once and soon. */
export interface KeyClaim {
  id: string;
  userEntityRef: string;
  ask: IssueKey;
  /** The key that came of it. */
  keyId?: string;
  createdAt: string;
  expiresAt: string;
}

/**
 * Keys for people whose agents ask: the agent gets a claim and hands on a link; the key is issued when the person opens that, in her own
 * session, and is told to nobody else. Until then there is no key that could be read.
 */
export class KeyClaimService {
  readonly #context: AccessContext;
  readonly #keys: KeyService;

  static create(context: AccessContext, keys: KeyService): KeyClaimService {
    return new KeyClaimService(context, keys);
  }

  private constructor(context: AccessContext, keys: KeyService) {
    this.#context = context;
    this.#keys = keys;
  }

  /**
   * Writes down what key somebody wants. Whether she may have it is checked now, so that her agent hears of it, and again when it is issued.
   *
   * @throws InputError when a field is missing or beyond a limit, which the message names
   * @throws NotFoundError when a model is unknown or not hers to call: the two are told alike
   */
  async make(caller: AccessCaller, ask: IssueKey): Promise<KeyClaim> {
    const tenant = await this.#keys.check(caller, ask);
    const now = this.#context.now();
    const claim: KeyClaim = {
      id: `claim_${randomBytes(16).toString('hex')}`,
      userEntityRef: caller.userEntityRef,
      ask,
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + CLAIM_MINUTES * 60_000).toISOString(),
    };
    const forgetBefore = new Date(now.getTime() - DAY_MS).toISOString();
    await mutate(this.#context.knex, now, async mutation => {
      checkCount(
        'keys that wait to be claimed',
        await countOpenClaims(mutation.trx, caller.userEntityRef, now),
        MAX_OPEN,
        `Open those links, or wait ${CLAIM_MINUTES} minutes.`,
      );
      await insertClaim(mutation.trx, claim, forgetBefore);
      mutation.audit({
        actor: caller.userEntityRef,
        action: 'key-claim-made',
        objectKind: 'claim',
        objectId: claim.id,
        tenant: tenant.name,
        details: { name: ask.name, models: ask.models.join(' ') },
      });
    });
    return claim;
  }

  /**
   * A claim of the caller's.
   *
   * @throws NotFoundError when there is none of hers under this id
   */
  async get(caller: AccessCaller, id: string): Promise<KeyClaim> {
    const claim = await findClaim(this.#context.knex, id, caller.userEntityRef);
    if (!claim) {
      throw new NotFoundError(`There is no key to claim under ${id}.`);
    }
    return claim;
  }

  /**
   * Issues the key. Of several tries, at once or after another, one gets it.
   *
   * @throws NotFoundError when there is no claim of hers under this id
   * @throws ConflictError when it ran out or was used
   */
  async use(caller: AccessCaller, id: string): Promise<IssuedKey> {
    const claim = await this.get(caller, id);
    if (claim.keyId !== undefined) {
      throw used(claim.keyId);
    }
    if (claim.expiresAt <= this.#context.now().toISOString()) {
      throw new ConflictError(
        `This link ran out on ${claim.expiresAt}. Have your agent ask again, or create the key on the Access page.`,
      );
    }
    // What makes a retry safe makes this once-only: the same name for the same request is answered without the secret.
    const issued = await this.#keys.issue(caller, claim.ask, {
      idempotencyKey: claim.id,
    });
    await saveClaimedKey(this.#context.knex, id, issued.key.id);
    if (issued.secret === undefined) {
      throw used(issued.key.id);
    }
    return issued;
  }
}

function used(keyId: string): ConflictError {
  return new ConflictError(
    `This link was used: key ${keyId} was shown once. Rotate it if you do not have it.`,
  );
}
