import { apiVersionOf, isCustom, Registry } from './registry';
import { JsonObject, ServedKind, Subresource } from './seams';

/** A kind that is only posted, never stored. */
export interface VirtualKind {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

const virtual = (
  group: string,
  plural: string,
  kind: string,
  namespaced = false,
): VirtualKind => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced,
});

/** Reviews: what is posted is answered, nothing is stored. */
export const VIRTUAL_KINDS: readonly VirtualKind[] = [
  virtual('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'),
  virtual('authentication.k8s.io', 'tokenreviews', 'TokenReview'),
  virtual(
    'authorization.k8s.io',
    'localsubjectaccessreviews',
    'LocalSubjectAccessReview',
    true,
  ),
  virtual(
    'authorization.k8s.io',
    'selfsubjectaccessreviews',
    'SelfSubjectAccessReview',
  ),
  virtual(
    'authorization.k8s.io',
    'selfsubjectrulesreviews',
    'SelfSubjectRulesReview',
  ),
  virtual(
    'authorization.k8s.io',
    'subjectaccessreviews',
    'SubjectAccessReview',
  ),
];

/** What discovery says of one resource. */
interface Entry {
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  verbs: readonly string[];
  shortNames: readonly string[];
  categories: readonly string[];
  subresources: readonly Subresource[];
  custom: boolean;
}

const fromVirtual = (kind: VirtualKind): Entry => ({
  plural: kind.plural,
  singular: kind.kind.toLowerCase(),
  kind: kind.kind,
  namespaced: kind.namespaced,
  verbs: ['create'],
  shortNames: [],
  categories: [],
  subresources: [],
  custom: false,
});

const fromServed = (kind: ServedKind): Entry => ({
  ...kind,
  custom: isCustom(kind),
});

/** `v1` before `v1beta1` before `v1alpha1`; greater numbers first. */
function versionOrder(a: string, b: string): number {
  const rank = (version: string): number[] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!match) return [0, 0, 0];
    const stability = { alpha: 1, beta: 2 }[match[2]] ?? 3;
    return [stability, Number(match[1]), Number(match[3] ?? 0)];
  };
  const [x, y] = [rank(a), rank(b)];
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2] || a.localeCompare(b);
}

const unlessEmpty = <T>(field: string, list: readonly T[]): JsonObject =>
  list.length > 0 ? { [field]: list } : {};

/** The discovery documents, from what is served now. */
export class Discovery {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Groups with their versions, preferred one first; '' is the core group. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, Set<string>>();
    for (const { group, version } of [
      ...this.#registry.all(),
      ...VIRTUAL_KINDS,
    ]) {
      let versions = groups.get(group);
      if (!versions) groups.set(group, (versions = new Set()));
      versions.add(version);
    }
    return new Map(
      [...groups].map(([group, versions]) => [
        group,
        [...versions].sort(versionOrder),
      ]),
    );
  }

  /** `/apis/<group>`; undefined when it is not served. */
  group(name: string): JsonObject | undefined {
    const versions = this.groups().get(name);
    if (!name || !versions) return undefined;
    const listed = versions.map(version => ({
      groupVersion: `${name}/${version}`,
      version,
    }));
    return {
      kind: 'APIGroup',
      apiVersion: 'v1',
      name,
      versions: listed,
      preferredVersion: listed[0],
    };
  }

  /** `/apis`. */
  groupList(): JsonObject {
    const names = [...this.groups().keys()].filter(name => name !== '');
    const groups = names.map(name => {
      const {
        kind: _kind,
        apiVersion: _apiVersion,
        ...group
      } = this.group(name) ?? {};
      return group;
    });
    return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  }

  /** `/apis/<group>/<version>`; undefined when it is not served. */
  resources(group: string, version: string): JsonObject | undefined {
    const entries = this.#entries(group, version);
    if (entries.length === 0) return undefined;
    return {
      kind: 'APIResourceList',
      ...(group ? { apiVersion: 'v1' } : {}),
      groupVersion: apiVersionOf({ group, version }),
      resources: entries.flatMap(resourceAndSubresources),
    };
  }

  /** Aggregated discovery: of the core group for `/api`, of the others for `/apis`. */
  aggregated(core: boolean): JsonObject {
    const groups = [...this.groups()].filter(
      ([name]) => (name === '') === core,
    );
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: groups.map(([name, versions]) => ({
        metadata: name ? { name, creationTimestamp: null } : {},
        versions: versions.map(version => ({
          version,
          resources: this.#entries(name, version).map(entry =>
            aggregatedResource(entry, name, version),
          ),
          freshness: 'Current',
        })),
      })),
    };
  }

  #entries(group: string, version: string): Entry[] {
    const here = (kind: { group: string; version: string }) =>
      kind.group === group && kind.version === version;
    return [
      ...this.#registry.all().filter(here).map(fromServed),
      ...VIRTUAL_KINDS.filter(here).map(fromVirtual),
    ].sort((a, b) => (a.plural < b.plural ? -1 : 1));
  }
}

function resourceAndSubresources(entry: Entry): JsonObject[] {
  const { plural, namespaced, kind } = entry;
  const main = {
    name: plural,
    singularName: entry.singular,
    namespaced,
    kind,
    verbs: entry.verbs,
    ...unlessEmpty('shortNames', entry.shortNames),
    ...unlessEmpty('categories', entry.categories),
  };
  const subresources = entry.subresources.map(({ name, responds, verbs }) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...(responds?.group
      ? { group: responds.group, version: responds.version }
      : {}),
    kind: responds?.kind ?? kind,
    verbs,
  }));
  return [main, ...subresources];
}

/** Built-in kinds leave group and version of the response kind empty, custom ones fill them. */
function aggregatedResource(
  entry: Entry,
  group: string,
  version: string,
): JsonObject {
  const own = entry.custom
    ? { group, version, kind: entry.kind }
    : { group: '', version: '', kind: entry.kind };
  const subresources = entry.subresources.map(({ name, responds, verbs }) => ({
    subresource: name,
    responseKind: responds?.group
      ? responds
      : { ...own, kind: responds?.kind ?? entry.kind },
    verbs,
  }));
  return {
    resource: entry.plural,
    responseKind: own,
    scope: entry.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: entry.singular,
    verbs: entry.verbs,
    ...unlessEmpty('shortNames', entry.shortNames),
    ...unlessEmpty('categories', entry.categories),
    ...unlessEmpty('subresources', subresources),
  };
}
