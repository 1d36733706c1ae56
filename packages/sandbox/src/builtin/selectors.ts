import { isObject, listAt, objectAt } from '../api/json';
import { checkLabelValue, checkQualifiedName } from '../api/names';
import { FieldError } from '../api/seams';
import { forbidden, invalid, required } from '../schema/fieldErrors';

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

/** What is wrong with labels that stand in a spec: of templates, node selectors, selectors (`ValidateLabels` of apimachinery). */
export function labelErrors(labels: unknown, at: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(objectAt(labels))) {
    for (const problem of checkQualifiedName(key)) {
      errors.push(invalid(at, key, problem));
    }
    const problem = checkLabelValue(String(value));
    if (problem) {
      errors.push(invalid(at, value, problem));
    }
  }
  return errors;
}

/** What is wrong with a LabelSelector (`ValidateLabelSelector` of apimachinery). */
export function selectorErrors(selector: unknown, at: string): FieldError[] {
  return [
    ...labelErrors(objectAt(selector).matchLabels, `${at}.matchLabels`),
    ...listAt(selector, 'matchExpressions').flatMap((expression, index) =>
      expressionErrors(expression, `${at}.matchExpressions[${index}]`),
    ),
  ];
}

function expressionErrors(expression: unknown, at: string): FieldError[] {
  const { key = '', operator = '' } = objectAt(expression);
  const values = listAt(expression, 'values');
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      const detail = "must be specified when `operator` is 'In' or 'NotIn'";
      errors.push(required(`${at}.values`, detail));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      const detail =
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      errors.push(forbidden(`${at}.values`, detail));
    }
  } else {
    const detail = 'not a valid selector operator';
    errors.push(invalid(`${at}.operator`, operator, detail));
  }
  for (const problem of checkQualifiedName(String(key))) {
    errors.push(invalid(`${at}.key`, key, problem));
  }
  values.forEach((value, index) => {
    const problem = checkLabelValue(String(value));
    if (problem) {
      errors.push(invalid(`${at}.values[${index}]`, value, problem));
    }
  });
  return errors;
}
