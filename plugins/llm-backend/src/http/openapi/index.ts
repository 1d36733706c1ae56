import { paths } from './paths';
import { schemas } from './schemas';

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
    schemas,
  },
  // Who asks is found out by the plugin, which answers 401 itself.
  security: [{}, { JWT: [] }],
  paths,
} as const;
