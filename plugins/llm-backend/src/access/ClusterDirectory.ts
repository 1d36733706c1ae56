import {
  LlmModel,
  TenantResource,
  normalizeGroup,
  ownerOf,
} from '@slipway/plugin-llm-common';
import type { ModelSource, TenantSource } from '@slipway/plugin-llm-node';
import type { AccessDirectory, AccessModel, AccessTenant } from './types';

/** What the directory is made of. */
export interface ClusterDirectoryOptions {
  models: ModelSource;
  tenants: TenantSource;
  /** Entity ref that owns models whose custom resource names no owner. */
  defaultOwner?: string;
  groupsOf: AccessDirectory['groupsOf'];
}

/** Models and tenants of the cluster, from the watches that the process keeps anyway, and people from membership. */
export class ClusterDirectory implements AccessDirectory {
  readonly #options: ClusterDirectoryOptions;
  /** Each version of an object is read once. */
  readonly #models = new WeakMap<LlmModel, AccessModel>();
  readonly #tenants = new WeakMap<TenantResource, AccessTenant>();

  static create(options: ClusterDirectoryOptions): ClusterDirectory {
    return new ClusterDirectory(options);
  }

  private constructor(options: ClusterDirectoryOptions) {
    this.#options = options;
  }

  /** Resolves once models and tenants are known. */
  async ready(): Promise<void> {
    const { models, tenants } = this.#options;
    await Promise.all([models.ready(), tenants.ready()]);
  }

  /** {@inheritdoc AccessDirectory.model} */
  model(ref: string): AccessModel | undefined {
    const [namespace, name, ...rest] = ref.split('/');
    if (!name || rest.length > 0) {
      return undefined;
    }
    const found = this.#options.models.get(namespace, name);
    return found && this.#toModel(found);
  }

  models(): AccessModel[] {
    return this.#options.models.list().map(model => this.#toModel(model));
  }

  /** {@inheritdoc AccessDirectory.tenant} */
  tenant(name: string): AccessTenant | undefined {
    const found = this.#options.tenants.get(name);
    return found && this.#toTenant(found);
  }

  tenants(): AccessTenant[] {
    return this.#options.tenants.list().map(tenant => this.#toTenant(tenant));
  }

  async groupsOf(userEntityRef: string): Promise<string[] | undefined> {
    return this.#options.groupsOf(userEntityRef);
  }

  #toModel(model: LlmModel): AccessModel {
    const known = this.#models.get(model);
    if (known) {
      return known;
    }
    const read = readModel(model, this.#options.defaultOwner);
    this.#models.set(model, read);
    return read;
  }

  #toTenant(tenant: TenantResource): AccessTenant {
    const known = this.#tenants.get(tenant);
    if (known) {
      return known;
    }
    const read = readTenant(tenant);
    this.#tenants.set(tenant, read);
    return read;
  }
}

/** A model as the access room needs it. */
export function readModel(model: LlmModel, defaultOwner?: string): AccessModel {
  const { metadata, spec } = model;
  const owner = ownerOf(model, defaultOwner);
  return {
    ref: `${metadata.namespace ?? ''}/${metadata.name}`,
    modelId: spec.model.name,
    owners: owner === undefined ? [] : [owner],
    requestable: spec.access.requestable === true,
    access: {
      public: spec.access.public === true,
      groups: (spec.access.groups ?? []).map(normalizeGroup),
    },
  };
}

/** A tenant as the access room needs it. */
export function readTenant({ metadata, spec }: TenantResource): AccessTenant {
  return {
    name: metadata.name,
    displayName: spec.displayName,
    state: spec.state ?? 'active',
    owners: spec.owners,
    memberGroups: (spec.memberGroups ?? []).map(normalizeGroup),
  };
}
