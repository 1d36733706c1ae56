import { InputError, NotAllowedError, NotFoundError } from '@backstage/errors';
import { answerOnce, Retriable } from './answerOnce';
import { AccessContext, newId } from './context';
import { checkText } from './decisions/limits';
import { mutate, Mutation } from './database/mutate';
import { endBlock } from './database/operations/blocks/end';
import { insertBlock } from './database/operations/blocks/insert';
import { selectBlocks } from './database/operations/blocks/select';
import { blockEntry } from './indexEntries';
import { AccessCaller, Block } from './types';

/** What to stop, and why. */
export type SetBlock = Pick<Block, 'target' | 'ref' | 'reason'>;

/** Most blocks at a time: every authorizer looks at them on every call. */
const MAX_BLOCKS = 10_000;

const refPattern: Record<Block['target'], { pattern: RegExp; form: string }> = {
  user: {
    pattern: /^user:[a-z0-9_.-]+\/[a-z0-9_.-]+$/,
    form: 'an entity ref in lower case, such as user:default/mara',
  },
  tenant: { pattern: /^[a-z0-9][a-z0-9.-]*$/, form: 'the name of a tenant' },
  model: {
    pattern: /^[a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*$/,
    form: '<namespace>/<name> of a model',
  },
  key: { pattern: /^key_[0-9a-f]{32}$/, form: 'the id of a key' },
};

/**
 * The kill switch: one user, tenant, model or key is refused on the request path, whatever else is true. It ends nothing, so it can be
 * lifted. For platform admins.
 */
export class BlockService {
  readonly #context: AccessContext;
  readonly #listeners = new Set<() => void>();

  static create(context: AccessContext): BlockService {
    return new BlockService(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /** Calls the listener after each block that this process set or lifted; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What is stopped now, newest first.
   *
   * @throws NotAllowedError for everybody but admins and auditors
   */
  async list(caller: AccessCaller): Promise<Block[]> {
    if (!caller.admin && !caller.auditor) {
      throw new NotAllowedError('Only platform admins see what is blocked.');
    }
    return selectBlocks(this.#context.knex);
  }

  /**
   * Stops something at once. What is stopped already stays as it is.
   *
   * @throws NotAllowedError for everybody but admins
   * @throws InputError when `ref` can't name what it should
   */
  async set(
    caller: AccessCaller,
    ask: SetBlock,
    retriable: Retriable = {},
  ): Promise<Block> {
    checkAdmin(caller);
    const { limits } = this.#context;
    const reason = checkText('reason', ask.reason, limits.maxReasonLength);
    const { target, ref } = ask;
    const { pattern, form } = refPattern[target];
    if (ref.length > 512 || !pattern.test(ref)) {
      throw new InputError(`ref: for a ${target}, ${form}.`);
    }
    const actor = caller.userEntityRef;
    const { answer } = await this.#changed(mutation =>
      answerOnce(
        mutation,
        { ...retriable, actor, operation: 'set-block', body: ask },
        async () => {
          const held = await selectBlocks(mutation.trx);
          const same = held.find(
            block => block.target === target && block.ref === ref,
          );
          if (same) {
            return same;
          }
          if (held.length >= MAX_BLOCKS) {
            throw new InputError(
              `At most ${MAX_BLOCKS} blocks at a time. Lift those that are over, or suspend the tenant.`,
            );
          }
          const block: Block = {
            id: newId('block'),
            target,
            ref,
            reason,
            by: actor,
            at: mutation.now.toISOString(),
          };
          await insertBlock(mutation.trx, block);
          mutation.audit({
            actor,
            action: 'block-set',
            objectKind: 'block',
            objectId: block.id,
            tenant: target === 'tenant' ? ref : '',
            details: { target, ref, reason },
          });
          mutation.change({
            kind: 'block',
            id: block.id,
            entry: blockEntry(block),
          });
          return block;
        },
      ),
    );
    return answer;
  }

  /**
   * Lets it through again.
   *
   * @throws NotAllowedError for everybody but admins
   * @throws NotFoundError when nothing is stopped under this id
   */
  async lift(caller: AccessCaller, id: string): Promise<void> {
    checkAdmin(caller);
    await this.#changed(async mutation => {
      const [block] = await selectBlocks(mutation.trx, { id });
      if (!block) {
        throw new NotFoundError(`There is no block ${id}.`);
      }
      const { target, ref } = block;
      const by = caller.userEntityRef;
      await endBlock(mutation.trx, id, { at: mutation.now.toISOString(), by });
      mutation.audit({
        actor: by,
        action: 'block-lifted',
        objectKind: 'block',
        objectId: id,
        tenant: target === 'tenant' ? ref : '',
        details: { target, ref },
      });
      mutation.change({ kind: 'block', id });
    });
  }

  async #changed<T>(work: (mutation: Mutation) => Promise<T>): Promise<T> {
    const { knex } = this.#context;
    const done = await mutate(knex, this.#context.now(), work);
    for (const listener of [...this.#listeners]) {
      listener();
    }
    return done;
  }
}

function checkAdmin(caller: AccessCaller): void {
  if (!caller.admin) {
    throw new NotAllowedError('Only platform admins use the kill switch.');
  }
}
