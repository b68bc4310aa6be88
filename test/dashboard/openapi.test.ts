import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
});

const Schema = z.record(z.string(), z.unknown());
const Content = z.record(z.string(), z.strictObject({ schema: Schema }));
const Parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
  schema: Schema,
});
const Operation = z.strictObject({
  operationId: z.string().regex(/^[\w-]+$/),
  tags: z.array(z.string()).length(1),
  summary: z.string().min(5),
  description: z.string(),
  'x-role': z.enum(['anyone', 'viewer', 'operator', 'admin']),
  security: z.array(z.record(z.enum(['session', 'token']), z.array(z.never())).or(z.object({}))),
  parameters: z.array(Parameter),
  requestBody: z.strictObject({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(
    z.string().regex(/^(2XX|204|default)$/),
    z.strictObject({ description: z.string(), content: Content.optional() }),
  ),
});
/** The parts of OpenAPI 3.1 that we use, as its specification has them. */
const OpenApi = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  security: z.array(z.unknown()),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'delete']), Operation),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), Schema),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })),
  }),
});

test('describes every route by the schemas that the server checks with', async () => {
  const { status, body } = await dashboard.get('/api/openapi.json');
  expect(status).toBe(200);
  const document = OpenApi.parse(body);

  const operations = Object.entries(document.paths).flatMap(([path, each]) =>
    Object.entries(each).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(operations.map(({ path, method }) => `${method} ${path}`).sort()).toEqual(
    dashboard.routes
      .map(({ path, method }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
      .sort(),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);

  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = operation.parameters.filter((each) => each.in === 'path');
    expect(declared.map(({ name }) => name)).toEqual(inPath);
  }
  const { schemas } = document.components;
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => ref);
  expect(refs.length).toBeGreaterThan(100);
  for (const ref of refs) {
    const name = /^#\/components\/schemas\/([\w.-]+)$/.exec(ref ?? '')?.[1];
    expect(Object.keys(schemas)).toContain(name);
  }
});

test('its schemas refuse what the server refuses', async () => {
  const document = OpenApi.parse((await dashboard.get('/api/openapi.json')).body);
  const schemaOf = (name: string) => z.fromJSONSchema(document.components.schemas[name] ?? {});
  const body = schemaOf('post-runs-body');
  expect(body.safeParse({ capability: 'instantly.daily-analytics' }).success).toBe(true);
  expect(body.safeParse({ capability: 7 }).success).toBe(false);
  expect(body.safeParse({ capability: 'x', nonsense: true }).success).toBe(false);

  const status = (await dashboard.get('/api/status')).body;
  expect(schemaOf('get-status-answer').safeParse(status).success).toBe(true);
  expect(schemaOf('get-runs-answer').safeParse(status).success).toBe(false);
});
