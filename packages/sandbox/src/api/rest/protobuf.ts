import { badRequest, notImplemented } from '../failures';
import { JsonObject } from '../seams';

/*
 * kubectl sends some built-in kinds as protobuf and nothing else (`kubectl create namespace`, `create secret`, `auth can-i` …). This reads
 * the few kinds that it does so with. Field numbers: generated.proto of k8s.io/api and k8s.io/apimachinery, v1.34.
 */

type Scalar = 'string' | 'bytes' | 'int' | 'bool' | 'time' | 'quantity';

interface Field {
  name: string;
  type: Scalar | Message;
  repeated?: boolean;
  /** A map from strings. */
  map?: boolean;
}

type Message = Record<number, Field>;

const one = (name: string, type: Scalar | Message = 'string'): Field => ({
  name,
  type,
});
const many = (name: string, type: Scalar | Message = 'string'): Field => ({
  name,
  type,
  repeated: true,
});
const map = (name: string, type: Scalar = 'string'): Field => ({
  name,
  type,
  map: true,
});

const METADATA: Message = {
  1: one('name'),
  2: one('generateName'),
  3: one('namespace'),
  5: one('uid'),
  6: one('resourceVersion'),
  8: one('creationTimestamp', 'time'),
  9: one('deletionTimestamp', 'time'),
  11: map('labels'),
  12: map('annotations'),
  14: many('finalizers'),
};
const metadata = one('metadata', METADATA);

const RULE: Message = {
  1: many('verbs'),
  2: many('apiGroups'),
  3: many('resources'),
  4: many('resourceNames'),
  5: many('nonResourceURLs'),
};
const SUBJECT: Message = {
  1: one('kind'),
  2: one('apiGroup'),
  3: one('name'),
  4: one('namespace'),
};
const ROLE: Message = { 1: metadata, 2: many('rules', RULE) };
const BINDING: Message = {
  1: metadata,
  2: many('subjects', SUBJECT),
  3: one('roleRef', { 1: one('apiGroup'), 2: one('kind'), 3: one('name') }),
};
const RESOURCE_ATTRIBUTES: Message = {
  1: one('namespace'),
  2: one('verb'),
  3: one('group'),
  4: one('version'),
  5: one('resource'),
  6: one('subresource'),
  7: one('name'),
};
const DELETE_OPTIONS: Message = {
  1: one('gracePeriodSeconds', 'int'),
  2: one('preconditions', { 1: one('uid'), 2: one('resourceVersion') }),
  3: one('orphanDependents', 'bool'),
  4: one('propagationPolicy'),
  5: many('dryRun'),
};

const KINDS: Record<string, Message> = {
  Namespace: { 1: metadata, 2: one('spec', { 1: many('finalizers') }) },
  ConfigMap: {
    1: metadata,
    2: map('data'),
    3: map('binaryData', 'bytes'),
    4: one('immutable', 'bool'),
  },
  Secret: {
    1: metadata,
    2: map('data', 'bytes'),
    3: one('type'),
    4: map('stringData'),
    5: one('immutable', 'bool'),
  },
  ServiceAccount: {
    1: metadata,
    2: many('secrets', { 3: one('name') }),
    3: many('imagePullSecrets', { 1: one('name') }),
    4: one('automountServiceAccountToken', 'bool'),
  },
  ResourceQuota: {
    1: metadata,
    2: one('spec', { 1: map('hard', 'quantity'), 2: many('scopes') }),
  },
  Role: ROLE,
  ClusterRole: ROLE,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  SelfSubjectReview: { 1: metadata },
  SelfSubjectRulesReview: {
    1: metadata,
    2: one('spec', { 1: one('namespace') }),
  },
  SelfSubjectAccessReview: {
    1: metadata,
    2: one('spec', {
      1: one('resourceAttributes', RESOURCE_ATTRIBUTES),
      2: one('nonResourceAttributes', { 1: one('path'), 2: one('verb') }),
    }),
  },
  TokenRequest: {
    1: metadata,
    2: one('spec', {
      1: many('audiences'),
      4: one('expirationSeconds', 'int'),
    }),
  },
  DeleteOptions: DELETE_OPTIONS,
  Eviction: { 1: metadata, 2: one('deleteOptions', DELETE_OPTIONS) },
};

