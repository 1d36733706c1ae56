import { CelInput, celList } from '@bufbuild/cel';
import { FieldError } from '../../api/seams';
import { ApiFailure } from '../../types';
import {
  duplicate,
  forbidden,
  invalid,
  invalidWithoutValue,
  required,
} from '../fieldErrors';
import { isObject, jsonEqual } from '../json';
import { findByKeys } from '../listTypes';
import { SchemaNode, ValidationRule } from '../schemaNode';
import {
  CelSyntaxError,
  CelUnsupportedError,
  Program,
  compileProgram,
} from './program';
import { PassedValues } from './passedValues';
import { celValue } from './values';

/** A value that an unequal one is compared with. */
interface Pair {
  value: unknown;
  old: unknown;
}

interface CompiledRule {
  source: ValidationRule;
  program: Program;
  message?: Program;
  usesOldSelf: boolean;
}

const compiled = new WeakMap<SchemaNode, readonly CompiledRule[]>();
const passed = new WeakMap<SchemaNode, PassedValues>();

/**
 * Runs the `x-kubernetes-validations` of a schema on a value, in the order of apiextensions-apiserver: a node before what is in it.
 *
 * @param old - the stored value on updates. Transition rules run only where an old value is found (elements of `map` lists by their
 *   keys), and what other rules find in unchanged values is forgiven.
 * @throws ApiFailure 501 when a rule cannot be evaluated here, with the rule.
 */
export function ruleErrors(
  root: SchemaNode,
  value: unknown,
  old?: unknown,
): FieldError[] {
  const errors: FieldError[] = [];
  const pair = old === undefined ? undefined : { value, old };
  visit(root, value, '', errors, pair, pair);
  return errors;
}

function visit(
  node: SchemaNode,
  value: unknown,
  path: string,
  errors: FieldError[],
  pair: Pair | undefined,
  nearest: Pair | undefined,
): void {
  if (value === null || value === undefined) return;
  if (pair && pair.value === pair.old && !node.hasTransitionRules) return;
  if (node.rules.length > 0) {
    runRules(node, value, path, errors, pair, nearest);
  }
  if (node.raw.allOf !== undefined) {
    for (const part of node.combined('allOf')) {
      visit(part, value, path, errors, pair, nearest);
    }
  }
  if (Array.isArray(value)) {
    const items = node.items;
    if (!items) return;
    const findOld = findByKeys(node, pair?.old);
    value.forEach((item, index) => {
      const before = findOld(item);
      const itemPair =
        before === undefined ? undefined : { value: item, old: before };
      visit(
        items,
        item,
        `${path}[${index}]`,
        errors,
        itemPair,
        itemPair ?? nearest,
      );
    });
  } else if (isObject(value)) {
    const oldObject = pair && isObject(pair.old) ? pair.old : undefined;
    for (const name of Object.keys(value)) {
      const listed = node.property(name);
      const child = listed ?? node.additional;
      if (!child) continue;
      const fieldPath = childPath(path, name, listed !== undefined);
      const childPair =
        oldObject && Object.hasOwn(oldObject, name)
          ? { value: value[name], old: oldObject[name] }
          : undefined;
      visit(
        child,
        value[name],
        fieldPath,
        errors,
        childPair,
        childPair ?? nearest,
      );
    }
  }
}

function childPath(path: string, name: string, listed: boolean): string {
  if (!listed) return `${path}[${name}]`;
  return path ? `${path}.${name}` : name;
}

