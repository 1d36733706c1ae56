import { JsonObject, PrinterColumn } from '../api/seams';
import { humanDuration } from './humanDuration';
import { asNumber, asString, isObject, objectsOf } from './json';
import { jsonPath } from './jsonPath';

const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  priority: 0,
};

/** What `kubectl get` shows of a version: the columns, and a row's cells in their order. */
interface Printer {
  columns: readonly PrinterColumn[];
  cells(object: unknown, nowMs: number): unknown[];
}

/** The printer of a CRD version: the name, its `additionalPrinterColumns`, or the age when it has none. */
export function printerOf(version: JsonObject): Printer {
  const listed = objectsOf(version.additionalPrinterColumns);
  const columns =
    listed.length > 0
      ? listed
      : [
          {
            name: 'Age',
            type: 'date',
            jsonPath: '.metadata.creationTimestamp',
          },
        ];
  const cells = columns.map(column => cellOf(column));
  const namePath = jsonPath('.metadata.name');
  return {
    columns: [nameColumn, ...columns.map(definitionOf)],
    cells: (object, nowMs) => [
      namePath(object)[0],
      ...cells.map(cell => cell(object, nowMs)),
    ],
  };
}

function definitionOf(column: JsonObject): PrinterColumn {
  const path = asString(column.jsonPath) ?? '';
  return {
    name: asString(column.name) ?? '',
    type: asString(column.type) ?? '',
    format: asString(column.format) ?? '',
    description:
      asString(column.description) ||
      `Custom resource definition column (in JSONPath format): ${path}`,
    priority: asNumber(column.priority) ?? 0,
  };
}

function cellOf(
  column: JsonObject,
): (object: unknown, nowMs: number) => unknown {
  const find = jsonPath(asString(column.jsonPath) ?? '');
  const type = asString(column.type);
  return (object, nowMs) => {
    const [value] = find(object);
    if (value === undefined || value === null) return null;
    switch (type) {
      case 'string':
        return typeof value === 'string' ? value : textOf(value);
      case 'integer':
        return typeof value === 'number' ? Math.trunc(value) : null;
      case 'number':
        return typeof value === 'number' ? value : null;
      case 'boolean':
        return typeof value === 'boolean' ? value : null;
      case 'date':
        return typeof value === 'string' ? age(value, nowMs) : null;
      default:
        return null;
    }
  };
}

/** As Go writes maps and lists: with the fields in the order of their names. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isObject(item)
      ? Object.fromEntries(
          Object.keys(item)
            .sort()
            .map(name => [name, item[name]]),
        )
      : item,
  );
}

function age(time: string, nowMs: number): string {
  const sinceMs = nowMs - Date.parse(time);
  return Number.isNaN(sinceMs) ? '<invalid>' : humanDuration(sinceMs);
}
