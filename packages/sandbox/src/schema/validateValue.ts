import { FieldError } from '../api/seams';
import {
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from './fieldErrors';
import { stringFormats } from './formats';
import { PatternError } from './goPattern';
import { isObject, jsonEqual } from './json';
import { findByKeys } from './listTypes';
import { SchemaNode } from './schemaNode';

/**
 * Validates a value against a structural schema as k8s.io/kube-openapi does, word by word: a message for each thing wrong, types first,
 * then the combinators, then the keyword checks; children of a wrong value are still looked at.
 */
export function validateValue(
  root: SchemaNode,
  value: unknown,
  path = '',
): FieldError[] {
  const errors: FieldError[] = [];
  visit(root, value, path, errors, undefined);
  return errors;
}

/**
 * The same for an update: what is wrong with values that have not changed is forgiven (ratcheting), with elements of `map` lists
 * matched by their keys.
 */
export function validateChangedValue(
  root: SchemaNode,
  value: unknown,
  old: unknown,
): FieldError[] {
  const errors: FieldError[] = [];
  visit(root, value, '', errors, { value: old });
  return errors;
}

/** The value of before that a value is compared with; undefined where there is none to compare. */
type Before = { value: unknown } | undefined;

function visit(
  node: SchemaNode,
  value: unknown,
  path: string,
  errors: FieldError[],
  before: Before,
): void {
  if (before && jsonEqual(value, before.value)) return;
  checkType(node, value, path, errors);
  if (value !== null && node.hasCombinators) {
    checkCombinators(node, value, path, errors);
  }
  if (typeof value === 'string') checkString(node, value, path, errors);
  else if (typeof value === 'number') checkNumber(node, value, path, errors);
  else if (Array.isArray(value)) checkList(node, value, path, errors, before);
  if (node.enum && !node.enum.some(item => jsonEqual(item, value))) {
    if (!(value === null && node.nullable)) {
      errors.push(notSupported(path, value, node.enum));
    }
  }
  if (isObject(value)) checkObject(node, value, path, errors, before);
}

/** The server's words for the type of a value: JSON type and format. */
function wordsFor(value: unknown): { type: string; format: string } {
  if (value === null || value === undefined)
    return { type: 'null', format: '' };
  if (Array.isArray(value)) return { type: 'array', format: '' };
  if (typeof value !== 'number') return { type: typeof value, format: '' };
  return Number.isInteger(value)
    ? { type: 'integer', format: 'int64' }
    : { type: 'number', format: 'float64' };
}

function checkType(
  node: SchemaNode,
  value: unknown,
  path: string,
  errors: FieldError[],
): void {
  const { types, format } = node;
  if (types.length === 0 && !format) return;
  const found = wordsFor(value);
  if (found.type === 'null') {
    if (types.length > 0 && !node.nullable) {
      errors.push(typeInvalid(path, types.join(','), 'null'));
    }
    return;
  }
  const fits =
    types.includes(found.type) ||
    (found.type === 'integer' && types.includes('number'));
  if (fits) return;
  const formatless = found.type === 'string' || found.type === 'array';
  if (format && !formatless && found.format !== format) {
    errors.push(typeInvalid(path, format, found.format));
    return;
  }
  if (format && types.length === 0 && found.type === 'string') return;
  errors.push(typeInvalid(path, types.join(','), found.type));
}

function checkString(
  node: SchemaNode,
  value: string,
  path: string,
  errors: FieldError[],
): void {
  const { minLength, maxLength, pattern, format } = node;
  if (maxLength !== undefined || minLength !== undefined) {
    const length = characters(value);
    if (maxLength !== undefined && length > maxLength) {
      errors.push(tooLong(path, maxLength));
    }
    if (minLength !== undefined && length < minLength) {
      const detail = `${path} in body should be at least ${minLength} chars long`;
      errors.push(invalid(path, value, detail));
    }
  }
  if (pattern !== undefined && !matches(node, value)) {
    const detail = `${path} in body should match '${pattern}'`;
    errors.push(invalid(path, value, detail));
  }
  if (format && stringFormats.get(format)?.(value) === false) {
    errors.push({
      reason: 'FieldValueTypeInvalid',
      message: `Invalid value: ${JSON.stringify(
        value,
      )}: ${path} in body must be of type ${format}: ${JSON.stringify(value)}`,
      field: path,
    });
  }
}

function matches(node: SchemaNode, value: string): boolean {
  try {
    return node.patternExpression?.test(value) ?? true;
  } catch (error) {
    // Refused rather than waved through: nobody has looked at the value.
    if (error instanceof PatternError) return false;
    throw error;
  }
}

/** Unicode characters, as Go counts them. */
function characters(value: string): number {
  // eslint-disable-next-line no-control-regex -- all of ASCII, where length is the count
  if (/^[\x00-\x7f]*$/.test(value)) return value.length;
  return [...value].length;
}

function checkNumber(
  node: SchemaNode,
  value: number,
  path: string,
  errors: FieldError[],
): void {
  if (node.types[0] === 'integer' && !inRange(value, node.format)) {
    const type = node.format
      ? `integer with format ${node.format}`
      : 'integer (default format)';
    errors.push(
      invalid('<nil>', '', `Checked value must be of type ${type} in ${path}`),
    );
  }
  const { minimum, maximum, multipleOf } = node;
  const refuse = (words: string, bound: number) =>
    errors.push(
      invalid(path, value, `${path} in body should be ${words} ${bound}`),
    );
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    refuse('a multiple of', multipleOf);
  }
  if (maximum !== undefined) {
    if (node.exclusiveMaximum) {
      if (value >= maximum) refuse('less than', maximum);
    } else if (value > maximum) refuse('less than or equal to', maximum);
  }
  if (minimum !== undefined) {
    if (node.exclusiveMinimum) {
      if (value <= minimum) refuse('greater than', minimum);
    } else if (value < minimum) refuse('greater than or equal to', minimum);
  }
}

