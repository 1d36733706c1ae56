import type { AuthService } from '@backstage/backend-plugin-api';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import { OIDC_GROUP_ANNOTATION } from '@slipway/plugin-llm-common';

/** How long the names of groups are remembered, in milliseconds: the bound on how late a renamed group is noticed. */
const REMEMBER_MS = 60_000;

/** Translates catalog Groups into the strings that stand for them in identity tokens and in `spec.access.groups`. */
export class GroupNames {
  readonly #auth: AuthService;
  readonly #catalog: CatalogService;
  readonly #known = new Map<string, { until: number; names: string[] }>();

  static create(options: {
    auth: AuthService;
    catalog: CatalogService;
  }): GroupNames {
    return new GroupNames(options);
  }

  private constructor(options: { auth: AuthService; catalog: CatalogService }) {
    this.#auth = options.auth;
    this.#catalog = options.catalog;
  }

  /**
   * The strings for those of the given entity refs that are groups: the annotation `slipway.dev/oidc-group`, else the group's name. A
   * group that the catalog does not have stands for nothing.
   */
  async of(ownershipEntityRefs: string[]): Promise<string[]> {
    const entityRefs = ownershipEntityRefs
      .filter(ref => ref.startsWith('group:'))
      .sort();
    if (entityRefs.length === 0) {
      return [];
    }
    const key = entityRefs.join(' ');
    this.#forget();
    const known = this.#known.get(key);
    if (known) {
      return known.names;
    }
    const { items } = await this.#catalog.getEntitiesByRefs(
      { entityRefs, fields: ['metadata.name', 'metadata.annotations'] },
      { credentials: await this.#auth.getOwnServiceCredentials() },
    );
    const names = items.flatMap(group =>
      group
        ? [
            group.metadata.annotations?.[OIDC_GROUP_ANNOTATION] ??
              group.metadata.name,
          ]
        : [],
    );
    // Last in the map, so that the oldest are first.
    this.#known.delete(key);
    this.#known.set(key, { until: Date.now() + REMEMBER_MS, names });
    return names;
  }

  /** Lets go of what was remembered for long enough. */
  #forget(): void {
    for (const [key, { until }] of this.#known) {
      if (until > Date.now()) {
        return;
      }
      this.#known.delete(key);
    }
  }
}
