/** Where a model is on its way. */
export const phase = {
  type: 'string',
  enum: ['Pending', 'Downloading', 'Starting', 'Ready', 'Degraded', 'Error'],
} as const;

/** A number of things. */
export const count = { type: 'integer', minimum: 0 } as const;
/** Any text. */
export const text = { type: 'string' } as const;
/** A moment. */
export const time = { type: 'string', description: 'ISO 8601 in UTC' } as const;
