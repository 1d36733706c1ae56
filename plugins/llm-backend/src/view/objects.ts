import type { KubeObject, Resource } from '@slipway/controller';
import { ModelEvent, ModelObject } from '@slipway/plugin-llm-common';

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function conditionsOf(status: Record<string, unknown>): unknown[] {
  const own = status.conditions;
  if (Array.isArray(own)) {
    return own;
  }
  // Gateway API policies and pools hold conditions per ancestor or parent.
  for (const list of [status.ancestors, status.parents]) {
    const first = Array.isArray(list) ? record(list[0]).conditions : undefined;
    if (Array.isArray(first)) {
      return first;
    }
  }
  return [];
}

function stateOf(object: KubeObject): string | undefined {
  const status = record(object.status);
  if (typeof status.phase === 'string') {
    return status.phase;
  }
  const conditions = conditionsOf(status).map(record);
  const bad = conditions.find(
    condition =>
      condition.status === 'False' &&
      ['Accepted', 'ResolvedRefs', 'Available', 'Programmed'].includes(
        text(condition.type),
      ),
  );
  if (bad) {
    return `Not ${text(bad.type)}: ${text(bad.reason)}`;
  }
  const good = conditions.find(
    condition =>
      condition.status === 'True' &&
      ['Accepted', 'Available', 'Complete', 'Failed'].includes(
        text(condition.type),
      ),
  );
  return good ? text(good.type) : undefined;
}

/** One row of the list of a model's objects. */
export function toModelObject(
  resource: Resource,
  object: KubeObject,
): ModelObject {
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    name: object.metadata.name,
    createdAt: object.metadata.creationTimestamp ?? '',
    state: stateOf(object),
  };
}

/** An event as a model's page lists it. */
export function toModelEvent(event: KubeObject): ModelEvent {
  const involved = record(event.involvedObject);
  const series = record(event.series);
  return {
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: text(event.reason),
    message: text(event.message),
    object: `${text(involved.kind)}/${text(involved.name)}`,
    source:
      text(event.reportingComponent) || text(record(event.source).component),
    count: Number(series.count ?? event.count ?? 1),
    lastSeen:
      text(series.lastObservedTime) ||
      text(event.lastTimestamp) ||
      text(event.eventTime) ||
      event.metadata.creationTimestamp ||
      '',
  };
}
