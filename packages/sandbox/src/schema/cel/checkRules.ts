import { FieldError, JsonObject } from '../../api/seams';
import { schemasOf } from '../crdSchema';
import { invalid, required } from '../fieldErrors';
import { SchemaNode, childSchemas } from '../schemaNode';
import { Analysis, CelTypeError, analyzeRule } from './analyze';
import { CelSyntaxError } from './program';
import { mostElements } from './types';

/** Errors of the rules of a CustomResourceDefinition: what does not parse, and what its types refuse. */
export function celErrors(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const { path, schema } of schemasOf(spec)) {
    visit(schema, path, true, 1, site => {
      errors.push(...errorsOf(site));
    });
  }
  return errors;
}

/** A rule and where it stands. */
interface Site {
  node: SchemaNode;
  index: number;
  /** `…x-kubernetes-validations[0]`. */
  path: string;
  /** How many values the rule can run on, at most; infinite where only the size of a request limits them. */
  times: number;
}

function visit(
  schema: JsonObject,
  path: string,
  isRoot: boolean,
  times: number,
  report: (site: Site) => void,
): void {
  const node = new SchemaNode(schema, isRoot);
  node.rules.forEach((_rule, index) => {
    const field = `${path}.x-kubernetes-validations[${index}]`;
    report({ node, index, path: field, times });
  });
  for (const [step, child] of childSchemas(schema)) {
    let factor = 1;
    if (step === 'items') factor = node.maxItems ?? Infinity;
    if (step === 'additionalProperties')
      factor = node.maxProperties ?? Infinity;
    visit(child, `${path}.${step}`, false, times * factor, report);
  }
}

function errorsOf({ node, index, path }: Site): FieldError[] {
  const { rule, messageExpression } = node.rules[index];
  if (!rule.trim()) return [required(`${path}.rule`)];
  const errors: FieldError[] = [];
  const check = (field: string, text: string, wanted: 'bool' | 'string') => {
    try {
      const { is } = analyzeRule(node, text).type;
      if (is !== wanted && is !== 'dyn') {
        throw new CelTypeError(`must evaluate to a ${wanted}`);
      }
    } catch (error) {
      if (!(error instanceof CelSyntaxError || error instanceof CelTypeError)) {
        throw error;
      }
      errors.push(
        invalid(field, text, `compilation failed: ERROR: ${error.message}`),
      );
    }
  };
  check(`${path}.rule`, rule, 'bool');
  if (messageExpression !== undefined) {
    check(`${path}.messageExpression`, messageExpression, 'string');
  }
  return errors;
}

/** Limits of an API server: one rule, and all rules of a version together. */
const ruleBudget = 10_000_000;
const schemaBudget = 100_000_000;

/** A rule's estimated cost, for all the values it can run on. */
interface RuleCost {
  /** Path of the rule in the CustomResourceDefinition. */
  field: string;
  cost: number;
}

/** Estimated cost of every rule of a CustomResourceDefinition. Throws what `analyzeRule` throws. */
export function ruleCosts(spec: JsonObject): RuleCost[] {
  const costs: RuleCost[] = [];
  for (const { path, schema } of schemasOf(spec)) {
    visit(schema, path, true, 1, ({ node, index, path: field, times }) => {
      const analysis: Analysis = analyzeRule(node, node.rules[index].rule);
      const runs = Number.isFinite(times) ? times : mostElements(node);
      costs.push({ field: `${field}.rule`, cost: analysis.cost * runs });
    });
  }
  return costs;
}

/**
 * Rules that an API server may refuse as too expensive: for a lint of one's own CustomResourceDefinitions. The estimate follows the
 * server's model (sizes from `maxItems`, `maxLength`, `maxProperties`, a request of 3 MiB where they are missing) but is not its number,
 * and where they differ it should be the higher one. A rule over an unbounded list or string of user input is found.
 */
export function costWarnings(spec: JsonObject): string[] {
  const remedy =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  const costs = ruleCosts(spec);
  const warnings = costs
    .filter(({ cost }) => cost > ruleBudget)
    .map(
      ({ field, cost }) =>
        `${field}: estimated rule cost exceeds budget by factor of ${(
          cost / ruleBudget
        ).toFixed(1)}x (${remedy})`,
    );
  const sum = costs.reduce((all, { cost }) => all + cost, 0);
  if (sum > schemaBudget) {
    warnings.push(
      `estimated cost of all rules exceeds budget by factor of ${(
        sum / schemaBudget
      ).toFixed(1)}x (${remedy})`,
    );
  }
  return warnings;
}
