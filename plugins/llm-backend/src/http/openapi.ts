/** A path segment that names a Kubernetes object. */
const objectName = {
  type: 'string',
  minLength: 1,
  maxLength: 253,
  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
} as const;

const pathParameter = <N extends string>(name: N, description: string) =>
  ({
    name,
    in: 'path',
    required: true,
    description,
    schema: objectName,
  } as const);

const namespaceParameter = pathParameter('namespace', "The model's namespace");
const nameParameter = pathParameter('name', "The model's metadata.name");

const errors = {
  '400': { $ref: '#/components/responses/Error' },
  '401': { $ref: '#/components/responses/Error' },
  '404': { $ref: '#/components/responses/Error' },
} as const;

const phase = {
  type: 'string',
  enum: ['Pending', 'Downloading', 'Starting', 'Ready', 'Degraded', 'Error'],
} as const;

const count = { type: 'integer', minimum: 0 } as const;
const text = { type: 'string' } as const;
const time = { type: 'string', description: 'ISO 8601 in UTC' } as const;

const summaryProperties = {
  uid: text,
  namespace: text,
  name: text,
  modelId: text,
  phase,
  stage: text,
  phaseSince: time,
  download: {
    type: 'object',
    required: ['bytesDone'],
    properties: { bytesDone: count, bytesTotal: count },
  },
  replicas: {
    type: 'object',
    required: ['ready', 'desired'],
    properties: { ready: count, desired: count },
  },
  gpus: {
    type: 'object',
    required: ['perReplica', 'total', 'type'],
    properties: { perReplica: count, total: count, type: text },
  },
  openTo: {
    type: 'object',
    required: ['everyone', 'groups'],
    properties: {
      everyone: { type: 'boolean' },
      groups: { type: 'array', items: text },
    },
  },
  endpoints: {
    type: 'object',
    properties: { external: text, internal: text },
  },
  access: { type: 'string', enum: ['open', 'on-request'] },
  myAccess: {
    type: 'object',
    required: ['state'],
    properties: {
      state: {
        type: 'string',
        enum: ['open', 'granted', 'requested', 'requestable', 'refused'],
      },
      because: {
        type: 'string',
        enum: [
          'user-blocked',
          'no-tenant',
          'tenant-suspended',
          'tenant-blocked',
          'model-blocked',
        ],
      },
      only: { type: 'string', enum: ['key', 'token'] },
      grantId: text,
      until: time,
      requestId: text,
    },
  },
  owner: text,
  createdAt: time,
} as const;

const summaryRequired = [
  'uid',
  'namespace',
  'name',
  'modelId',
  'phase',
  'stage',
  'replicas',
  'gpus',
  'openTo',
  'endpoints',
  'access',
  'createdAt',
] as const;

