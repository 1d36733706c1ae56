import { FieldError, JsonObject } from '../api/seams';
import { ruleErrors } from './cel/rules';
import { blocksRules, rulesNotChecked } from './fieldErrors';
import { listTypeErrors } from './listTypes';
import { SchemaNode, someRule } from './schemaNode';
import { validateChangedValue, validateValue } from './validateValue';

const withRules = new WeakMap<SchemaNode, boolean>();

function hasRules(root: SchemaNode): boolean {
  const known = withRules.get(root);
  if (known !== undefined) return known;
  const found = someRule(root.raw, () => true);
  withRules.set(root, found);
  return found;
}

/**
 * Everything a schema says about an object, in the server's order: values, duplicates in lists, then CEL rules, unless what was found
 * before makes them pointless. Of an update only what it has made worse is reported.
 *
 * @throws ApiFailure 501 when a CEL rule cannot be evaluated here.
 */
export function validateObject(
  root: SchemaNode,
  object: JsonObject,
  old?: JsonObject,
): FieldError[] {
  const errors = old
    ? validateChangedValue(root, object, old)
    : validateValue(root, object);
  const duplicates = listTypeErrors(root, object);
  if (duplicates.length > 0 && !(old && listTypeErrors(root, old).length > 0)) {
    errors.push(...duplicates);
  }
  if (blocksRules(errors)) {
    if (hasRules(root)) errors.push(rulesNotChecked);
    return errors;
  }
  errors.push(...ruleErrors(root, object, old));
  return errors;
}