function runRules(
  node: SchemaNode,
  value: unknown,
  path: string,
  errors: FieldError[],
  pair: Pair | undefined,
  nearest: Pair | undefined,
): void {
  const rules = rulesOf(node, path);
  const known = passedValuesOf(node, rules);
  const text = known?.isWorthwhile ? JSON.stringify(value) : undefined;
  if (text !== undefined && known?.has(text)) return;
  const self = celValue(node, value);
  let passes = true;
  for (const rule of rules) {
    const { source } = rule;
    if (rule.usesOldSelf && !pair && !source.optionalOldSelf) continue;
    const bindings: Record<string, CelInput> = { self };
    if (rule.usesOldSelf) {
      const oldSelf = pair ? celValue(node, pair.old) : null;
      if (!source.optionalOldSelf) bindings.oldSelf = oldSelf;
      else bindings.oldSelf = celList(pair ? [oldSelf] : []);
    }
    const found = runRule(rule, bindings, path, value);
    if (!found) continue;
    passes = false;
    const unchanged =
      !rule.usesOldSelf && nearest && jsonEqual(nearest.value, nearest.old);
    if (!unchanged) errors.push(found);
  }
  if (passes && text !== undefined) known?.add(text);
}

/** For rules that look at nothing but the value itself. */
function passedValuesOf(
  node: SchemaNode,
  rules: readonly CompiledRule[],
): PassedValues | undefined {
  let known = passed.get(node);
  if (!known && !rules.some(({ usesOldSelf }) => usesOldSelf)) {
    known = new PassedValues();
    passed.set(node, known);
  }
  return known;
}

function runRule(
  rule: CompiledRule,
  bindings: Record<string, CelInput>,
  path: string,
  value: unknown,
): FieldError | undefined {
  const { source } = rule;
  let result: unknown;
  try {
    result = rule.program.run(bindings);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return withValue(path, value, unevaluated(source, why));
  }
  if (result === true) return undefined;
  const text = messageOf(rule, bindings);
  const field = path + fieldPathOf(source, path);
  switch (source.reason) {
    case 'FieldValueForbidden':
      return forbidden(field, text);
    case 'FieldValueRequired':
      return required(field, text);
    case 'FieldValueDuplicate':
      return duplicate(field, value);
    default:
      return withValue(field, value, text);
  }
}

/** Objects and lists are not printed; scalars are. */
function withValue(field: string, value: unknown, text: string): FieldError {
  return typeof value === 'object'
    ? invalidWithoutValue(field || '<nil>', text)
    : invalid(field || '<nil>', value, text);
}

function unevaluated(source: ValidationRule, why: string): string {
  const name = source.message?.trim() || `rule: ${source.rule.trim()}`;
  return why === 'no such overload'
    ? `'${why}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`
    : `${why} evaluating rule: ${name}`;
}

function messageOf(
  rule: CompiledRule,
  bindings: Record<string, CelInput>,
): string {
  if (rule.message) {
    try {
      const text = rule.message.run(bindings);
      // As the server has it: no message that is empty or has line breaks.
      if (typeof text === 'string' && text.trim() && !text.includes('\n')) {
        return text.trim();
      }
    } catch {
      // The server falls back to the fixed message, too.
    }
  }
  return (
    rule.source.message?.trim() || `failed rule: ${rule.source.rule.trim()}`
  );
}

function fieldPathOf(source: ValidationRule, path: string): string {
  if (!source.fieldPath) return '';
  const normalized = source.fieldPath.replace(/\['([^']*)'\]/g, '.$1');
  return path ? normalized : normalized.replace(/^\./, '');
}

function rulesOf(node: SchemaNode, path: string): readonly CompiledRule[] {
  const known = compiled.get(node);
  if (known) return known;
  const rules = node.rules.map(source => compileRule(source, path));
  compiled.set(node, rules);
  return rules;
}

function compileRule(source: ValidationRule, path: string): CompiledRule {
  try {
    const program = compileProgram(source.rule);
    return {
      source,
      program,
      message:
        source.messageExpression === undefined
          ? undefined
          : compileProgram(source.messageExpression),
      usesOldSelf: program.variables.has('oldSelf'),
    };
  } catch (error) {
    if (
      error instanceof CelSyntaxError ||
      error instanceof CelUnsupportedError
    ) {
      throw new ApiFailure(
        501,
        'NotImplemented',
        `the validation rule ${JSON.stringify(source.rule.trim())} of ${
          path || 'the object'
        } was not evaluated: ${error.message}`,
      );
    }
    throw error;
  }
}
