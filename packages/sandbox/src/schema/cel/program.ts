import {
  CelInput,
  CelResult,
  celEnv,
  isCelError,
  parse,
  plan,
} from '@bufbuild/cel';
import { kubernetesFunctions } from './functions';

const env = celEnv({ funcs: [...kubernetesFunctions] });

/** What `parse` returns: the expression as a tree. */
type ParsedRule = ReturnType<typeof parse>;
/** A node of that tree. */
export type Expression = ParsedRule['expr'];

/** A CEL expression that is not understood, with the evaluator's reason. */
export class CelSyntaxError extends Error {}

/** A CEL expression that calls what the sandbox has not. */
export class CelUnsupportedError extends Error {
  constructor(readonly functions: readonly string[]) {
    super(`the sandbox has no CEL function ${functions.join(', ')}`);
  }
}

/** A CEL expression, ready to run many times. */
export interface Program {
  /** Names of free and bound variables that it mentions. */
  readonly variables: ReadonlySet<string>;
  /** Throws `Error` with the reason when the expression has no value. */
  run(bindings: Record<string, CelInput>): unknown;
}

const cache = new Map<string, ParsedRule>();

/** The tree of an expression. Throws `CelSyntaxError`. */
export function parseRule(text: string): ParsedRule {
  const known = cache.get(text);
  if (known) return known;
  try {
    const parsed = parse(text);
    cache.set(text, parsed);
    return parsed;
  } catch (error) {
    throw new CelSyntaxError(
      error instanceof Error ? error.message : String(error),
    );
  }
}

/** Operators that the evaluator handles itself, beside its functions. */
const operators = new Set([
  '_[_]',
  '_?_:_',
  '_&&_',
  '_||_',
  '@not_strictly_false',
  '__not_strictly_false__',
]);

/** Names that API servers know and that only this evaluator lacks: rules with them are accepted, and fail with 501 when they run. */
const beyondUs = new Set([
  'format',
  'validate',
  'optMap',
  'optFlatMap',
  'isCanonical',
  'isUnspecified',
  'isLoopback',
  'isLinkLocalMulticast',
  'isLinkLocalUnicast',
  'isGlobalUnicast',
  'containsIP',
  'containsCIDR',
  'masked',
  'getQuery',
  'semver',
  'isSemver',
  'major',
  'minor',
  'patch',
  'dns1123Label',
  'dns1123Subdomain',
  'dns1035Label',
  'qualifiedName',
  'dns1123LabelPrefix',
  'dns1123SubdomainPrefix',
  'dns1035LabelPrefix',
  'labelValue',
  'uri',
  'uuid',
  'byte',
  'date',
  'datetime',
  'named',
]);

/** Whether an API server knows a function, ours or not. */
export function functionExists(name: string): boolean {
  return env.funcs.find(name) !== undefined || beyondUs.has(name);
}

/** Functions called in an expression that nothing here implements. */
function missingFunctions(expression: Expression): string[] {
  const missing = new Set<string>();
  walk(expression, node => {
    if (node.exprKind.case !== 'callExpr') return;
    const { function: name, target } = node.exprKind.value;
    const qualified = target && qualifiedName(target);
    const known =
      operators.has(name) ||
      env.funcs.find(name) !== undefined ||
      (qualified !== undefined &&
        env.funcs.find(`${qualified}.${name}`) !== undefined);
    if (!known) missing.add(name);
  });
  return [...missing];
}

/** Compiles an expression. Throws `CelSyntaxError` and `CelUnsupportedError`. */
export function compileProgram(text: string): Program {
  const parsed = parseRule(text);
  const missing = missingFunctions(parsed.expr);
  if (missing.length > 0) throw new CelUnsupportedError(missing);
  const variables = new Set<string>();
  walk(parsed.expr, node => {
    if (node.exprKind.case === 'identExpr') {
      variables.add(node.exprKind.value.name);
    }
  });
  const planned = plan(env, parsed);
  return {
    variables,
    run(bindings) {
      const result: CelResult = planned(bindings);
      if (isCelError(result))
        throw new Error(inKubernetesWords(result.message));
      return result;
    },
  };
}

/** The evaluator's messages where cel-go says it differently. */
function inKubernetesWords(message: string): string {
  const missing = /^field not found: (.*)$/.exec(message);
  if (missing) return `no such key: ${missing[1]}`;
  if (message.startsWith('found no matching overload')) {
    return 'no such overload';
  }
  return message;
}

/** Calls `visit` for a node and everything below it. */
export function walk(
  node: Expression | undefined,
  visit: (node: Expression) => void,
): void {
  if (!node) return;
  visit(node);
  for (const child of childrenOf(node)) walk(child, visit);
}

function childrenOf(node: Expression): (Expression | undefined)[] {
  switch (node.exprKind.case) {
    case 'callExpr':
      return [node.exprKind.value.target, ...node.exprKind.value.args];
    case 'selectExpr':
      return [node.exprKind.value.operand];
    case 'listExpr':
      return node.exprKind.value.elements;
    case 'structExpr':
      return node.exprKind.value.entries.flatMap(entry => [
        entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined,
        entry.value,
      ]);
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } =
        node.exprKind.value;
      return [iterRange, accuInit, loopCondition, loopStep, result];
    }
    default:
      return [];
  }
}

function qualifiedName(node: Expression): string | undefined {
  if (node.exprKind.case === 'identExpr') return node.exprKind.value.name;
  if (node.exprKind.case !== 'selectExpr') return undefined;
  const { operand, field, testOnly } = node.exprKind.value;
  const parent = operand && !testOnly ? qualifiedName(operand) : undefined;
  return parent === undefined ? undefined : `${parent}.${field}`;
}
