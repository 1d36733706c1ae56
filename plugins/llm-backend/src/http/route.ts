import { InputError } from '@backstage/errors';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';

type Fields = z.ZodObject;
type Parsed<S extends Fields | undefined> = S extends Fields
  ? z.infer<S>
  : undefined;

/** What a handler gets: everything that the client sent, checked. */
export interface Asked<
  C,
  P extends Fields | undefined,
  Q extends Fields | undefined,
  B extends Fields | undefined,
> {
  caller: C;
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  idempotencyKey?: string;
}

/** A route: what it takes, what it answers, and who does it. The OpenAPI document and the router are both made of it. */
export interface RouteDefinition<
  C,
  P extends Fields | undefined,
  Q extends Fields | undefined,
  B extends Fields | undefined,
  A,
> {
  method: 'get' | 'post' | 'delete';
  /** As in OpenAPI: `/v1/keys/{id}`. */
  path: string;
  operationId: string;
  description: string;
  params?: P;
  query?: Q;
  body?: B;
  /** What it answers; `text/csv` for a file, nothing for 204. */
  answer?: z.ZodType<A> | 'text/csv';
  /** Whether the answer holds a secret: then no cache on the way may keep it. */
  secret?: boolean;
  /** Whether it is answered while models and tenants are not known: what takes access away needs the database only. */
  withoutCluster?: boolean;
  handle(asked: Asked<C, P, Q, B>): Promise<A>;
}

/** A route whose types are its own business. */
export interface Route<C> {
  method: RouteDefinition<
    C,
    undefined,
    undefined,
    undefined,
    unknown
  >['method'];
  path: string;
  operationId: string;
  description: string;
  params?: Fields;
  query?: Fields;
  body?: Fields;
  answer?: z.ZodType | 'text/csv';
  secret?: boolean;
  withoutCluster?: boolean;
  /** Answers a request. */
  serve(request: Request, response: Response, caller: C): Promise<void>;
}

/** Defines routes for one kind of caller. */
export function routesFor<C>() {
  // The compiler can't follow from a schema to what it parses; the signature that is seen outside does.
  function route<
    P extends Fields | undefined = undefined,
    Q extends Fields | undefined = undefined,
    B extends Fields | undefined = undefined,
    A = void,
  >(definition: RouteDefinition<C, P, Q, B, A>): Route<C>;
  function route({
    handle,
    ...shape
  }: Omit<Route<C>, 'serve'> & {
    handle(asked: {
      caller: C;
      params: unknown;
      query: unknown;
      body: unknown;
      idempotencyKey?: string;
    }): Promise<unknown>;
  }): Route<C> {
    return {
      ...shape,
      serve: async (request, response, caller) => {
        const answer = await handle({
          caller,
          params: parse(shape.params, request.params, 'path'),
          query: parse(shape.query, request.query, 'query'),
          body: parse(shape.body, request.body, 'body'),
          idempotencyKey: request.header('Idempotency-Key'),
        });
        send(response, shape, answer);
      },
    };
  }
  return route;
}

function send<C>(
  response: Response,
  shape: Pick<Route<C>, 'answer' | 'secret'>,
  answer: unknown,
): void {
  if (shape.secret) {
    response.setHeader('Cache-Control', 'no-store');
  }
  if (shape.answer === undefined) {
    response.status(204).end();
  } else if (shape.answer === 'text/csv') {
    response.type('text/csv').send(answer);
  } else {
    response.json(answer);
  }
}

/** Adds routes to a router. Who asks is found out before anything that she sent is looked at. */
export function addRoutes<C>(
  router: Router,
  routes: Route<C>[],
  callerOf: (request: Request) => Promise<C>,
): void {
  for (const each of routes) {
    const path = each.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[each.method](path, async (request, response) => {
      await each.serve(request, response, await callerOf(request));
    });
  }
}

function parse(
  schema: Fields | undefined,
  value: unknown,
  where: 'path' | 'query' | 'body',
): unknown {
  if (schema === undefined) {
    checkNothing(value, where);
    return undefined;
  }
  if (where === 'body' && !isObject(value)) {
    throw new InputError(
      'body: a JSON object is needed, with Content-Type application/json.',
    );
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new InputError(inWords(parsed.error.issues, schema));
  }
  return parsed.data;
}

function checkNothing(value: unknown, where: string): void {
  const [field] = isObject(value) ? Object.keys(value) : [];
  if (field !== undefined && where !== 'path') {
    throw new InputError(`${where}: ${field} is not known here. Leave it out.`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong, by field, without repeating what was sent: it could be a secret. */
function inWords(issues: z.core.$ZodIssue[], schema: Fields): string {
  return issues
    .slice(0, 5)
    .map(issue => {
      const path = issue.path.join('.');
      if (issue.code === 'unrecognized_keys') {
        const at = path === '' ? '' : `${path}.`;
        const known =
          path === ''
            ? ` There are: ${Object.keys(schema.shape).join(', ')}.`
            : '';
        return `${at}${issue.keys
          .join(', ')
          .slice(0, 200)}: no such field.${known}`;
      }
      return `${path}: ${issue.message}.`;
    })
    .join(' ');
}
