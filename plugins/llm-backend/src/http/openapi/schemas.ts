import { count, phase, text, time } from './types';

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
      asksBack: { type: 'boolean' },
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

/** What models look like in answers, and what an error does. */
export const schemas = {
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
      refusedItems: count,
      phaseCounts: { type: 'object', additionalProperties: count },
      owners: { type: 'array', items: text },
      nextCursor: text,
      revision: text,
      asOf: time,
      silentForMs: count,
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
} as const;
