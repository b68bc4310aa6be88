import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApiTokens } from '../../src/platform/api-tokens.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  env = envOf(world);
});
afterAll(() => world.close());

const reason = ['--reason', 'nightly import'];

test('a token is made once, listed without its secret, and revoked, each with an audit row', async () => {
  expect((await agentic(['tokens', 'list'], { env })).err).toContain('No token was made yet');
  const create = ['tokens', 'create', 'nightly', '--role', 'operator', '--days', '30', ...reason];
  const made = await agentic(create, { env });
  expect(made.code).toBe(0);
  expect(made.out).toMatch(/^agentic_[\w-]{43}\n$/);
  expect(made.err).toContain('shown once');
  const secret = made.out.trim();
  const tokens = createApiTokens(world.database);
  expect(await tokens.find(secret)).toEqual({ name: 'nightly', role: 'operator' });

  const again = await agentic(create, { env });
  expect([again.code, again.out]).toEqual([2, '']);
  expect(again.err).toContain('in use');
  const list = await agentic(['tokens', 'list'], { env });
  expect(list.out).toMatch(/nightly +operator +cli:.* in use/);
  expect(list.out).not.toContain(secret);

  expect((await agentic(['tokens', 'revoke', 'nightly', ...reason], { env })).code).toBe(0);
  expect(await tokens.find(secret)).toBeUndefined();
  const noted = await world.database
    .sql`select action, target, reason, "from" from audit order by id`;
  expect(noted).toEqual(
    ['token.create', 'token.revoke'].map((action) => ({
      ...{ action, target: 'nightly', reason: 'nightly import', from: 'cli' },
    })),
  );
});

test.each<[string, string[], RegExp]>([
  ['a role that is none', ['create', 'x', '--role', 'king', ...reason], /--role: /],
  ['more than a year', ['create', 'x', '--role', 'viewer', '--days', '400', ...reason], /--days: /],
  [
    'days in words',
    ['create', 'x', '--role', 'viewer', '--days', 'ten', ...reason],
    /whole number/,
  ],
  ['a name with signs', ['create', 'a/b', '--role', 'viewer', ...reason], /<name>: /],
  ['no reason', ['create', 'x', '--role', 'viewer'], /--reason/],
  ['a name that nobody has', ['revoke', 'nobody', ...reason], /No token in use is called nobody/],
])('refuses %s', async (_, args, message) => {
  const { code, err, out } = await agentic(['tokens', ...args], { env });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(message);
});
