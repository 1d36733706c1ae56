import type { TenantList } from '@slipway/plugin-llm-common';
import { z } from 'zod';
import type { AccessCaller, AccessService } from '../../access';
import { Route, routesFor } from '../route';
import {
  auditEntry,
  blockSummary,
  callableModel,
  pageOf,
  ruleSummary,
  serviceAccess,
  tenantMember,
  tenantSummary,
} from './answers';
import { auditQuery, blockBody, idParams, tenantParams } from './asks';

const route = routesFor<AccessCaller>();

const listOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item) });

/** Routes about what requests, grants and keys live among: models, tenants, rules, the audit log and the kill switch. */
export function surroundingRoutes(
  access: AccessService,
): Route<AccessCaller>[] {
  const { audit, blocks, callable, tenantMembers } = access;
  return [
    route({
      method: 'get',
      path: '/v1/access/models',
      operationId: 'ListCallableModels',
      description:
        'The models that you may call or ask for, or why each call of yours is refused (`refused`), and the services that you may make keys for, with their models.',
      answer: z.strictObject({
        items: z.array(callableModel),
        services: z.array(serviceAccess),
      }),
      handle: async ({ caller }) => callable.overview(caller),
    }),
    route({
      method: 'get',
      path: '/v1/tenants',
      operationId: 'ListTenants',
      description:
        'The tenants that you are a member or an owner of, whether the kill switch stops them or you, and who judges calls: the authorizer, by tenants, or the gateway alone.',
      answer: z.strictObject({
        items: z.array(tenantSummary),
        isBlocked: z.boolean(),
        judge: z.enum(['authorizer', 'gateway']).optional(),
      }) satisfies z.ZodType<TenantList>,
      handle: async ({ caller }) => access.tenantsOf(caller),
    }),
    route({
      method: 'get',
      path: '/v1/tenants/{name}/members',
      operationId: 'ListTenantMembers',
      description:
        'Who belongs to a tenant of yours, by entity ref; the first 500.',
      params: tenantParams,
      answer: z.strictObject({
        items: z.array(tenantMember),
        isComplete: z.boolean(),
      }),
      handle: async ({ caller, params }) =>
        tenantMembers.list(caller, params.name),
    }),
    route({
      method: 'get',
      path: '/v1/rules',
      operationId: 'ListRules',
      description:
        'The rules that approve requests at once or say who decides; the first that speaks counts.',
      answer: listOf(ruleSummary),
      handle: async ({ caller }) => ({ items: access.rulesFor(caller) }),
    }),
    route({
      method: 'get',
      path: '/v1/audit',
      operationId: 'ListAudit',
      description:
        'A page of the audit log, newest first. For admins, auditors and owners of tenants; `object` also for who may see it.',
      query: auditQuery,
      answer: pageOf(auditEntry),
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return audit.list(caller, filter, { limit, cursor });
      },
    }),
    route({
      method: 'get',
      path: '/v1/blocks',
      operationId: 'ListBlocks',
      description: 'What the kill switch stops now.',
      answer: listOf(blockSummary),
      withoutCluster: true,
      handle: async ({ caller }) => ({ items: await blocks.list(caller) }),
    }),
    route({
      method: 'post',
      path: '/v1/blocks',
      operationId: 'SetBlock',
      description:
        'Stops a user, a tenant, a model or a key at once. For platform admins.',
      body: blockBody,
      answer: blockSummary,
      withoutCluster: true,
      handle: async ({ caller, body, idempotencyKey }) =>
        blocks.set(caller, body, { idempotencyKey }),
    }),
    route({
      method: 'delete',
      path: '/v1/blocks/{id}',
      operationId: 'LiftBlock',
      description: 'Lets it through again.',
      params: idParams,
      withoutCluster: true,
      handle: async ({ caller, params }) => blocks.lift(caller, params.id),
    }),
  ];
}
