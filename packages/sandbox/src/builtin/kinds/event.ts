import { objectAt, stringAt } from '../../api/json';
import { FieldError, JsonObject, ServedKind } from '../../api/seams';
import { invalid } from '../../schema/fieldErrors';
import { StoredObject } from '../../types';
import { BuiltinKind, Column, defineKind } from '../defineKind';
import { numberAt, since } from '../printing';

/** Fields that have another name in `events.k8s.io`: there → in core. */
const RENAMED: Record<string, string> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};

function rename(object: JsonObject, names: Record<string, string>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [
      names[field] ?? field,
      value,
    ]),
  );
}

const FROM_CORE = Object.fromEntries(
  Object.entries(RENAMED).map(([there, here]) => [here, there]),
);

const storedInCore: ServedKind['storedAs'] = {
  group: '',
  version: 'v1',
  plural: 'events',
  toStored(object) {
    const event: JsonObject = { ...rename(object, RENAMED), apiVersion: 'v1' };
    defaultEvent(event);
    return event;
  },
  fromStored(stored) {
    const event: JsonObject = rename(stored, FROM_CORE);
    const absent = Object.keys(event).filter(field => event[field] === '');
    for (const field of absent) {
      delete event[field];
    }
    return { ...event, apiVersion: 'events.k8s.io/v1' };
  },
};

function defaultEvent(draft: JsonObject): void {
  draft.source ??= {};
  draft.reportingComponent ??= '';
  draft.reportingInstance ??= '';
}

function eventErrors(
  object: JsonObject,
  reference: 'involvedObject' | 'regarding',
): FieldError[] {
  const namespace = stringAt(object, 'metadata', 'namespace');
  const about = stringAt(object, reference, 'namespace');
  const expected = about || 'default';
  return expected === namespace
    ? []
    : [
        invalid(
          `${
            reference === 'regarding' ? 'involvedObject' : reference
          }.namespace`,
          about ?? '',
          'does not match event.namespace',
        ),
      ];
}

/** The stored form has the names of core, whatever the version asked for. */
function involved(field: string): (object: StoredObject) => string {
  return object =>
    stringAt(object, 'involvedObject', field) ??
    stringAt(object, 'regarding', field) ??
    '';
}

function source(object: StoredObject): string {
  return (
    stringAt(object, 'source', 'component') ??
    stringAt(object, 'reportingComponent') ??
    ''
  );
}

const FIELDS: BuiltinKind['fields'] = {
  'involvedObject.kind': involved('kind'),
  'involvedObject.namespace': involved('namespace'),
  'involvedObject.name': involved('name'),
  'involvedObject.uid': involved('uid'),
  'involvedObject.apiVersion': involved('apiVersion'),
  'involvedObject.resourceVersion': involved('resourceVersion'),
  'involvedObject.fieldPath': involved('fieldPath'),
  reason: object => String(object.reason ?? ''),
  reportingComponent: object =>
    String(object.reportingComponent || source(object)),
  source,
  type: object => String(object.type ?? ''),
};

function text(...fields: string[]): Column['cell'] {
  return object => {
    const found = fields.map(field => object[field]).find(Boolean);
    return found === undefined ? '' : String(found).trim();
  };
}

function interval(object: StoredObject, nowMs: number): string {
  const first =
    object.firstTimestamp ??
    object.deprecatedFirstTimestamp ??
    object.eventTime;
  const last =
    stringAt(object, 'series', 'lastObservedTime') ??
    object.lastTimestamp ??
    object.deprecatedLastTimestamp ??
    first;
  const count =
    numberAt(object, 'series', 'count') ||
    object.count ||
    object.deprecatedCount ||
    1;
  return count > 1
    ? `${since(last, nowMs)} (x${count} over ${since(first, nowMs)})`
    : since(last ?? first, nowMs);
}

const COLUMNS: readonly Column[] = [
  { name: 'Last Seen', cell: interval },
  { name: 'Type', cell: text('type') },
  { name: 'Reason', cell: text('reason') },
  {
    name: 'Object',
    cell: object => {
      const kind = involved('kind')(object).toLowerCase();
      const name = involved('name')(object);
      return name === '' ? kind : `${kind}/${name}`;
    },
  },
  { name: 'Subobject', wide: true, cell: involved('fieldPath') },
  {
    name: 'Source',
    wide: true,
    cell: object => {
      const host = objectAt(object, 'source').host;
      return host ? `${source(object)}, ${host}` : source(object);
    },
  },
  { name: 'Message', cell: text('message', 'note') },
  {
    name: 'First Seen',
    wide: true,
    cell: (object, nowMs) =>
      since(object.firstTimestamp ?? object.eventTime, nowMs),
  },
  {
    name: 'Count',
    type: 'integer',
    wide: true,
    cell: object => object.count ?? 1,
  },
  { name: 'Name', wide: true, cell: object => object.metadata.name },
];

const event = defineKind({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  createByPut: true,
  default: defaultEvent,
  validate: object => eventErrors(object, 'involvedObject'),
  fields: FIELDS,
  columns: COLUMNS,
});

const eventsEvent = defineKind({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  struct: 'EventsEvent',
  plural: 'events',
  shortNames: ['ev'],
  createByPut: true,
  storedAs: storedInCore,
  validate: object => eventErrors(object, 'regarding'),
  fields: FIELDS,
  columns: COLUMNS,
});

/** Event, in both groups that serve it; it is stored once. */
export const eventKinds = [event, eventsEvent];
