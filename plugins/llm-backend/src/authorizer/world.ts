import type { EndpointName } from './types';

/** Whether a model answers at an endpoint. */
export type Reach = 'disabled' | 'not-ready' | 'ready';

/** A model as a check needs it. */
export interface WorldModel {
  /** `<namespace>/<name>` of the custom resource. */
  ref: string;
  /** Milliseconds since 1970. */
  createdMs: number;
  access: { public: boolean; groups: ReadonlySet<string> };
  /** The ids that it stands for: the one that its spec names, and the one that its servers still answer to. */
  ids: readonly string[];
  /** Whether it answers under the id at the endpoint. */
  reach(id: string, endpoint: EndpointName): Reach;
  /** The smaller, the better its claim on an id. */
  rank(id: string): string;
}

/** A tenant as a check needs it. */
export interface WorldTenant {
  name: string;
  state: 'active' | 'suspended';
  /** Groups as identity tokens name them. */
  memberGroups: readonly string[];
}

/** What a check asks about the cluster. Every answer takes the same time, however many models there are. */
export interface WorldView {
  /** The model that an id belongs to. */
  model(id: string): WorldModel | undefined;
  modelByRef(ref: string): WorldModel | undefined;
  models(): Iterable<WorldModel>;
  tenant(name: string): WorldTenant | undefined;
  /** The tenants that somebody with these groups is a member of. */
  tenantsOf(groups: readonly string[]): WorldTenant[];
}

/** The models and tenants of the cluster, kept by what is told of them one by one. */
export class World implements WorldView {
  readonly #models = new Map<string, WorldModel>();
  readonly #byId = new Map<string, WorldModel[]>();
  readonly #tenants = new Map<string, WorldTenant>();
  readonly #byGroup = new Map<string, Set<WorldTenant>>();

  model(id: string): WorldModel | undefined {
    const claims = this.#byId.get(id);
    if (!claims || claims.length === 1) {
      return claims?.[0];
    }
    return claims.reduce((best, claim) =>
      claim.rank(id) < best.rank(id) ? claim : best,
    );
  }

  modelByRef(ref: string): WorldModel | undefined {
    return this.#models.get(ref);
  }

  models(): Iterable<WorldModel> {
    return this.#models.values();
  }

  tenant(name: string): WorldTenant | undefined {
    return this.#tenants.get(name);
  }

  tenantsOf(groups: readonly string[]): WorldTenant[] {
    const found = new Set<WorldTenant>();
    for (const group of groups) {
      for (const tenant of this.#byGroup.get(group) ?? []) {
        found.add(tenant);
      }
    }
    return [...found];
  }

  /** A model as it is now. */
  putModel(model: WorldModel): void {
    this.removeModel(model.ref);
    this.#models.set(model.ref, model);
    for (const id of model.ids) {
      this.#byId.set(id, [...(this.#byId.get(id) ?? []), model]);
    }
  }

  /** A model that is gone. */
  removeModel(ref: string): void {
    const model = this.#models.get(ref);
    this.#models.delete(ref);
    for (const id of model?.ids ?? []) {
      const others = (this.#byId.get(id) ?? []).filter(
        other => other !== model,
      );
      if (others.length === 0) {
        this.#byId.delete(id);
      } else {
        this.#byId.set(id, others);
      }
    }
  }

  /** A tenant as it is now. */
  putTenant(tenant: WorldTenant): void {
    this.removeTenant(tenant.name);
    this.#tenants.set(tenant.name, tenant);
    for (const group of tenant.memberGroups) {
      const tenants = this.#byGroup.get(group) ?? new Set();
      this.#byGroup.set(group, tenants.add(tenant));
    }
  }

  /** A tenant that is gone. */
  removeTenant(name: string): void {
    const tenant = this.#tenants.get(name);
    this.#tenants.delete(name);
    for (const group of tenant?.memberGroups ?? []) {
      const tenants = this.#byGroup.get(group);
      if (tenant && tenants?.delete(tenant) && tenants.size === 0) {
        this.#byGroup.delete(group);
      }
    }
  }
}
