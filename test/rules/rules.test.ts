import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { FailureType } from '../../src/contracts/failures.ts';
import { mostBounced } from '../../src/rules/bounces.ts';
import { errorClassOf } from '../../src/rules/classify.ts';
import { rootFailureOf } from '../../src/rules/failure.ts';
import { isWorthAnotherMethod, triesOf } from '../../src/rules/method.ts';

const mailbox = (emailAccount: string, sent: number, bounced: number) => ({
  emailAccount,
  sent,
  bounced,
});

test('names the mailboxes above the bounce limit, not the one exactly on it', () => {
  const mailboxes = [mailbox('on@example.com', 100, 5), mailbox('above@example.com', 100, 6)];
  expect(mostBounced(mailboxes, 0.05)).toEqual([
    { emailAccount: 'above@example.com', bounceRate: 0.06 },
  ]);
});

test('a mailbox that sent nothing is never named, and the worst comes first', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (pairs, limit) => {
        const named = mostBounced(
          pairs.map(([sent, bounced], index) => mailbox(`m${index}`, sent, bounced)),
          limit,
        );
        expect(named.length).toBeLessThanOrEqual(20);
        expect(
          named.every((each) => each.bounceRate > limit && Number.isFinite(each.bounceRate)),
        ).toBe(true);
        expect(named.map((each) => each.bounceRate)).toEqual(
          named.map((each) => each.bounceRate).sort((a, b) => b - a),
        );
      },
    ),
  );
});

test('every failure type has a class, and what nobody foresaw is unknown', () => {
  for (const type of Object.values(FailureType)) expect(errorClassOf(type)).not.toBe('unknown');
  expect(errorClassOf('SomethingElse')).toBe('unknown');
  expect(errorClassOf(undefined)).toBe('unknown');
  expect(errorClassOf('toString')).toBe('unknown');
});

test('only what the vendor no longer accepts is worth another method', () => {
  expect(isWorthAnotherMethod('TooLarge')).toBe(true);
  expect(isWorthAnotherMethod('Gone')).toBe(true);
  expect(isWorthAnotherMethod('VendorUnavailable')).toBe(false);
  expect(isWorthAnotherMethod('CredentialRejected')).toBe(false);
  expect(isWorthAnotherMethod(undefined)).toBe(false);
});

test('a canary is one try ahead of what memory allows everybody, with the numbers of everybody', () => {
  const heeded = [
    { lesson: 'L-0001', rule: { kind: 'prefer', method: 'b' }, why: '', status: 'active' },
  ] as const;
  const plain = { methods: ['b', 'a'], tunables: { chunkSize: 50 }, heeded };
  const canary = { kind: 'lesson', lesson: 'L-0002' } as const;
  const tries = triesOf({ ...plain, tunables: { chunkSize: 200 }, canary }, plain);
  expect(tries.map(({ method, tunables, obeyed }) => [method, tunables.chunkSize, obeyed])).toEqual(
    [
      ['b', 200, ['L-0001']],
      ['b', 50, ['L-0001']],
      ['a', 50, []],
    ],
  );
  expect(tries.map(({ isCanary }) => isCanary)).toEqual([true, false, false]);
  expect(triesOf({ ...plain, canary }, plain).map(({ method }) => method)).toEqual(['b', 'a']);
  expect(triesOf(plain).some(({ isCanary }) => isCanary)).toBe(false);
});

test('the root of a failure is the innermost typed cause, with the innermost words', () => {
  const vendor = ApplicationFailure.create({ message: 'too many', type: 'RateLimited' });
  const wrapped = new Error('activity failed', { cause: vendor });
  expect(rootFailureOf(wrapped)).toEqual({ failure: 'RateLimited', message: 'too many' });
  expect(rootFailureOf('a string')).toEqual({ failure: 'unknown', message: 'a string' });
  const deeper = ApplicationFailure.create({
    message: 'outer',
    type: 'VendorUnavailable',
    cause: ApplicationFailure.create({ message: 'socket closed', type: 'TypeError' }),
  });
  expect(rootFailureOf(deeper)).toEqual({ failure: 'VendorUnavailable', message: 'socket closed' });
});
