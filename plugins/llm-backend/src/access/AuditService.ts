import { NotAllowedError } from '@backstage/errors';
import type { AuditEntry } from '@slipway/plugin-llm-common';
import { AccessContext } from './context';
import { AuditFilter, listAudit } from './database/operations/audit/list';
import { ownSight } from './decisions/standing';
import { AccessCaller, Page, PageQuery } from './types';

/** Who did what: for admins and auditors all of it, for owners of tenants what concerns those. */
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
   * @throws NotAllowedError for somebody who owns no tenant and is no auditor
   */
  async list(
    caller: AccessCaller,
    filter: AuditFilter = {},
    page: PageQuery = {},
  ): Promise<Page<AuditEntry>> {
    const { directory, knex } = this.#context;
    const all = caller.admin || caller.auditor;
    const tenants = all ? undefined : ownSight(caller, directory).ownedTenants;
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
}
