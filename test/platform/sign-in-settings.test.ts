import { expect, test } from '@jest/globals';
import { isLoopback } from '../../src/dashboard/guard.ts';
import { readConfig } from '../../src/platform/config.ts';
import { signInOf } from '../../src/platform/sign-in-settings.ts';

const whole = {
  GOOGLE_CLIENT_ID: 'id',
  GOOGLE_CLIENT_SECRET: 'secret',
  SIGN_IN_ALLOW: 'Mara@example.com=admin, example.com = viewer',
};
const read = (env: NodeJS.ProcessEnv) => signInOf(readConfig(env, '/nonexistent'), isLoopback);

test('there is no sign-in without a client, and all of it with one', () => {
  expect(read({})).toBeUndefined();
  expect(read(whole)).toMatchObject({
    origin: 'http://localhost:8080',
    allowed: [
      { who: 'mara@example.com', role: 'admin' },
      { who: 'example.com', role: 'viewer' },
    ],
  });
  const url = { DASHBOARD_PUBLIC_URL: 'https://agents.example.com/', DASHBOARD_HOST: '0.0.0.0' };
  expect(read({ ...whole, ...url })?.origin).toBe('https://agents.example.com');
});

test.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ['half a client', { GOOGLE_CLIENT_ID: 'id' }, /GOOGLE_CLIENT_SECRET: expected it too/],
  ['nobody on the list', { SIGN_IN_ALLOW: '' }, /SIGN_IN_ALLOW: expected at least one admin/],
  ['no admin', { SIGN_IN_ALLOW: 'a@example.com=viewer' }, /at least one admin/],
  ['a role that is none', { SIGN_IN_ALLOW: 'a@example.com=king' }, /not “a@example.com=king”/],
  ['everybody', { SIGN_IN_ALLOW: '*=admin' }, /not “\*=admin”/],
  ['no address for browsers', { DASHBOARD_HOST: '0.0.0.0' }, /DASHBOARD_PUBLIC_URL: expected the/],
  ['plain HTTP', { DASHBOARD_PUBLIC_URL: 'http://agents.example.com' }, /expected https/],
  ['another issuer', { SIGN_IN_ISSUER: 'https://evil.example' }, /SIGN_IN_ISSUER: expected/],
  ['HTTP to Google', { SIGN_IN_ISSUER: 'http://accounts.google.com' }, /SIGN_IN_ISSUER: expected/],
])('refuses %s', (what, env, message) => {
  const rest = what === 'half a client' ? {} : whole;
  expect(() => read({ ...rest, ...env })).toThrow(message);
});
