import { expect, test } from '@jest/globals';
import type { Allowed, Role } from '../../src/contracts/sign-in.ts';
import { isEnough, roleOf } from '../../src/rules/roles.ts';

const allowed: readonly Allowed[] = [
  { who: 'mara@example.com', role: 'admin' },
  { who: 'example.com', role: 'viewer' },
];
const role = (email: string, domain: string | null, given: Role | 'none' | null = null) =>
  roleOf({ email, domain, given }, allowed);

test('an address in the settings goes before an admin’s word, which goes before the organisation', () => {
  expect(role('mara@example.com', null, 'none')).toEqual({ role: 'admin', by: 'settings' });
  expect(role('ola@example.com', 'example.com', 'operator')).toEqual({
    role: 'operator',
    by: 'list',
  });
  expect(role('ola@example.com', 'example.com', 'none')).toEqual({ role: null, by: 'list' });
  expect(role('ola@example.com', 'example.com')).toEqual({ role: 'viewer', by: 'domain' });
});

test('an address of the organisation that Google does not vouch for is nobody', () => {
  expect(role('ola@example.com', null)).toEqual({ role: null, by: 'nobody' });
  expect(role('ola@sub.example.com', 'sub.example.com')).toEqual({ role: null, by: 'nobody' });
});

test('a role may what those before it may, not what those after it may', () => {
  expect(isEnough('operator', 'viewer')).toBe(true);
  expect(isEnough('operator', 'operator')).toBe(true);
  expect(isEnough('operator', 'admin')).toBe(false);
});
