import { isObject, listAt, objectAt, stringAt } from '../api/json';
import { JsonObject } from '../api/seams';
import { humanDuration } from '../schema/humanDuration';
import { StoredObject } from '../types';

/** How long ago a time was; `<unknown>` without one. */
export function since(time: unknown, nowMs: number): string {
  return typeof time === 'string'
    ? humanDuration(nowMs - Date.parse(time))
    : '<unknown>';
}

/** Age of an object. */
export function ageOf(object: StoredObject, nowMs: number): string {
  return since(object.metadata.creationTimestamp, nowMs);
}

/** Labels as `a=b,c=d`; `<none>` without any. */
export function formatLabels(labels: unknown): string {
  if (!isObject(labels) || Object.keys(labels).length === 0) {
    return '<none>';
  }
  return Object.keys(labels)
    .sort()
    .map(key => `${key}=${labels[key]}`)
    .join(',');
}

/** A label selector as `a=b,c in (d,e)`; `<none>` for none and for one that selects everything. */
export function formatSelector(selector: unknown): string {
  const labels = objectAt(selector, 'matchLabels');
  const parts = Object.keys(labels)
    .sort()
    .map(key => `${key}=${labels[key]}`);
  for (const expression of listAt(selector, 'matchExpressions').filter(
    isObject,
  )) {
    parts.push(formatExpression(expression));
  }
  return parts.length === 0 ? '<none>' : parts.join(',');
}

function formatExpression({ key, operator, values }: JsonObject): string {
  const list = Array.isArray(values) ? [...values].sort().join(',') : '';
  switch (operator) {
    case 'In':
      return `${key} in (${list})`;
    case 'NotIn':
      return `${key} notin (${list})`;
    case 'Exists':
      return `${key}`;
    default:
      return `!${key}`;
  }
}

/** The number at a path, 0 without one. */
export function numberAt(value: unknown, ...path: string[]): number {
  const name = path[path.length - 1];
  const found = objectAt(value, ...path.slice(0, -1))[name];
  return typeof found === 'number' ? found : 0;
}

/** The text at a path, `<none>` (or another word) without one. */
export function textAt(
  value: unknown,
  path: readonly string[],
  otherwise = '<none>',
): string {
  return stringAt(value, ...path) || otherwise;
}

/** Names and images of a pod template's containers, for the wide columns. */
export function containersOf(object: unknown, field: 'name' | 'image'): string {
  return listAt(object, 'spec', 'template', 'spec', 'containers')
    .map(container => stringAt(container, field) ?? '')
    .join(',');
}
