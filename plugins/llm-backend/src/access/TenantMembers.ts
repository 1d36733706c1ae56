import { NotFoundError } from '@backstage/errors';
import type { TenantMember } from '@slipway/plugin-llm-common';
import { AccessContext } from './context';
import { selectMembersOf } from './database/operations/members/select';
import { toTenantSummary } from './summarize';
import { AccessCaller } from './types';

/** Most people that one list holds. */
const MOST = 500;

/** Who belongs to a tenant: the choices where a person of it is named. */
export class TenantMembers {
  readonly #context: AccessContext;

  static create(context: AccessContext): TenantMembers {
    return new TenantMembers(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * Members of a tenant by entity ref, the first 500; `isComplete` says whether that is all.
   *
   * @throws NotFoundError when there is no such tenant, or she is nothing to it: the two are told alike
   */
  async list(
    caller: AccessCaller,
    name: string,
  ): Promise<{ items: TenantMember[]; isComplete: boolean }> {
    const { directory, knex } = this.#context;
    const tenant = directory.tenant(name);
    if (!tenant || !toTenantSummary(tenant, caller)) {
      throw new NotFoundError(`There is no tenant ${name} that you may see.`);
    }
    const refs = await selectMembersOf(knex, tenant.memberGroups, MOST + 1);
    return {
      items: refs.slice(0, MOST).map(userEntityRef => ({ userEntityRef })),
      isComplete: refs.length <= MOST,
    };
  }
}
