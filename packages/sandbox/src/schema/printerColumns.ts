import { JsonObject, PrinterColumn } from '../api/seams';
import { asNumber, asString, objectsOf } from './json';
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
        return typeof value === 'string' ? value : JSON.stringify(value);
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

function age(time: string, nowMs: number): string {
  const sinceMs = nowMs - Date.parse(time);
  return Number.isNaN(sinceMs) ? '<invalid>' : humanDuration(sinceMs);
}

/** `duration.HumanDuration` of k8s.io/apimachinery: two units at most, the finer one only while it says something. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return twoUnits(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  if (hours < 24 * 365 * 8) return twoUnits(years, 'y', days % 365, 'd');
  return `${years}y`;
}

function twoUnits(
  large: number,
  largeUnit: string,
  small: number,
  smallUnit: string,
): string {
  return small === 0
    ? `${large}${largeUnit}`
    : `${large}${largeUnit}${small}${smallUnit}`;
}
