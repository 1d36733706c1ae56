import { createHash } from 'node:crypto';
import { apiVersionOf, Registry } from './registry';
import { JsonObject, ServedKind } from './seams';

/** `io.k8s.api.apps.v1.Deployment`-like name of a kind's schema. */
function schemaName(kind: ServedKind): string {
  const reversed = (kind.group || 'core').split('.').reverse().join('.');
  return `${reversed}.${kind.version}.${kind.kind}`;
}

/** Path of a kind's document below `/openapi/v3/`. */
const pathOf = (kind: ServedKind): string =>
  kind.group ? `apis/${kind.group}/${kind.version}` : `api/${kind.version}`;

const gvk = ({ group, version, kind }: ServedKind): JsonObject => ({
  group,
  version,
  kind,
});

const query = (name: string): JsonObject => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
});
const WRITE_PARAMETERS = [
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
].map(query);

function paths(kind: ServedKind): JsonObject {
  const root = kind.group
    ? `/apis/${kind.group}/${kind.version}`
    : `/api/${kind.version}`;
  const collection = `${root}${
    kind.namespaced ? '/namespaces/{namespace}' : ''
  }/${kind.plural}`;
  const operation = (action: string): JsonObject => ({
    operationId: `${action}${kind.kind}`,
    parameters: WRITE_PARAMETERS,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk(kind),
  });
  return {
    [collection]: { post: operation('post') },
    [`${collection}/{name}`]: {
      put: operation('put'),
      patch: operation('patch'),
    },
  };
}

/**
 * The OpenAPI v3 documents, as far as clients here read them: kubectl looks up which parameters a kind's writes take, and the schemas of
 * custom kinds. Built-in kinds have a schema that allows every field.
 */
export class OpenApi {
  readonly #registry: Registry;
  readonly #documents = new Map<string, { generation: number; text: string }>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** `/openapi/v3`: where the document of each group version is. */
  index(): JsonObject {
    const versions = new Set(this.#registry.all().map(kind => pathOf(kind)));
    const entries = [...versions].sort().map(path => {
      const hash = createHash('sha512')
        .update(this.document(path) ?? '')
        .digest('hex')
        .toUpperCase();
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
    });
    return { paths: Object.fromEntries(entries) };
  }

  /** The document of `api/v1` or `apis/<group>/<version>`, as JSON; undefined when it is not served. */
  document(path: string): string | undefined {
    const known = this.#documents.get(path);
    if (known?.generation === this.#registry.generation) return known.text;
    const kinds = this.#registry.all().filter(kind => pathOf(kind) === path);
    if (kinds.length === 0) return undefined;
    const schemas = kinds.map(kind => [
      schemaName(kind),
      {
        ...(kind.openApiSchema ?? {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
        }),
        'x-kubernetes-group-version-kind': [gvk(kind)],
      },
    ]);
    const text = JSON.stringify({
      openapi: '3.0.0',
      info: { title: 'Slipway sandbox', version: apiVersionOf(kinds[0]) },
      paths: Object.assign({}, ...kinds.map(paths)),
      components: { schemas: Object.fromEntries(schemas) },
    });
    this.#documents.set(path, { generation: this.#registry.generation, text });
    return text;
  }
}