function inRange(value: number, format: string | undefined): boolean {
  if (!Number.isInteger(value)) return false;
  if (format === 'int32') return value >= -(2 ** 31) && value < 2 ** 31;
  return value >= -(2 ** 63) && value < 2 ** 63;
}

function checkList(
  node: SchemaNode,
  value: readonly unknown[],
  path: string,
  errors: FieldError[],
  before: Before,
): void {
  const { items, minItems, maxItems } = node;
  if (items) {
    const findOld = findByKeys(node, before?.value);
    value.forEach((item, index) => {
      const old = findOld(item);
      const itemBefore = old === undefined ? undefined : { value: old };
      visit(items, item, `${path}[${index}]`, errors, itemBefore);
    });
  }
  if (minItems !== undefined && value.length < minItems) {
    const detail = `${path} in body should have at least ${minItems} items`;
    errors.push(invalid(path, value.length, detail));
  }
  if (maxItems !== undefined && value.length > maxItems) {
    errors.push(tooMany(path, value.length, maxItems));
  }
}

function checkObject(
  node: SchemaNode,
  value: { [field: string]: unknown },
  path: string,
  errors: FieldError[],
  before: Before,
): void {
  const names = Object.keys(value);
  const { minProperties, maxProperties } = node;
  if (minProperties !== undefined && names.length < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    errors.push(invalid(path, names.length, detail));
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    errors.push(tooMany(path, names.length, maxProperties));
  }
  const old = before && isObject(before.value) ? before.value : undefined;
  for (const name of names) {
    const child = node.field(name);
    if (!child) continue;
    const fieldPath = path ? `${path}.${name}` : name;
    const childBefore =
      old && Object.hasOwn(old, name) ? { value: old[name] } : undefined;
    visit(child, value[name], fieldPath, errors, childBefore);
  }
  for (const name of node.required) {
    if (!Object.hasOwn(value, name)) {
      errors.push(required(path ? `${path}.${name}` : name));
    }
  }
}

/** Errors of a value under a schema of a combinator, alone. */
function errorsUnder(
  node: SchemaNode,
  value: unknown,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  visit(node, value, path, errors, undefined);
  return errors;
}

function checkCombinators(
  node: SchemaNode,
  value: unknown,
  path: string,
  errors: FieldError[],
): void {
  const must = (words: string) =>
    errors.push(invalid('<nil>', '', `${JSON.stringify(path)} must ${words}`));

  const anyOf = node.combined('anyOf');
  if (anyOf.length > 0) {
    const found = alternatives(anyOf, value, path);
    if (found.valid === 0) {
      must('validate at least one schema (anyOf)');
      errors.push(...found.firstErrors);
    }
  }
  const oneOf = node.combined('oneOf');
  if (oneOf.length > 0) {
    const found = alternatives(oneOf, value, path);
    if (found.valid === 0) {
      must('validate one and only one schema (oneOf). Found none valid');
      errors.push(...found.firstErrors);
    } else if (found.valid > 1) {
      must(
        `validate one and only one schema (oneOf). Found ${found.valid} valid alternatives`,
      );
    }
  }
  const allOf = node.combined('allOf').map(s => errorsUnder(s, value, path));
  if (allOf.some(list => list.length > 0)) {
    errors.push(...allOf.flat());
    const none = allOf.every(list => list.length > 0) ? '. None validated' : '';
    must(`validate all the schemas (allOf)${none}`);
  }
  const not = node.combined('not');
  if (not.length > 0 && errorsUnder(not[0], value, path).length === 0) {
    must('not validate the schema (not)');
  }
}

/** The server reports the errors of the best failed alternative; here it is the first one, which differs only in rare cases. */
function alternatives(
  nodes: readonly SchemaNode[],
  value: unknown,
  path: string,
): { valid: number; firstErrors: FieldError[] } {
  const results = nodes.map(node => errorsUnder(node, value, path));
  return {
    valid: results.filter(errors => errors.length === 0).length,
    firstErrors: results[0],
  };
}