/** A field of the wire: its number, and its value as bytes (length-delimited) or number (varint). */
interface Item {
  number: number;
  value: Buffer | number;
}

function* items(buffer: Buffer): Generator<Item> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= buffer.length)
        throw badRequest('the protobuf body ends in the middle of a field');
      const byte = buffer[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < buffer.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) yield { number, value: varint() };
    else if (tag % 8 === 2) {
      const length = varint();
      yield { number, value: buffer.subarray(at, at + length) };
      at += length;
    } else
      throw badRequest(`the protobuf body has a field of wire type ${tag % 8}`);
  }
}

const bytesOf = (value: Buffer | number): Buffer =>
  typeof value === 'number' ? Buffer.alloc(0) : value;

function readTime(buffer: Buffer): string | undefined {
  for (const { number, value } of items(buffer)) {
    if (number === 1 && typeof value === 'number') {
      return `${new Date(value * 1000).toISOString().slice(0, 19)}Z`;
    }
  }
  // the zero time: client-go sends an empty message for "not set"
  return undefined;
}

function readScalar(type: Scalar, value: Buffer | number): unknown {
  switch (type) {
    case 'int':
      return value;
    case 'bool':
      return value === 1;
    case 'bytes':
      return bytesOf(value).toString('base64');
    case 'time':
      return readTime(bytesOf(value));
    case 'quantity':
      return (
        [...items(bytesOf(value))].map(item =>
          bytesOf(item.value).toString('utf8'),
        )[0] ?? '0'
      );
    default:
      return bytesOf(value).toString('utf8');
  }
}

function readValue(type: Field['type'], value: Buffer | number): unknown {
  return typeof type === 'string'
    ? readScalar(type, value)
    : readMessage(type, bytesOf(value));
}

function readEntry(type: Field['type'], buffer: Buffer): [string, unknown] {
  let key = '';
  let value: unknown =
    typeof type === 'string' ? readScalar(type, Buffer.alloc(0)) : {};
  for (const item of items(buffer)) {
    if (item.number === 1) key = bytesOf(item.value).toString('utf8');
    else value = readValue(type, item.value);
  }
  return [key, value];
}

function readMessage(message: Message, buffer: Buffer): JsonObject {
  const object: JsonObject = {};
  for (const { number, value } of items(buffer)) {
    const field = message[number];
    if (!field) continue;
    const { name, type } = field;
    if (field.map) {
      const before = object[name];
      const [key, entry] = readEntry(type, bytesOf(value));
      object[name] = {
        ...(typeof before === 'object' ? before : {}),
        [key]: entry,
      };
    } else if (field.repeated) {
      const before = object[name];
      object[name] = [
        ...(Array.isArray(before) ? before : []),
        readValue(type, value),
      ];
    } else {
      const read = readValue(type, value);
      // Go writes the zero value of a plain string; it means "not set"
      if (read !== undefined && read !== '') object[name] = read;
    }
  }
  return object;
}

const MAGIC = Buffer.from('k8s\0');

/**
 * A Kubernetes object from its protobuf envelope.
 * @throws ApiFailure 400 for a broken body, 501 for a kind that is read as JSON only
 */
export function readProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(MAGIC)) {
    throw badRequest(
      'the body is not of a Kubernetes protobuf object: its first bytes are not k8s\\0',
    );
  }
  let type: JsonObject = {};
  let raw: Buffer = Buffer.alloc(0);
  for (const { number, value } of items(body.subarray(4))) {
    if (number === 1)
      type = readMessage(
        { 1: one('apiVersion'), 2: one('kind') },
        bytesOf(value),
      );
    if (number === 2) raw = bytesOf(value);
  }
  const kind = String(type.kind);
  const message = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!message) {
    throw notImplemented(
      `protobuf bodies of kind ${kind}; send JSON (kubectl create -f, kubectl apply)`,
    );
  }
  return { apiVersion: type.apiVersion, kind, ...readMessage(message, raw) };
}
