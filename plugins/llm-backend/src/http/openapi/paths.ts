import { phase, text } from './types';

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

/** The paths about models. */
export const paths = {
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
          description:
            '`open`: those that you may call without a grant, and none that refuses every call of yours',
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
} as const;