/**
 * The portal's HTTP API. Requests are validated against it; tests validate the answers too. Unknown query parameters are refused.
 */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'llm',
    version: '1',
    description:
      "Slipway's portal API: models, what happens to them, and who may call them.",
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  components: {
    securitySchemes: {
      JWT: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    },
    responses: {
      Error: {
        description: 'The request failed; the message says why',
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/Error' },
          },
        },
      },
    },
    schemas: {
      Error: {
        type: 'object',
        required: ['error', 'response'],
        properties: {
          error: {
            type: 'object',
            required: ['name', 'message'],
            properties: { name: text, message: text },
          },
          request: { type: 'object' },
          response: {
            type: 'object',
            required: ['statusCode'],
            properties: { statusCode: { type: 'integer' } },
          },
        },
      },
      ModelSummary: {
        type: 'object',
        required: summaryRequired,
        properties: summaryProperties,
      },
      ModelList: {
        type: 'object',
        additionalProperties: false,
        required: ['items', 'totalItems', 'phaseCounts', 'revision', 'asOf'],
        properties: {
          items: {
            type: 'array',
            items: { $ref: '#/components/schemas/ModelSummary' },
          },
          totalItems: count,
          phaseCounts: { type: 'object', additionalProperties: count },
          owners: { type: 'array', items: text },
          nextCursor: text,
          revision: text,
          asOf: time,
        },
      },
      ModelDetail: {
        type: 'object',
        required: [
          ...summaryRequired,
          'source',
          'generation',
          'conditions',
          'stages',
          'pods',
          'events',
          'objects',
        ],
        properties: {
          ...summaryProperties,
          source: {
            type: 'object',
            required: ['type', 'reference'],
            properties: {
              type: { type: 'string', enum: ['huggingface', 'oci'] },
              reference: text,
              revision: text,
            },
          },
          observedGeneration: count,
          generation: count,
          conditions: {
            type: 'array',
            items: {
              type: 'object',
              required: [
                'type',
                'status',
                'reason',
                'message',
                'lastTransitionTime',
              ],
            },
          },
          stages: {
            type: 'array',
            items: { type: 'object', required: ['name', 'state', 'text'] },
          },
          failure: {
            type: 'object',
            required: ['title', 'what', 'why', 'who', 'todo'],
          },
          pods: {
            type: 'array',
            items: {
              type: 'object',
              required: ['name', 'role', 'state', 'ready', 'gpus', 'restarts'],
            },
          },
          events: {
            type: 'array',
            items: { type: 'object', required: ['type', 'reason', 'message'] },
          },
          objects: {
            type: 'array',
            items: { type: 'object', required: ['apiVersion', 'kind', 'name'] },
          },
          addresses: summaryProperties.endpoints,
          caFile: text,
          token: { type: 'object', required: ['issuer'] },
        },
      },
    },
  },
  // Who asks is found out by the plugin, which answers 401 itself.
  security: [{}, { JWT: [] }],
  paths: {
    '/v1/models': {
      get: {
        operationId: 'ListModels',
        description: 'A page of the models that you may see.',
        parameters: [
          {
            name: 'search',
            in: 'query',
            description: 'Words that all occur in name, model id or owner',
            schema: { type: 'string', maxLength: 200 },
          },
          {
            name: 'phases',
            in: 'query',
            description: 'Only models in one of these phases',
            explode: false,
            schema: { type: 'array', items: phase, maxItems: 6 },
          },
          {
            name: 'access',
            in: 'query',
            schema: { type: 'string', enum: ['open', 'on-request'] },
          },
          {
            name: 'owner',
            in: 'query',
            description: 'Entity ref of the owner',
            schema: { type: 'string', maxLength: 200 },
          },
          {
            name: 'uids',
            in: 'query',
            description: 'Only the models with these uids',
            explode: false,
            schema: {
              type: 'array',
              items: { type: 'string', minLength: 1, maxLength: 64 },
              maxItems: 100,
            },
          },
          {
            name: 'sort',
            in: 'query',
            schema: { type: 'string', enum: ['name', 'phase', 'age', 'gpus'] },
          },
          {
            name: 'order',
            in: 'query',
            schema: { type: 'string', enum: ['asc', 'desc'] },
          },
          {
            name: 'limit',
            in: 'query',
            description: 'Most models on a page; 100 if absent',
            schema: { type: 'integer', minimum: 1, maximum: 500 },
          },
          {
            name: 'cursor',
            in: 'query',
            description: '`nextCursor` of the page before',
            schema: { type: 'string', maxLength: 2000 },
          },
        ],
        responses: {
          ...errors,
          '200': {
            description: 'A page of models',
            content: {
              'application/json': {
                schema: { $ref: '#/components/schemas/ModelList' },
              },
            },
          },
        },
      },
    },
    '/v1/models/{namespace}/{name}': {
      get: {
        operationId: 'GetModel',
        description:
          'Everything about one model. A model that does not exist and one that you may not see get the same answer.',
        parameters: [namespaceParameter, nameParameter],
        responses: {
          ...errors,
          '200': {
            description: 'The model',
            content: {
              'application/json': {
                schema: { $ref: '#/components/schemas/ModelDetail' },
              },
            },
          },
        },
      },
    },
    '/v1/models/{namespace}/{name}/pods/{pod}/logs': {
      get: {
        operationId: 'GetModelPodLogs',
        description: "The last lines of a container's log.",
        parameters: [
          namespaceParameter,
          nameParameter,
          pathParameter('pod', "The pod's name"),
          {
            name: 'container',
            in: 'query',
            schema: { type: 'string', maxLength: 63 },
          },
          {
            name: 'tailLines',
            in: 'query',
            description: '500 if absent',
            schema: { type: 'integer', minimum: 1, maximum: 5000 },
          },
          {
            name: 'previous',
            in: 'query',
            description: 'Of the container before its last restart',
            schema: { type: 'boolean' },
          },
        ],
        responses: {
          ...errors,
          '200': {
            description: 'The lines',
            content: { 'text/plain': { schema: text } },
          },
        },
      },
    },
    '/v1/models/{namespace}/{name}/objects/{kind}/{objectName}': {
      get: {
        operationId: 'GetModelObject',
        description: 'One of the objects that the operator made for the model.',
        parameters: [
          namespaceParameter,
          nameParameter,
          {
            name: 'kind',
            in: 'path',
            required: true,
            schema: {
              type: 'string',
              maxLength: 63,
              pattern: '^[A-Z][A-Za-z0-9]*$',
            },
          },
          pathParameter('objectName', "The object's name"),
        ],
        responses: {
          ...errors,
          '200': {
            description: 'The object as YAML',
            content: { 'application/yaml': { schema: text } },
          },
        },
      },
    },
  },
} as const;
