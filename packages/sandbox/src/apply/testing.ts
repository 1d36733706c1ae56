import { JsonObject, MergeSchema } from '../api/seams';
import { StoredObject } from '../types';
import { applyServerSide } from './applyServerSide';
import { trackUpdate } from './trackUpdate';

const SCALAR: MergeSchema = { type: 'scalar' };

/** The kind of transcript 108: a list of each type, an atomic object, an open map, and a status. */
export const PART: MergeSchema = {
  type: 'object',
  fields: {
    spec: {
      type: 'object',
      fields: {
        a: SCALAR,
        list: { type: 'list', listType: 'atomic', items: SCALAR },
        set: { type: 'list', listType: 'set', items: SCALAR },
        map: {
          type: 'list',
          listType: 'map',
          listKeys: ['name', 'zone'],
          listKeyDefaults: { zone: 'z0' },
          items: {
            type: 'object',
            fields: { name: SCALAR, zone: SCALAR, v: SCALAR, w: SCALAR },
          },
        },
        obj: { type: 'object', atomic: true, fields: { p: SCALAR, q: SCALAR } },
        labels: { type: 'object', values: SCALAR },
      },
    },
    status: { type: 'object', fields: { phase: SCALAR } },
  },
};

/** An object of that kind. */
export function part(spec: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Part',
    metadata: { name: 'p' },
    spec,
    ...more,
  };
}

/** A server with one object, small enough to read: what the API server does around these functions, and nothing else. */
export class OneObject {
  stored: StoredObject | undefined;
  private version = 0;

  /** Every write happens a second after the one before. */
  private get now(): string {
    return `2026-01-01T00:00:${String(this.version).padStart(2, '0')}Z`;
  }

  apply(
    manager: string,
    applied: JsonObject,
    options: { force?: boolean; subresource?: string } = {},
  ): StoredObject {
    return this.store(
      applyServerSide({
        live: this.stored,
        applied,
        schema: PART,
        manager,
        force: options.force ?? false,
        subresource: options.subresource,
        resetFields: resetFields(options.subresource),
        now: this.now,
      }),
    );
  }

  /** A PUT. */
  update(manager: string, updated: JsonObject): StoredObject {
    const managedFields = trackUpdate({
      old: this.stored,
      updated,
      schema: PART,
      manager,
      resetFields: resetFields(undefined),
      now: this.now,
    });
    const metadata = { ...metadataOf(updated), managedFields };
    return this.store({ ...updated, metadata });
  }

  /** Who owns what: manager → set. */
  owners(): Record<string, unknown> {
    const entries = this.stored?.metadata.managedFields ?? [];
    return Object.fromEntries(
      entries.filter(isEntry).map(entry => [entry.manager, entry.fieldsV1]),
    );
  }

  /** The time of a manager's entry. */
  timeOf(manager: string): unknown {
    const entries = this.stored?.metadata.managedFields ?? [];
    return entries.filter(isEntry).find(entry => entry.manager === manager)
      ?.time;
  }

  private store(object: JsonObject): StoredObject {
    this.version += 1;
    const metadata = {
      name: 'p',
      uid: 'u',
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion: '1',
      ...metadataOf(object),
    };
    this.stored = {
      ...object,
      apiVersion: 'example.com/v1',
      kind: 'Part',
      metadata,
    };
    return this.stored;
  }
}

function metadataOf(object: JsonObject): JsonObject {
  return { ...(typeof object.metadata === 'object' ? object.metadata : {}) };
}

function isEntry(
  entry: unknown,
): entry is { manager: string; fieldsV1: unknown; time?: string } {
  return typeof entry === 'object' && entry !== null && 'manager' in entry;
}

function resetFields(subresource: string | undefined): string[][] {
  return subresource === 'status' ? [['metadata'], ['spec']] : [['status']];
}
