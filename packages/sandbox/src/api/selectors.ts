import { StoredObject } from '../types';
import { badRequest } from './failures';
import { isObject, listAt, objectAt } from './json';
import { ServedKind } from './seams';

/** Decides whether an object is meant. */
export type Predicate = (object: StoredObject) => boolean;

interface Requirement {
  key: string;
  operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  values: ReadonlySet<string>;
}

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Splits at commas that are not in parentheses. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function checked(requirement: Requirement): Requirement {
  if (!LABEL_KEY.test(requirement.key)) {
    throw badRequest(
      `unable to parse requirement: <nil>: Invalid value: "${requirement.key}"`,
    );
  }
  for (const value of requirement.values) {
    if (!LABEL_VALUE.test(value)) {
      throw badRequest(
        `unable to parse requirement: values[0][${requirement.key}]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
      );
    }
  }
  return requirement;
}

function parseRequirement(text: string): Requirement {
  const trimmed = text.trim();
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(trimmed);
  if (set) {
    const values = new Set(set[3].split(',').map(value => value.trim()));
    return checked({
      key: set[1],
      operator: set[2] === 'in' ? 'in' : 'notin',
      values,
    });
  }
  const equality = /^([^\s!=<>]+)\s*(==|=|!=|>|<)\s*(.*)$/.exec(trimmed);
  if (equality) {
    const operators = {
      '=': 'in',
      '==': 'in',
      '!=': 'notin',
      '>': 'gt',
      '<': 'lt',
    } as const;
    const sign = equality[2];
    const operator =
      sign === '=' ||
      sign === '==' ||
      sign === '!=' ||
      sign === '>' ||
      sign === '<'
        ? operators[sign]
        : 'in';
    return checked({
      key: equality[1],
      operator,
      values: new Set([equality[3]]),
    });
  }
  if (/^!\s*\S+$/.test(trimmed)) {
    return checked({
      key: trimmed.slice(1).trim(),
      operator: 'absent',
      values: new Set(),
    });
  }
  if (/^\S+$/.test(trimmed))
    return checked({ key: trimmed, operator: 'exists', values: new Set() });
  const words = trimmed.split(/\s+/);
  throw badRequest(
    `unable to parse requirement: found '${
      words[1] ?? ''
    }', expected: in, notin, =, ==, !=, gt, lt`,
  );
}

function meets(
  labels: Readonly<Record<string, string>>,
  requirement: Requirement,
): boolean {
  const value = Object.hasOwn(labels, requirement.key)
    ? labels[requirement.key]
    : undefined;
  switch (requirement.operator) {
    case 'in':
      return value !== undefined && requirement.values.has(value);
    case 'notin':
      return value === undefined || !requirement.values.has(value);
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    default: {
      const [limit] = requirement.values;
      if (value === undefined) return false;
      return requirement.operator === 'gt'
        ? Number(value) > Number(limit)
        : Number(value) < Number(limit);
    }
  }
}

/**
 * A label selector as in a query, e.g. `env in (a,b),!tier`.
 * @throws ApiFailure 400 when it cannot be parsed.
 */
export function labelSelector(text: string): Predicate | undefined {
  if (text.trim() === '') return undefined;
  const requirements = splitTop(text).map(parseRequirement);
  return object => {
    const labels = object.metadata.labels ?? {};
    return requirements.every(requirement => meets(labels, requirement));
  };
}

/** A `LabelSelector` object (matchLabels, matchExpressions) against labels. An empty selector matches all. */
export function matchesLabels(
  selector: unknown,
  labels: Readonly<Record<string, string>>,
): boolean {
  for (const [key, value] of Object.entries(
    objectAt(selector, 'matchLabels'),
  )) {
    if (labels[key] !== value) return false;
  }
  return listAt(selector, 'matchExpressions').every(expression => {
    if (!isObject(expression)) return false;
    const operators: Record<string, Requirement['operator']> = {
      In: 'in',
      NotIn: 'notin',
      Exists: 'exists',
      DoesNotExist: 'absent',
    };
    const operator = operators[String(expression.operator)];
    const values = new Set(listAt(expression, 'values').map(String));
    return (
      operator !== undefined &&
      meets(labels, { key: String(expression.key), operator, values })
    );
  });
}

/** A `LabelSelector` object in the form of a query, as the scale subresource shows it. */
export function selectorText(selector: unknown): string {
  const terms = Object.entries(objectAt(selector, 'matchLabels')).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  for (const expression of listAt(selector, 'matchExpressions')) {
    if (!isObject(expression)) continue;
    const key = String(expression.key);
    const values = listAt(expression, 'values').map(String).sort().join(',');
    if (expression.operator === 'In') terms.push(`${key} in (${values})`);
    if (expression.operator === 'NotIn') terms.push(`${key} notin (${values})`);
    if (expression.operator === 'Exists') terms.push(key);
    if (expression.operator === 'DoesNotExist') terms.push(`!${key}`);
  }
  return terms.sort().join(',');
}

/**
 * A field selector as in a query, e.g. `metadata.name=a,status.phase!=Running`.
 * @throws ApiFailure 400 for a field that the kind does not select by.
 */
export function fieldSelector(
  text: string,
  kind: ServedKind,
): Predicate | undefined {
  if (text.trim() === '') return undefined;
  const terms = text.split(',').map(term => {
    const match = /^\s*([^!=]+?)\s*(!=|==|=)(.*)$/.exec(term);
    if (!match)
      throw badRequest(
        `invalid selector: '${text}'; can't understand '${term}'`,
      );
    const [, field, operator, value] = match;
    return {
      read: fieldReader(kind, field),
      wanted: value.trim(),
      negated: operator === '!=',
    };
  });
  return object =>
    terms.every(
      ({ read, wanted, negated }) => (read(object) === wanted) !== negated,
    );
}

function fieldReader(
  kind: ServedKind,
  field: string,
): (object: StoredObject) => string {
  if (field === 'metadata.name') return object => object.metadata.name;
  if (field === 'metadata.namespace')
    return object => object.metadata.namespace ?? '';
  const read = Object.hasOwn(kind.selectableFields, field)
    ? kind.selectableFields[field]
    : undefined;
  if (!read) throw badRequest(`field label not supported: ${field}`);
  return read;
}

/** Both selectors of a query, or undefined when there is none. */
export function selection(
  query: URLSearchParams,
  kind: ServedKind,
): Predicate | undefined {
  const byLabel = labelSelector(query.get('labelSelector') ?? '');
  const byField = fieldSelector(query.get('fieldSelector') ?? '', kind);
  if (!byLabel || !byField) return byLabel ?? byField;
  return object => byLabel(object) && byField(object);
}
