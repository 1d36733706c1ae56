import { FieldError, JsonObject } from '../../api/seams';
import { schemasOf } from '../crdSchema';
import { invalid } from '../fieldErrors';
import { asString, objectsOf } from '../json';
import { childSchemas } from '../schemaNode';
import { CelSyntaxError, parseRule } from './program';

/** Errors of the rules of a CustomResourceDefinition: what cannot be parsed. */
export function celErrors(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const { path, schema } of schemasOf(spec)) visit(schema, path, errors);
  return errors;
}

function visit(schema: JsonObject, path: string, errors: FieldError[]): void {
  objectsOf(schema['x-kubernetes-validations']).forEach((rule, index) => {
    const field = `${path}.x-kubernetes-validations[${index}].rule`;
    const text = asString(rule.rule) ?? '';
    try {
      parseRule(text);
    } catch (error) {
      if (!(error instanceof CelSyntaxError)) throw error;
      errors.push(invalid(field, text, `compilation failed: ${error.message}`));
    }
  });
  for (const [step, child] of childSchemas(schema)) {
    visit(child, `${path}.${step}`, errors);
  }
}
