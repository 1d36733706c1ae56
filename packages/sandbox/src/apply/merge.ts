import { MergeSchema } from '../api/seams';
import {
  Json,
  equalJson,
  fieldSchema,
  isAtomic,
  isObject,
  listElements,
  sameElements,
  shapeOf,
} from './structure';

/**
 * Lays `config` over `live`: maps field by field, lists by their keys, everything else replaced. Nothing is removed. Returns `live` itself
 * when that changes nothing.
 */
export function mergeValues(
  live: Json,
  config: Json,
  schema: MergeSchema | undefined,
): Json {
  if (config === undefined) {
    return live;
  }
  const shape = shapeOf(config, schema);
  if (isAtomic(shape, schema) || shapeOf(live, schema) !== shape) {
    if (live !== undefined && equalJson(live, config)) {
      return live;
    }
    return shape === 'list' && !isAtomic(shape, schema)
      ? mergeLists([], asList(config), schema)
      : config;
  }
  if (shape === 'list') {
    return mergeLists(asList(live), asList(config), schema);
  }
  return mergeMaps(
    isObject(live) ? live : {},
    isObject(config) ? config : {},
    schema,
  );
}

function asList(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function mergeMaps(
  live: Record<string, Json>,
  config: Record<string, Json>,
  schema: MergeSchema | undefined,
): Json {
  let result: Record<string, Json> | undefined;
  for (const field of Object.keys(config)) {
    if (config[field] !== undefined) {
      const at = fieldSchema(schema, field);
      const merged = mergeValues(live[field], config[field], at);
      if (merged !== live[field]) {
        result ??= { ...live };
        result[field] = merged;
      }
    }
  }
  return result ?? live;
}

function mergeLists(
  live: readonly Json[],
  config: readonly Json[],
  schema: MergeSchema | undefined,
): readonly Json[] {
  const liveKeys = listElements(schema, live);
  const configKeys = listElements(schema, config);
  const merged = sameElements(liveKeys, configKeys)
    ? live.map((item, index) => mergeValues(item, config[index], schema?.items))
    : interleave(live, liveKeys, config, configKeys, schema);
  const same =
    merged.length === live.length &&
    merged.every((item, index) => item === live[index]);
  return same ? live : merged;
}

/**
 * The elements that both have come in the order of `config`; those of one side alone keep their place between them, those of `live` first.
 * The order is that of structured-merge-diff (`typed/merge.go`).
 */
function interleave(
  live: readonly Json[],
  liveKeys: readonly string[],
  config: readonly Json[],
  configKeys: readonly string[],
  schema: MergeSchema | undefined,
): Json[] {
  const liveItems = new Map(liveKeys.map((key, index) => [key, live[index]]));
  const configItems = new Map(
    configKeys.map((key, index) => [key, config[index]]),
  );
  const shared = configKeys.filter(key => liveItems.has(key));
  const merged = new Set<string>();
  const result: Json[] = [];
  const take = (key: string) => {
    merged.add(key);
    if (shared[0] === key) {
      shared.shift();
    }
    result.push(
      mergeValues(liveItems.get(key), configItems.get(key), schema?.items),
    );
  };

  let l = 0;
  let c = 0;
  while (l < live.length || c < config.length) {
    const key = liveKeys[l];
    if (l < live.length && key !== configKeys[c]) {
      if (!configItems.has(key)) {
        result.push(live[l]);
        l += 1;
        continue;
      }
      if (c < config.length && shared.length > 0 && shared[0] !== key) {
        l += 1;
        continue;
      }
      if (merged.has(key)) {
        l += 1;
      }
    } else if (l < live.length) {
      l += 1;
    }
    if (c < config.length) {
      take(configKeys[c]);
      c += 1;
    }
  }
  return result;
}
