import {
  Attributes,
  Authorizer,
  Rule,
  ruleAllows,
  rulesOf,
} from '../authorization';
import { User } from '../authentication';
import { forbidden } from '../failures';
import { equalJson } from '../json';
import { AdmissionPlugin } from './admission';

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = ['roles', 'clusterroles'];
const BINDINGS = ['rolebindings', 'clusterrolebindings'];

/** A rule as single permissions, so that each can be looked for among what somebody has. */
function permissions(rule: Rule): { rule: Rule; wanted: Attributes }[] {
  return rule.verbs.flatMap(verb => [
    ...(rule.nonResourceURLs ?? []).map(path => ({
      rule: { verbs: [verb], nonResourceURLs: [path] },
      wanted: { verb, path },
    })),
    ...(rule.apiGroups ?? []).flatMap(group =>
      (rule.resources ?? []).flatMap(resource => {
        const names = rule.resourceNames?.length
          ? rule.resourceNames
          : [undefined];
        const [plural, subresource] = resource.split('/');
        return names.map(name => ({
          rule: {
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name ? { resourceNames: [name] } : {}),
          },
          wanted: { verb, resource: { group, plural, subresource, name } },
        }));
      }),
    ),
  ]);
}

const list = (items: readonly string[] | undefined): string =>
  `[${(items ?? []).map(item => JSON.stringify(item)).join(' ')}]`;

function ruleText(rule: Rule): string {
  if (rule.nonResourceURLs?.length) {
    return `{NonResourceURLs:${list(rule.nonResourceURLs)}, Verbs:${list(
      rule.verbs,
    )}}`;
  }
  const names = rule.resourceNames?.length
    ? `, ResourceNames:${list(rule.resourceNames)}`
    : '';
  return `{APIGroups:${list(rule.apiGroups)}, Resources:${list(
    rule.resources,
  )}${names}, Verbs:${list(rule.verbs)}}`;
}

/** The permissions that a user would give away without having them. */
function missing(granted: readonly Rule[], held: readonly Rule[]): Rule[] {
  return granted
    .flatMap(permissions)
    .filter(({ wanted }) => !held.some(rule => ruleAllows(rule, wanted)))
    .map(({ rule }) => rule);
}

const groupsText = (user: User): string =>
  `groups=[${user.groups.map(group => JSON.stringify(group)).join(' ')}]`;

/** Nobody grants what they do not hold, unless they may `escalate` roles or `bind` them. */
export function escalation(authorizer: Authorizer): AdmissionPlugin {
  return {
    validate({ operation, kind, namespace, name, object, old, user }) {
      if (operation === 'DELETE' || kind.group !== GROUP) return;
      const isRole = ROLES.includes(kind.plural);
      if (!isRole && !BINDINGS.includes(kind.plural)) return;
      if (isRole && old && equalJson(old.rules, object.rules)) return;
      const granted = isRole
        ? rulesOf(object)
        : authorizer.rulesOfRef(object.roleRef, namespace) ?? [];
      const verb = isRole ? 'escalate' : 'bind';
      const resource = {
        group: GROUP,
        plural: isRole ? kind.plural : 'clusterroles',
        namespace,
        name,
      };
      if (authorizer.authorize(user, { verb, resource }).allowed) return;
      const lacking = missing(granted, authorizer.rulesFor(user, namespace));
      if (lacking.length === 0) return;
      throw forbidden(
        kind,
        name,
        `user ${JSON.stringify(user.name)} (${groupsText(
          user,
        )}) is attempting to grant RBAC permissions not currently held:\n${lacking
          .map(ruleText)
          .join('\n')}`,
      );
    },
  };
}
