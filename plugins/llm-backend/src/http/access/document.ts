import { z } from 'zod';
import type { Route } from '../route';

type Json = Record<string, unknown>;

/** What every answer that is no success looks like. */
const failures = Object.fromEntries(
  ['400', '401', '403', '404', '409', '413'].map(status => [
    status,
    { $ref: '#/components/responses/Error' },
  ]),
);

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A name of your own for this very request: sent again within a day, it is answered as before and nothing is done twice. A secret is not told twice.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

/** The paths of an OpenAPI document that describe the routes. */
export function describeRoutes<C>(routes: Route<C>[]): Json {
  const paths: Record<string, Json> = {};
  for (const each of routes) {
    paths[each.path] = {
      ...paths[each.path],
      [each.method]: describeRoute(each),
    };
  }
  return paths;
}

function describeRoute<C>(route: Route<C>): Json {
  const { operationId, description, body } = route;
  return {
    operationId,
    description,
    parameters: [
      ...fields(route.params, 'path'),
      ...fields(route.query, 'query'),
      ...(route.method === 'post' ? [idempotencyKey] : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: { ...failures, ...success(route) },
  };
}

function success<C>({ answer }: Route<C>): Json {
  if (answer === undefined) {
    return { '204': { description: 'Done' } };
  }
  const content =
    answer === 'text/csv'
      ? { 'text/csv': { schema: { type: 'string' } } }
      : { 'application/json': { schema: schemaOf(answer, 'output') } };
  return { '200': { description: 'The answer', content } };
}

function fields(schema: z.ZodObject | undefined, place: 'path' | 'query') {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: schemaOf(field, 'input'),
  }));
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io });
  return json;
}
