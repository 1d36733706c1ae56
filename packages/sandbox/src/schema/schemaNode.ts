import { JsonObject } from '../api/seams';
import type { RE2JS } from 're2js';
import { goPattern } from './goPattern';
import {
  asList,
  asNumber,
  asObject,
  asString,
  isObject,
  objectsOf,
  own,
  stringsOf,
} from './json';

/** One entry of `x-kubernetes-validations`. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  /** Relative to the node, `.a.b` or `['x']`. */
  fieldPath?: string;
  reason?: string;
  optionalOldSelf: boolean;
}

const anything: JsonObject = { 'x-kubernetes-preserve-unknown-fields': true };

/**
 * One node of a structural schema (apiextensions.k8s.io/v1 JSONSchemaProps). Built from the raw schema when it is first needed, child by
 * child, so that a schema of ten thousand nodes costs what the values that meet it use.
 */
export class SchemaNode {
  /** Empty: any type. */
  readonly types: readonly string[];
  readonly nullable: boolean;
  readonly format: string | undefined;
  readonly enum: readonly unknown[] | undefined;
  readonly pattern: string | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly exclusiveMaximum: boolean;
  readonly multipleOf: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  readonly required: readonly string[];
  readonly intOrString: boolean;
  readonly preserveUnknown: boolean;
  readonly embedded: boolean;
  /** `atomic`, `set` or `map`. */
  readonly listType: string | undefined;
  readonly listKeys: readonly string[];
  /** `granular` or `atomic`. */
  readonly mapType: string | undefined;
  readonly rules: readonly ValidationRule[];
  readonly hasProperties: boolean;
  readonly hasCombinators: boolean;

  readonly #children = new Map<string, SchemaNode>();
  readonly #properties: JsonObject;
  #defaults: readonly (readonly [string, unknown])[] | undefined;
  #items: SchemaNode | undefined;
  #additional: SchemaNode | undefined;
  #combined = new Map<string, readonly SchemaNode[]>();
  #transition: boolean | undefined;

  constructor(
    readonly raw: JsonObject,
    /** The root of a kind: `apiVersion`, `kind` and `metadata` are known without being listed. */
    readonly isRoot = false,
  ) {
    const type = asString(raw.type);
    this.intOrString = raw['x-kubernetes-int-or-string'] === true;
    if (this.intOrString) this.types = ['integer', 'string'];
    else this.types = type ? [type] : [];
    this.nullable = raw.nullable === true;
    this.format = asString(raw.format);
    this.enum = asList(raw.enum);
    this.pattern = asString(raw.pattern);
    this.minLength = asNumber(raw.minLength);
    this.maxLength = asNumber(raw.maxLength);
    this.minimum = asNumber(raw.minimum);
    this.maximum = asNumber(raw.maximum);
    this.exclusiveMinimum = raw.exclusiveMinimum === true;
    this.exclusiveMaximum = raw.exclusiveMaximum === true;
    this.multipleOf = asNumber(raw.multipleOf);
    this.minItems = asNumber(raw.minItems);
    this.maxItems = asNumber(raw.maxItems);
    this.minProperties = asNumber(raw.minProperties);
    this.maxProperties = asNumber(raw.maxProperties);
    this.required = stringsOf(raw.required);
    this.preserveUnknown = raw['x-kubernetes-preserve-unknown-fields'] === true;
    this.embedded = raw['x-kubernetes-embedded-resource'] === true;
    this.listType = asString(raw['x-kubernetes-list-type']);
    this.listKeys = stringsOf(raw['x-kubernetes-list-map-keys']);
    this.mapType = asString(raw['x-kubernetes-map-type']);
    this.rules = objectsOf(raw['x-kubernetes-validations']).map(parseRule);
    this.hasProperties = isObject(raw.properties);
    this.#properties = asObject(raw.properties) ?? {};
    this.hasCombinators =
      raw.allOf !== undefined ||
      raw.anyOf !== undefined ||
      raw.oneOf !== undefined ||
      raw.not !== undefined;
  }

