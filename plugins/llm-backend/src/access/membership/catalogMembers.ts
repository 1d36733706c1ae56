import type { AuthService } from '@backstage/backend-plugin-api';
import {
  Entity,
  RELATION_MEMBER_OF,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import { OIDC_GROUP_ANNOTATION } from '@slipway/plugin-llm-common';
import type { Member, MembershipSource } from '@slipway/plugin-llm-node';

/** Entities per request to the catalog. */
const PAGE = 500;

const groupFields = [
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.annotations',
];
const userFields = ['kind', 'metadata.name', 'metadata.namespace', 'relations'];

/** Users and groups of the catalog. A group stands for the string in its annotation `slipway.dev/oidc-group`, else for its name. */
export function catalogMembers(deps: {
  auth: AuthService;
  catalog: CatalogService;
}): MembershipSource {
  const { auth, catalog } = deps;
  const credentials = () => auth.getOwnServiceCredentials();

  const all = async (kind: string, fields: string[]): Promise<Entity[]> => {
    const entities: Entity[] = [];
    let cursor: string | undefined;
    do {
      const page = await catalog.queryEntities(
        cursor
          ? { cursor, limit: PAGE, fields }
          : { filter: { kind }, limit: PAGE, fields },
        { credentials: await credentials() },
      );
      entities.push(...page.items);
      cursor = page.pageInfo.nextCursor;
    } while (cursor);
    return entities;
  };

  return {
    name: 'catalog',
    async members() {
      // Groups first: a user is never newer than the groups that she is looked up in.
      const groups = namesByRef(await all('group', groupFields));
      const users = await all('user', userFields);
      return users.map(user => toMember(user, groups));
    },
    async member(userEntityRef) {
      const user = await catalog.getEntityByRef(userEntityRef, {
        credentials: await credentials(),
      });
      if (!user) {
        return undefined;
      }
      const { items } = await catalog.getEntitiesByRefs(
        { entityRefs: groupRefsOf(user), fields: groupFields },
        { credentials: await credentials() },
      );
      return toMember(user, namesByRef(items.flatMap(item => item ?? [])));
    },
  };
}

function namesByRef(groups: Entity[]): ReadonlyMap<string, string> {
  return new Map(
    groups.map(group => [
      stringifyEntityRef(group),
      group.metadata.annotations?.[OIDC_GROUP_ANNOTATION] ??
        group.metadata.name,
    ]),
  );
}

function groupRefsOf(user: Entity): string[] {
  return (user.relations ?? [])
    .filter(({ type }) => type === RELATION_MEMBER_OF)
    .map(({ targetRef }) => targetRef);
}

function toMember(user: Entity, names: ReadonlyMap<string, string>): Member {
  return {
    userEntityRef: stringifyEntityRef(user),
    groups: groupRefsOf(user).flatMap(ref => names.get(ref) ?? []),
  };
}
