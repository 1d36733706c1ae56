import { SchemaNode } from '../schemaNode';
import { signatures } from './signatures';
import {
  CelType,
  comparable,
  dyn,
  joined,
  list,
  plain,
  text,
  typeOfField,
  typeOfNode,
} from './types';
import { Expression, functionExists, parseRule } from './program';

/** What a rule yields and may cost, found without running it. */
export interface Analysis {
  type: CelType;
  /**
   * Upper estimate in the units of the API server (https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints), after
   * cel-go's cost model. Not the server's own number.
   */
  cost: number;
}

/** A rule that an API server's type check refuses. */
export class CelTypeError extends Error {}

type Scope = ReadonlyMap<string, CelType>;
type CallExpression = Extract<
  Expression['exprKind'],
  { case: 'callExpr' }
>['value'];
type Comprehension = Extract<
  Expression['exprKind'],
  { case: 'comprehensionExpr' }
>['value'];

/**
 * Types a rule on a schema and estimates its cost.
 *
 * @throws CelTypeError for an unknown field, variable or function, and operands that do not go together. Fewer mistakes are found than
 *   by the API server: signatures of functions are not all checked.
 * @throws CelSyntaxError
 */
export function analyzeRule(node: SchemaNode, rule: string): Analysis {
  const self = typeOfNode(node);
  const scope = new Map([
    ['self', self],
    [
      'oldSelf',
      /\boldSelf\.(hasValue|value|orValue|optMap)\(/.test(rule) ? dyn : self,
    ],
  ]);
  return analyze(parseRule(rule).expr, scope);
}

const total = (parts: readonly Analysis[]): number =>
  parts.reduce((sum, part) => sum + part.cost, 0);

const mismatch = (name: string, types: readonly CelType[]) =>
  new CelTypeError(
    `found no matching overload for '${name}' applied to '(${types
      .map(type => type.is)
      .join(', ')})'`,
  );

function analyze(node: Expression | undefined, scope: Scope): Analysis {
  if (!node) return { type: dyn, cost: 0 };
  const kind = node.exprKind;
  switch (kind.case) {
    case 'constExpr':
      return { type: typeOfConstant(kind.value.constantKind), cost: 0 };
    case 'identExpr':
      return { type: typeOfName(kind.value.name, scope), cost: 1 };
    case 'selectExpr':
      return select(kind.value, scope);
    case 'callExpr':
      return call(kind.value, scope);
    case 'listExpr': {
      const items = kind.value.elements.map(item => analyze(item, scope));
      return {
        type: list(
          items.map(item => item.type).reduce(joined, items[0]?.type ?? dyn),
          items.length,
        ),
        cost: 10 + total(items),
      };
    }
    case 'structExpr': {
      const entries = kind.value.entries.flatMap(entry => [
        analyze(
          entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined,
          scope,
        ),
        analyze(entry.value, scope),
      ]);
      return {
        type: { is: 'map', of: dyn, max: kind.value.entries.length },
        cost: 30 + total(entries),
      };
    }
    case 'comprehensionExpr':
      return comprehension(kind.value, scope);
    default:
      return { type: dyn, cost: 0 };
  }
}

function typeOfConstant(constant: { case?: string; value?: unknown }): CelType {
  switch (constant.case) {
    case 'boolValue':
      return plain('bool');
    case 'int64Value':
      return plain('int');
    case 'uint64Value':
      return plain('uint');
    case 'doubleValue':
      return plain('double');
    case 'stringValue':
      return text(String(constant.value).length);
    case 'nullValue':
      return plain('null');
    default:
      return dyn;
  }
}

/** Names that stand for types and, with a dot, for function libraries. */
const globalNames = new Set(
  'int uint double bool string bytes list map null_type type'.split(' '),
);

function typeOfName(name: string, scope: Scope): CelType {
  const found = scope.get(name);
  if (found) return found;
  if (globalNames.has(name)) return dyn;
  throw new CelTypeError(`undeclared reference to '${name}' (in container '')`);
}

function select(
  value: { operand?: Expression; field: string; testOnly: boolean },
  scope: Scope,
): Analysis {
  const operand = analyze(value.operand, scope);
  const cost = operand.cost + 1;
  const type = fieldOf(operand.type, value.field);
  return { type: value.testOnly ? plain('bool') : type, cost };
}

function fieldOf(type: CelType, field: string): CelType {
  switch (type.is) {
    case 'dyn':
      return dyn;
    case 'map':
      return type.of;
    case 'object': {
      const found = typeOfField(type.node, field);
      if (found) return found;
      throw new CelTypeError(`undefined field '${field}'`);
    }
    default:
      throw new CelTypeError(
        `type '${type.is}' does not support field selection`,
      );
  }
}

function call(value: CallExpression, scope: Scope): Analysis {
  const { function: name, target, args } = value;
  const namespace =
    target?.exprKind.case === 'identExpr' ? target.exprKind.value.name : '';
  const qualified = `${namespace}.${name}`;
  const isQualified = namespace !== '' && functionExists(qualified);
  const operands = (target && !isQualified ? [target, ...args] : args).map(
    arg => analyze(arg, scope),
  );
  const cost = total(operands);
  const types = operands.map(operand => operand.type);
  const operator = operate(name, types, operands);
  if (operator) return { type: operator.type, cost: operator.cost ?? cost + 1 };
  const signature = signatures[isQualified ? qualified : name];
  if (!signature) {
    if (functionExists(name)) return { type: dyn, cost: cost + 1 };
    throw new CelTypeError(
      `undeclared reference to '${name}' (in container '')`,
    );
  }
  if (signature.target && target && !isQualified) {
    if (types[0].is !== 'dyn' && !signature.target.includes(types[0].is)) {
      throw mismatch(name, types);
    }
  }
  return {
    type: signature.result(types),
    cost: cost + 1 + Math.ceil(signature.cost?.(types) ?? 0),
  };
}

/** Operators, whose operands are checked; `cost` where it is not their sum and one. */
function operate(
  name: string,
  types: readonly CelType[],
  operands: readonly Analysis[],
): { type: CelType; cost?: number } | undefined {
  const [left, right] = types;
  const sum = total(operands);
  switch (name) {
    case '_&&_':
    case '_||_':
    case '!_':
      if (types.some(type => type.is !== 'bool' && type.is !== 'dyn')) {
        throw mismatch(name, types);
      }
      return { type: plain('bool'), cost: sum + (name === '!_' ? 1 : 0) };
    case '_?_:_':
      return {
        type: joined(types[1], types[2]),
        cost: operands[0].cost + Math.max(operands[1].cost, operands[2].cost),
      };
    case '_==_':
    case '_!=_':
    case '_<_':
    case '_<=_':
    case '_>_':
    case '_>=_': {
      if (!comparable(left, right)) throw mismatch(name, types);
      const size = Math.min(left.max, right.max);
      return {
        type: plain('bool'),
        cost: sum + Math.max(1, Math.ceil(size / 10)),
      };
    }
    case '@in':
      return {
        type: plain('bool'),
        cost: sum + (right.is === 'map' ? 1 : Math.max(1, right.max)),
      };
    case '_[_]':
      return { type: elementOf(left, types), cost: sum + 1 };
    case '_+_':
      return added(left, right, sum);
    case '-_':
    case '_-_':
    case '_*_':
    case '_/_':
    case '_%_':
      if (types.some(type => type.is === 'string' || type.is === 'bool')) {
        throw mismatch(name, types);
      }
      return { type: left };
    case '@not_strictly_false':
    case '__not_strictly_false__':
      return { type: plain('bool'), cost: sum };
    default:
      return undefined;
  }
}

function elementOf(container: CelType, types: readonly CelType[]): CelType {
  if (container.is === 'list' || container.is === 'map') return container.of;
  if (container.is === 'dyn') return dyn;
  throw mismatch('_[_]', types);
}

function added(left: CelType, right: CelType, sum: number) {
  if (!comparable(left, right)) throw mismatch('_+_', [left, right]);
  const max = left.max + right.max;
  const cost = sum + Math.max(1, Math.ceil(max / 10));
  if (left.is === 'string') return { type: text(max), cost };
  if (left.is === 'list' && right.is === 'list') {
    return { type: list(joined(left.of, right.of), max), cost: sum + 1 };
  }
  return { type: left, cost };
}

/** `all`, `exists`, `exists_one`, `map` and `filter`, as the parser writes them out. */
function comprehension(value: Comprehension, scope: Scope): Analysis {
  const range = analyze(value.iterRange, scope);
  const { type } = range;
  if (type.is !== 'list' && type.is !== 'map' && type.is !== 'dyn') {
    throw new CelTypeError(
      `expression of type '${type.is}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    );
  }
  let item: CelType = dyn;
  if (type.is === 'list') item = type.of;
  else if (type.is === 'map') item = text(253);
  const init = analyze(value.accuInit, scope);
  const first = new Map(scope);
  // An empty list says nothing of its elements.
  const isList = init.type.is === 'list';
  first.set(value.accuVar, isList ? list(dyn, 0) : init.type);
  first.set(value.iterVar, item);
  const step = analyze(value.loopStep, first);
  const condition = analyze(value.loopCondition, first);
  const last = new Map(scope);
  const outcome = isList
    ? list(elementAdded(value.loopStep, first), type.max)
    : step.type;
  last.set(value.accuVar, outcome);
  const result = analyze(value.result, last);
  return {
    type: result.type,
    cost:
      range.cost +
      init.cost +
      result.cost +
      type.max * (step.cost + condition.cost),
  };
}

/** The type of what `map` and `filter` add to their list: `@result + [x]`, perhaps under a condition. */
function elementAdded(step: Expression | undefined, scope: Scope): CelType {
  if (step?.exprKind.case !== 'callExpr') return dyn;
  const { function: name, args } = step.exprKind.value;
  if (name === '_?_:_') return elementAdded(args[1], scope);
  const addition = name === '_+_' ? args[1] : undefined;
  if (addition?.exprKind.case !== 'listExpr') return dyn;
  return analyze(addition.exprKind.value.elements[0], scope).type;
}