  /** Names of the listed properties, in the order of the schema. */
  get propertyNames(): readonly string[] {
    return Object.keys(this.#properties);
  }

  /** Schema of a listed property. */
  property(name: string): SchemaNode | undefined {
    const known = this.#children.get(name);
    if (known) return known;
    const raw = own(this.#properties, name);
    if (!isObject(raw)) return undefined;
    const node = new SchemaNode(raw);
    this.#children.set(name, node);
    return node;
  }

  /** Schema of a list's elements. */
  get items(): SchemaNode | undefined {
    if (!this.#items && isObject(this.raw.items)) {
      this.#items = new SchemaNode(this.raw.items);
    }
    return this.#items;
  }

  /** Schema of a map's values; `additionalProperties: true` is a schema that allows anything. */
  get additional(): SchemaNode | undefined {
    if (!this.#additional) {
      const raw = this.raw.additionalProperties;
      if (isObject(raw)) this.#additional = new SchemaNode(raw);
      else if (raw === true) this.#additional = new SchemaNode(anything);
    }
    return this.#additional;
  }

  /** Schema of a field's value, listed or not. */
  field(name: string): SchemaNode | undefined {
    return this.property(name) ?? this.additional;
  }

  /** Listed properties that have a default, with it. */
  get defaults(): readonly (readonly [string, unknown])[] {
    this.#defaults ??= Object.entries(this.#properties).flatMap(([name, raw]) =>
      isObject(raw) && raw.default !== undefined && raw.default !== null
        ? [[name, raw.default] as const]
        : [],
    );
    return this.#defaults;
  }

  /** The default of this node itself. */
  get default(): unknown {
    return this.raw.default;
  }

  /** Schemas under `allOf`, `anyOf` or `oneOf`; `not` as a list of one. */
  combined(word: 'allOf' | 'anyOf' | 'oneOf' | 'not'): readonly SchemaNode[] {
    const known = this.#combined.get(word);
    if (known) return known;
    const raw = this.raw[word];
    const nodes = (isObject(raw) ? [raw] : objectsOf(raw)).map(
      item => new SchemaNode(item),
    );
    this.#combined.set(word, nodes);
    return nodes;
  }

  /** The pattern, ready for use. Throws `PatternError`. */
  get patternExpression(): RE2JS | undefined {
    return this.pattern === undefined ? undefined : goPattern(this.pattern);
  }

  /** True when a rule here or below compares with the old value. */
  get hasTransitionRules(): boolean {
    this.#transition ??= someRule(this.raw, rule => rule.includes('oldSelf'));
    return this.#transition;
  }
}

function parseRule(raw: JsonObject): ValidationRule {
  return {
    rule: asString(raw.rule) ?? '',
    message: asString(raw.message),
    messageExpression: asString(raw.messageExpression),
    fieldPath: asString(raw.fieldPath),
    reason: asString(raw.reason),
    optionalOldSelf: raw.optionalOldSelf === true,
  };
}

/** True when a rule anywhere in a raw schema passes the test. */
export function someRule(
  raw: JsonObject,
  test: (rule: string) => boolean,
): boolean {
  if (
    objectsOf(raw['x-kubernetes-validations']).some(rule =>
      test(asString(rule.rule) ?? ''),
    )
  ) {
    return true;
  }
  return childSchemas(raw).some(([, child]) => someRule(child, test));
}

/** Direct children of a raw schema with their paths as the server writes them (`properties[spec]`, `items`, `allOf[0]`). */
export function childSchemas(raw: JsonObject): [string, JsonObject][] {
  const children: [string, JsonObject][] = [];
  for (const [name, child] of Object.entries(asObject(raw.properties) ?? {})) {
    if (isObject(child)) children.push([`properties[${name}]`, child]);
  }
  for (const word of ['items', 'additionalProperties', 'not']) {
    const child = raw[word];
    if (isObject(child)) children.push([word, child]);
  }
  for (const word of ['allOf', 'anyOf', 'oneOf']) {
    objectsOf(raw[word]).forEach((child, index) =>
      children.push([`${word}[${index}]`, child]),
    );
  }
  return children;
}
