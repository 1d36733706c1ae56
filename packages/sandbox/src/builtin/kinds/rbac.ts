import { equalJson, isObject, listAt, objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid, notSupported, required } from '../../schema/fieldErrors';
import { StoredObject } from '../../types';
import { AGE, BuiltinKind, Column, defineKind } from '../defineKind';

const GROUP = 'rbac.authorization.k8s.io';

/** Roles may be named with colons, as `system:node`: their names only have to fit into a path. */
function checkPathName(name: string): string | undefined {
  if (name === '.' || name === '..') {
    return `may not be '${name}'`;
  }
  const bad = ['/', '%'].find(character => name.includes(character));
  return bad === undefined ? undefined : `may not contain '${bad}'`;
}

function ruleErrors(object: JsonObject, namespaced: boolean): FieldError[] {
  return listAt(object, 'rules')
    .filter(isObject)
    .flatMap((rule, index) => {
      const at = `rules[${index}]`;
      const errors: FieldError[] = [];
      if (listAt(rule, 'verbs').length === 0) {
        errors.push(
          required(`${at}.verbs`, 'verbs must contain at least one value'),
        );
      }
      if (listAt(rule, 'nonResourceURLs').length > 0) {
        if (namespaced) {
          const detail = 'namespaced rules cannot apply to non-resource URLs';
          errors.push(
            invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, detail),
          );
        }
        return errors;
      }
      if (listAt(rule, 'apiGroups').length === 0) {
        errors.push(
          required(
            `${at}.apiGroups`,
            'resource rules must supply at least one api group',
          ),
        );
      }
      if (listAt(rule, 'resources').length === 0) {
        errors.push(
          required(
            `${at}.resources`,
            'resource rules must supply at least one resource',
          ),
        );
      }
      return errors;
    });
}

function defaultBinding(draft: JsonObject): void {
  const roleRef = objectAt(draft, 'roleRef');
  draft.roleRef = { ...roleRef, apiGroup: roleRef.apiGroup || GROUP };
  if (draft.subjects !== undefined) {
    draft.subjects = listAt(draft, 'subjects').map(subject => {
      const named = objectAt(subject);
      return named.apiGroup === undefined && named.kind !== 'ServiceAccount'
        ? { ...named, apiGroup: GROUP }
        : subject;
    });
  }
}

function bindingErrors(
  object: JsonObject,
  roleKinds: readonly string[],
): FieldError[] {
  const { apiGroup, kind, name } = objectAt(object, 'roleRef');
  const errors: FieldError[] = [];
  if (apiGroup !== GROUP) {
    errors.push(notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  }
  if (!roleKinds.includes(String(kind))) {
    errors.push(notSupported('roleRef.kind', kind ?? '', roleKinds));
  }
  if (!name) {
    errors.push(required('roleRef.name'));
  }
  return [...errors, ...listAt(object, 'subjects').flatMap(subjectErrors)];
}

function subjectErrors(subject: unknown, index: number): FieldError[] {
  const { kind, name, namespace, apiGroup } = objectAt(subject);
  const at = `subjects[${index}]`;
  const errors: FieldError[] = [];
  if (!name) {
    errors.push(required(`${at}.name`));
  }
  if (kind === 'ServiceAccount') {
    if (!namespace) {
      errors.push(required(`${at}.namespace`));
    }
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== GROUP) {
      errors.push(notSupported(`${at}.apiGroup`, apiGroup, [GROUP]));
    }
  } else {
    errors.push(
      notSupported(`${at}.kind`, kind ?? '', [
        'ServiceAccount',
        'User',
        'Group',
      ]),
    );
  }
  return errors;
}

function roleRefChange(object: JsonObject, old: StoredObject): FieldError[] {
  const { apiGroup, kind, name } = objectAt(object, 'roleRef');
  return equalJson(object.roleRef, old.roleRef)
    ? []
    : [
        invalid(
          'roleRef',
          { APIGroup: apiGroup, Kind: kind, Name: name },
          'cannot change roleRef',
        ),
      ];
}

const CREATED: Column = {
  name: 'Created At',
  cell: object => object.metadata.creationTimestamp,
};

function subjectsOf(kind: string): Column['cell'] {
  return object =>
    listAt(object, 'subjects')
      .map(subject => objectAt(subject))
      .filter(subject => subject.kind === kind)
      .map(({ namespace, name }) =>
        kind === 'ServiceAccount' ? `${namespace}/${name}` : name,
      )
      .join(', ');
}

const BINDING_COLUMNS: readonly Column[] = [
  {
    name: 'Role',
    cell: object => {
      const { kind, name } = objectAt(object, 'roleRef');
      return `${kind}/${name}`;
    },
  },
  AGE,
  { name: 'Users', wide: true, cell: subjectsOf('User') },
  { name: 'Groups', wide: true, cell: subjectsOf('Group') },
  { name: 'ServiceAccounts', wide: true, cell: subjectsOf('ServiceAccount') },
];

function rbacKind(kind: string, more: Partial<BuiltinKind>) {
  return defineKind({
    group: GROUP,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    checkName: checkPathName,
    ...more,
  });
}

/** Role, RoleBinding, ClusterRole and ClusterRoleBinding. */
export const rbacKinds = [
  rbacKind('Role', {
    validate: object => ruleErrors(object, true),
    columns: [CREATED],
  }),
  rbacKind('RoleBinding', {
    default: defaultBinding,
    validate: object => bindingErrors(object, ['Role', 'ClusterRole']),
    validateChange: roleRefChange,
    columns: BINDING_COLUMNS,
  }),
  rbacKind('ClusterRole', {
    clusterScoped: true,
    validate: object => ruleErrors(object, false),
    columns: [CREATED],
  }),
  rbacKind('ClusterRoleBinding', {
    clusterScoped: true,
    default: defaultBinding,
    validate: object => bindingErrors(object, ['ClusterRole']),
    validateChange: roleRefChange,
    columns: BINDING_COLUMNS,
  }),
];
