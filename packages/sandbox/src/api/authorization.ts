import { ResourceId, StoredObject } from '../types';
import { User } from './authentication';
import { isObject, listAt, stringAt } from './json';
import { JsonObject } from './seams';
import { Store } from './store';

/** What somebody wants to do. */
export interface Attributes {
  verb: string;
  /** Absent for paths. */
  resource?: {
    group: string;
    plural: string;
    subresource?: string;
    namespace?: string;
    name?: string;
  };
  path?: string;
}

/** Whether it is allowed, and by what. */
export interface Decision {
  allowed: boolean;
  reason?: string;
}

/** A `PolicyRule`. */
export interface Rule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

interface Grant {
  subjects: readonly JsonObject[];
  /** Absent: everywhere. */
  namespace?: string;
  rules: readonly Rule[];
  /** `RoleBinding "b/ns" of Role "r"` */
  origin: string;
}

const RBAC = 'rbac.authorization.k8s.io';
const rbac = (plural: string): ResourceId => ({ group: RBAC, plural });
const KINDS = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];

const strings = (value: unknown, field: string): string[] =>
  listAt(value, field).map(String);

/** The rules of a Role or ClusterRole. */
export function rulesOf(role: unknown): Rule[] {
  return listAt(role, 'rules')
    .filter(isObject)
    .map(rule => ({
      verbs: strings(rule, 'verbs'),
      apiGroups: strings(rule, 'apiGroups'),
      resources: strings(rule, 'resources'),
      resourceNames: strings(rule, 'resourceNames'),
      nonResourceURLs: strings(rule, 'nonResourceURLs'),
    }));
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value));

/** Whether one rule allows something. */
export function ruleAllows(rule: Rule, wanted: Attributes): boolean {
  if (!has(rule.verbs, wanted.verb)) return false;
  const { resource, path } = wanted;
  if (!resource) {
    return (rule.nonResourceURLs ?? []).some(
      url =>
        url === path ||
        (url.endsWith('*') && path?.startsWith(url.slice(0, -1))),
    );
  }
  if (!has(rule.apiGroups, resource.group)) return false;
  const { plural, subresource } = resource;
  const full = subresource ? `${plural}/${subresource}` : plural;
  const named = (rule.resources ?? []).some(
    item =>
      item === '*' ||
      item === full ||
      (subresource && item === `*/${subresource}`),
  );
  if (!named) return false;
  const names = rule.resourceNames ?? [];
  return (
    names.length === 0 ||
    (resource.name !== undefined && names.includes(resource.name))
  );
}

function subjectMatches(subject: JsonObject, user: User): boolean {
  if (subject.kind === 'User') return subject.name === user.name;
  if (subject.kind === 'Group')
    return user.groups.includes(String(subject.name));
  if (subject.kind === 'ServiceAccount') {
    return (
      user.name === `system:serviceaccount:${subject.namespace}:${subject.name}`
    );
  }
  return false;
}

function subjectText(subject: JsonObject): string {
  const name =
    subject.kind === 'ServiceAccount'
      ? `${subject.name}/${subject.namespace}`
      : subject.name;
  return `${String(subject.kind)} "${String(name)}"`;
}

/** RBAC, from the roles and bindings in the store. Group `system:masters` may do everything. */
export class Authorizer {
  readonly #store: Store;
  #grants?: Grant[];

  constructor(store: Store) {
    this.#store = store;
    for (const plural of KINDS) {
      store.subscribe(rbac(plural), () => {
        this.#grants = undefined;
      });
    }
  }

  authorize(user: User, wanted: Attributes): Decision {
    if (user.groups.includes('system:masters')) return { allowed: true };
    for (const { grant, subject } of this.#grantsOf(
      user,
      wanted.resource?.namespace,
    )) {
      if (!grant.rules.some(rule => ruleAllows(rule, wanted))) continue;
      return {
        allowed: true,
        reason: `RBAC: allowed by ${grant.origin} to ${subjectText(subject)}`,
      };
    }
    return { allowed: false };
  }

  /** Every rule that a user has in a namespace (or in the cluster when it is undefined). */
  rulesFor(user: User, namespace: string | undefined): Rule[] {
    const rules = this.#grantsOf(user, namespace).flatMap(({ grant }) => [
      ...grant.rules,
    ]);
    if (!user.groups.includes('system:masters')) return rules;
    return [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
      ...rules,
    ];
  }

  /** The rules of a role that a binding refers to, or undefined when it does not exist. */
  rulesOfRef(ref: unknown, namespace: string | undefined): Rule[] | undefined {
    const name = stringAt(ref, 'name') ?? '';
    const role =
      stringAt(ref, 'kind') === 'ClusterRole'
        ? this.#store.get(rbac('clusterroles'), undefined, name)
        : this.#store.get(rbac('roles'), namespace, name);
    return role && rulesOf(role);
  }

  #grantsOf(
    user: User,
    namespace: string | undefined,
  ): { grant: Grant; subject: JsonObject }[] {
    this.#grants ??= this.#readGrants();
    return this.#grants.flatMap(grant => {
      if (grant.namespace !== undefined && grant.namespace !== namespace)
        return [];
      const subject = grant.subjects.find(item => subjectMatches(item, user));
      return subject ? [{ grant, subject }] : [];
    });
  }

  #readGrants(): Grant[] {
    const bindings = [
      ...this.#store.list(rbac('clusterrolebindings')),
      ...this.#store.list(rbac('rolebindings')),
    ];
    return bindings.map(binding => this.#grant(binding));
  }

  #grant(binding: StoredObject): Grant {
    const { name, namespace } = binding.metadata;
    const ref = binding.roleRef;
    const label = namespace ? `${name}/${namespace}` : name;
    return {
      subjects: listAt(binding, 'subjects').filter(isObject),
      namespace,
      rules: this.rulesOfRef(ref, namespace) ?? [],
      origin: `${binding.kind} "${label}" of ${stringAt(
        ref,
        'kind',
      )} "${stringAt(ref, 'name')}"`,
    };
  }
}
