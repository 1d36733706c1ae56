import { isObject, listAt, objectAt } from '../api/json';

/** Does a LabelSelector (with `matchLabels` and `matchExpressions`) select these labels? An empty one selects everything. */
export function selectorMatches(selector: unknown, labels: unknown): boolean {
  const values = isObject(labels) ? labels : {};
  const wanted = objectAt(selector, 'matchLabels');
  return (
    Object.keys(wanted).every(
      key => Object.hasOwn(values, key) && values[key] === wanted[key],
    ) &&
    listAt(selector, 'matchExpressions').every(item =>
      expressionMatches(item, values),
    )
  );
}

function expressionMatches(
  expression: unknown,
  labels: Record<string, unknown>,
): boolean {
  const { key, operator } = objectAt(expression);
  const present = typeof key === 'string' && Object.hasOwn(labels, key);
  const listed = listAt(expression, 'values').includes(labels[String(key)]);
  switch (operator) {
    case 'In':
      return present && listed;
    case 'NotIn':
      return !present || !listed;
    case 'Exists':
      return present;
    case 'DoesNotExist':
      return !present;
    default:
      return false;
  }
}
