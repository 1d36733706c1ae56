import { parse as parseYaml } from 'yaml';
import { ApiFailure } from '../../types';
import { badRequest, invalid } from '../failures';
import { isObject, stringAt } from '../json';
import { apiVersionOf, isCustom } from '../registry';
import { JsonObject, ServedKind } from '../seams';
import { decodeMetadata } from './decodeMetadata';

/** How unknown and duplicate fields are treated. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A body as it was read, with the fields that stood twice in it. */
export interface ParsedBody {
  value: unknown;
  duplicateFields: string[];
}

/** Parses a body. JSON, or YAML where the content type says so. */
export function parseBody(
  text: string,
  yaml: boolean,
  kindName: string,
): ParsedBody {
  try {
    const value: unknown = JSON.parse(text);
    // A compact text that has the length of what was read holds no field twice; anything else is looked at closely.
    const suspicious = JSON.stringify(value).length !== text.length;
    return { value, duplicateFields: suspicious ? duplicateFields(text) : [] };
  } catch (error) {
    if (yaml) {
      try {
        return {
          value: parseYaml(text, { version: '1.1', uniqueKeys: false }),
          duplicateFields: [],
        };
      } catch (yamlError) {
        throw badRequest(`error decoding YAML: ${String(yamlError)}`);
      }
    }
    const why =
      text === ''
        ? 'EOF'
        : String(error instanceof Error ? error.message : error);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kindName}): couldn't get version/kind; json parse error: ${why} (${Buffer.from(
        text.slice(0, 20),
      ).toString('hex')})`,
    );
  }
}

const join = (path: string, key: string): string =>
  path ? `${path}.${key}` : key;

/** Paths of fields that stand twice in an object of a JSON text that is known to parse. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  const stack: {
    path: string;
    keys?: Set<string>;
    index: number;
    key?: string;
  }[] = [];
  let previous = '';
  for (const [token] of text.matchAll(tokens)) {
    const top = stack[stack.length - 1];
    if (token === '{' || token === '[') {
      let path = '';
      if (top)
        path = top.keys
          ? join(top.path, top.key ?? '')
          : `${top.path}[${top.index}]`;
      stack.push({
        path,
        keys: token === '{' ? new Set() : undefined,
        index: 0,
      });
    } else if (token === '}' || token === ']') stack.pop();
    else if (token === ',' && top) top.index += 1;
    else if (
      top?.keys &&
      token.startsWith('"') &&
      (previous === '{' || previous === ',')
    ) {
      const key = String(JSON.parse(token));
      if (top.keys.has(key)) found.push(join(top.path, key));
      top.keys.add(key);
      top.key = key;
    }
    previous = token;
  }
  return found;
}

const goType = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
};

/**
 * Checks apiVersion and kind of what a client sent. Built-in kinds may leave them out, except in an apply.
 * @throws ApiFailure 400, or 422 for the wrong kind of a custom resource
 */
export function checkType(
  kind: ServedKind,
  input: JsonObject,
  required = isCustom(kind),
): void {
  const missing = input.kind === undefined || input.apiVersion === undefined;
  if (missing && required) {
    const field = input.kind === undefined ? 'Kind' : 'apiVersion';
    const text = JSON.stringify(input);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): Object '${field}' is missing in '${text}' (${text})`,
    );
  }
  const expected = apiVersionOf(kind);
  const apiVersion = String(input.apiVersion ?? expected);
  const name = String(input.kind ?? kind.kind);
  if (apiVersion === expected && name === kind.kind) return;
  if (isCustom(kind)) throw wrongCustomType(kind, input, apiVersion, name);
  const version = apiVersion.split('/').pop() ?? apiVersion;
  throw badRequest(
    `${name} in version "${version}" cannot be handled as a ${kind.kind}: the object is ${apiVersion}, Kind=${name}, the request is for ${expected}, Kind=${kind.kind}`,
  );
}

function wrongCustomType(
  kind: ServedKind,
  input: JsonObject,
  apiVersion: string,
  name: string,
): ApiFailure {
  if (name === kind.kind) {
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(
        kind,
      )})`,
    );
  }
  return invalid(
    { group: kind.group, kind: name },
    stringAt(input, 'metadata', 'name') ?? '',
    [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(name)}: must be ${kind.kind}`,
        field: 'kind',
      },
    ],
  );
}

/** What came of decoding. */
export interface Decoded {
  /** Key order: kind, apiVersion, metadata, the rest as sent. */
  object: JsonObject & { metadata: JsonObject };
  /** As the server words them: `unknown field "spec.x"`. */
  complaints: string[];
}

/**
 * Checks type and JSON types, drops unknown fields.
 * @throws ApiFailure 400
 */
export function decodeObject(
  kind: ServedKind,
  input: unknown,
  duplicates: readonly string[] = [],
): Decoded {
  if (!isObject(input)) {
    throw badRequest(
      `${kind.kind} in version "${kind.version}" cannot be handled as a ${
        kind.kind
      }: json: cannot unmarshal ${goType(input)} into Go value of type ${
        kind.kind
      }`,
    );
  }
  checkType(kind, input);
  const { metadata, unknown } = decodeMetadata(kind, input.metadata);
  const decoded = kind.decode(input);
  const object = {
    ...decoded.object,
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata,
  };
  const complaints = [
    ...duplicates.map(field => `duplicate field "${field}"`),
    ...[...decoded.unknownFields, ...unknown].map(
      field => `unknown field "${field}"`,
    ),
  ];
  return { object, complaints };
}

/**
 * Warns of unknown fields or refuses them.
 * @throws ApiFailure 400 when strict
 */
export function enforceFields(
  kind: ServedKind,
  complaints: readonly string[],
  validation: FieldValidation,
  warn: (text: string) => void,
): void {
  if (validation === 'Warn') complaints.forEach(warn);
  if (validation !== 'Strict' || complaints.length === 0) return;
  throw badRequest(
    `${kind.kind} in version "${kind.version}" cannot be handled as a ${
      kind.kind
    }: strict decoding error: ${complaints.join(', ')}`,
  );
}
