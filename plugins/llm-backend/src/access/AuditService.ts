import { NotAllowedError } from '@backstage/errors';
import type { AuditEntry } from '@slipway/plugin-llm-common';
import { AccessContext } from './context';
import { AuditFilter, listAudit } from './database/operations/audit/list';
import { findGrant } from './database/operations/grants/find';
import { findKey } from './database/operations/keys/find';
import { findRequest } from './database/operations/requests/find';
import { ownSight, sightOf } from './decisions/standing';
import { AccessCaller, Page, PageQuery } from './types';

/**
 * Who did what: for admins and auditors all of it, for owners of tenants what concerns those; and for whoever may see a request, a grant
 * or a key, its history.
 */
export class AuditService {
  readonly #context: AccessContext;

  static create(context: AccessContext): AuditService {
    return new AuditService(context);
  }

  private constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * A page of the audit log, newest first.
   *
   * @throws NotAllowedError for somebody who owns no tenant, is no auditor, and does not ask about an object that she may see
   */
  async list(
    caller: AccessCaller,
    filter: AuditFilter = {},
    page: PageQuery = {},
  ): Promise<Page<AuditEntry>> {
    const { directory, knex } = this.#context;
    const all = caller.admin || caller.auditor;
    const sees =
      all ||
      (filter.object !== undefined &&
        (await this.#sees(caller, filter.object)));
    const tenants = sees ? undefined : ownSight(caller, directory).ownedTenants;
    if (tenants?.length === 0) {
      throw new NotAllowedError(
        'The audit log is for platform admins, auditors, and owners of a tenant.',
      );
    }
    return listAudit(knex, {
      userEntityRef: caller.userEntityRef,
      tenants,
      filter,
      page,
    });
  }

  /** Whether an object is one that she may see. */
  async #sees(caller: AccessCaller, id: string): Promise<boolean> {
    const { directory, knex } = this.#context;
    const sight = sightOf(caller, directory);
    const [kind] = id.split('_', 1);
    switch (kind) {
      case 'req':
        return (await findRequest(knex, id, sight)) !== undefined;
      case 'grant':
        return (await findGrant(knex, id, sight)) !== undefined;
      case 'key':
        return (await findKey(knex, id, sight)) !== undefined;
      default:
        return false;
    }
  }
}
