import { z } from 'zod';
import { ApiError } from '../contracts/api.ts';
import { version } from '../platform/version.ts';
import type { Route } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

/** The HTTP API as an OpenAPI 3.1 document: the same routes and schemas that the server checks with. */
export function openApi(routes: readonly Route[]): Json {
  const schemas: Record<string, Json> = {};
  /** Puts a schema among the components; what it refers to within itself goes there beside it. */
  const refTo = (name: string, schema: z.ZodType, io: 'input' | 'output'): Json => {
    const {
      $schema: _,
      $defs = {},
      ...own
    } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
    for (const [key, each] of Object.entries({ [name]: own, ...named($defs, name) })) {
      schemas[key] = z
        .record(z.string(), z.unknown())
        .parse(
          JSON.parse(JSON.stringify(each), (at, value: unknown) =>
            at === '$ref' && typeof value === 'string' ? pointerTo(name, value) : value,
          ),
        );
    }
    return { $ref: pointerTo(name, '#') };
  };
  const json = (schema: Json) => ({ 'application/json': { schema } });
  const refused = { description: 'Refused', content: json(refTo('ApiError', ApiError, 'output')) };

  function operationOf(route: Route): Json {
    const id = operationIdOf(route);
    const { upload, query = upload?.query, body = upload?.body } = route;
    const lists = (upload?.types ?? []).map(
      (type) => [type, { schema: { type: 'string' } }] as const,
    );
    const file = { [route.file ?? '']: { schema: { type: 'string' } } };
    const content = route.answer ? json(refTo(`${id}-answer`, route.answer, 'output')) : file;
    return {
      operationId: id,
      tags: [tagOf(route)],
      summary: route.does,
      description: route.role === 'anyone' ? 'For anyone.' : `Needs the role ${route.role}.`,
      'x-role': route.role,
      security: route.role === 'anyone' ? [] : [{ session: [] }, { token: [] }],
      parameters: [...pathParameters(route.path), ...(query ? queryParameters(query) : [])],
      ...(body && {
        requestBody: {
          required: true,
          content: { ...json(refTo(`${id}-body`, body, 'input')), ...Object.fromEntries(lists) },
        },
      }),
      responses: {
        ...(route.answer || route.file
          ? { '2XX': { description: 'Done', content } }
          : { '204': { description: 'Done' } }),
        default: refused,
      },
    };
  }

  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Agentic OS',
      version,
      description:
        'What the dashboard’s pages read and change. Times are ISO 8601 in UTC, rates shares from 0 to 1.',
    },
    security: [{ session: [] }, { token: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'agentic',
          description: 'A person who has signed in; changes also carry the header x-csrf-token.',
        },
        token: { type: 'http', scheme: 'bearer', description: 'Made by `agentic tokens create`.' },
      },
    },
  };
}

const operationIdOf = ({ method, path }: Route): string =>
  [
    method,
    ...path
      .replace(/^\/api/, '')
      .split(/\W+/)
      .slice(1),
  ].join('-');

const tagOf = ({ path }: Route): string => /^(?:\/api)?\/([\w-]+)/.exec(path)?.[1] ?? 'other';

const named = (definitions: Json, name: string): Json =>
  Object.fromEntries(Object.entries(definitions).map(([key, each]) => [`${name}-${key}`, each]));

/** A reference within one schema, as one within the document. */
const pointerTo = (name: string, ref: string): string =>
  `#/components/schemas/${name}${ref.replace('#/$defs/', '-').replace(/^#$/, '')}`;

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters(query: z.ZodType): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, {
    io: 'input',
    unrepresentable: 'any',
  });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}
