import type { Knex } from 'knex';
import { AccessService, AccessServiceOptions } from '../AccessService';
import {
  AccessCaller,
  AccessDirectory,
  AccessModel,
  AccessTenant,
} from '../types';

/** A small company: two tenants, three models, six people. Tests change it as they like. */
export class World implements AccessDirectory {
  time = new Date('2026-11-20T08:00:00.000Z');

  readonly people = new Map<string, string[]>([
    ['mara', ['developers']],
    ['nils', ['developers']],
    ['jonas', ['research', 'research-leads', 'developers']],
    ['aiko', ['platform']],
    ['priya', ['platform-admins']],
    ['otto', ['contractors']],
  ]);

  readonly tenantMap = new Map<string, AccessTenant>(
    [
      {
        name: 'portal',
        displayName: 'Portal',
        state: 'active' as const,
        owners: ['group:default/platform'],
        memberGroups: ['developers', 'platform'],
      },
      {
        name: 'research',
        displayName: 'Research',
        state: 'active' as const,
        owners: ['group:default/research-leads'],
        memberGroups: ['research'],
      },
    ].map(tenant => [tenant.name, tenant]),
  );

  readonly modelMap = new Map<string, AccessModel>(
    [
      {
        ref: 'llm/llama',
        modelId: 'llama',
        owners: ['group:default/platform'],
        requestable: true,
        access: { public: false, groups: ['research'] },
      },
      {
        ref: 'llm/bge',
        modelId: 'bge',
        owners: ['group:default/platform'],
        requestable: false,
        access: { public: true, groups: [] },
      },
      {
        ref: 'secret/internal',
        modelId: 'internal',
        owners: ['user:default/jonas'],
        requestable: false,
        access: { public: false, groups: [] },
      },
    ].map(model => [model.ref, model]),
  );

  model(ref: string) {
    return this.modelMap.get(ref);
  }

  models() {
    return [...this.modelMap.values()];
  }

  tenant(name: string) {
    return this.tenantMap.get(name);
  }

  tenants() {
    return [...this.tenantMap.values()];
  }

  async groupsOf(userEntityRef: string) {
    return this.people.get(userEntityRef.replace('user:default/', ''));
  }

  /** Somebody as the HTTP room would describe her. */
  caller(name: string): AccessCaller {
    const groups = this.people.get(name) ?? [];
    return {
      userEntityRef: `user:default/${name}`,
      ownershipEntityRefs: [
        `user:default/${name}`,
        ...groups.map(group => `group:default/${group}`),
      ],
      groups,
      admin: groups.includes('platform-admins'),
      auditor: false,
      mayApprove: true,
    };
  }

  /** Lets days pass. */
  later(days: number): void {
    this.time = new Date(this.time.getTime() + days * 86_400_000);
  }

  /** The room on this world. */
  service(
    knex: Knex,
    options: Partial<AccessServiceOptions> = {},
  ): AccessService {
    return AccessService.create({
      knex,
      directory: this,
      now: () => this.time,
      ...options,
    });
  }
}
