import { expect, test } from '@jest/globals';
import { EffectState, EffectVerdict } from '../../src/contracts/effects.ts';
import {
  afterAbsence,
  isDefiniteRefusal,
  nextStep,
  objectionTo,
  type EffectFacts,
} from '../../src/rules/effect.ts';

const facts = (some: Partial<EffectFacts>): EffectFacts => ({
  state: 'intent',
  isSameRequest: true,
  isLeased: false,
  isQuarantined: false,
  ...some,
});

test.each<[string, Partial<EffectFacts>, boolean, string]>([
  ['an intention that somebody holds', { state: 'intent', isLeased: true }, true, 'wait'],
  ['an intention that nobody holds any more', { state: 'intent' }, false, 'send'],
  ['a call under way', { state: 'sending', isLeased: true }, true, 'wait'],
  ['a call whose sender vanished', { state: 'sending', isQuarantined: true }, true, 'look-up'],
  ['one at a vendor that cannot be asked', { state: 'sending' }, false, 'give-up'],
  ['one that is done', { state: 'done' }, false, 'answer-done'],
  ['one that was refused', { state: 'refused' }, true, 'answer-refused'],
  ['one that nobody can tell of', { state: 'unknown' }, true, 'answer-unknown'],
])('%s', (_, some, canLookUp, step) => {
  expect(nextStep(facts(some), canLookUp)).toBe(step);
});

test('another request behind the same key is rejected, unless none was ever sent', () => {
  for (const state of EffectState.options) {
    const step = nextStep(facts({ state, isSameRequest: false }), true);
    expect([state, step]).toEqual([state, state === 'intent' ? 'send' : 'reject']);
  }
});

test('only a vendor that said no, or was never asked, certainly did nothing', () => {
  expect(['InvalidRequest', 'VendorUnreachable', 'NotAllowed'].every(isDefiniteRefusal)).toBe(true);
  expect(['VendorSilent', 'VendorUnavailable', 'MalformedAnswer'].some(isDefiniteRefusal)).toBe(
    false,
  );
  expect(isDefiniteRefusal(undefined)).toBe(false);
});

test('only absence after the quarantine lets it be sent again', () => {
  expect(afterAbsence({ isQuarantined: true })).toBe('wait');
  expect(afterAbsence({ isQuarantined: false })).toBe('send');
});

test('a person may settle what is unknown, refused or left behind, but not what is done or under way', () => {
  for (const verdict of EffectVerdict.options) {
    expect(objectionTo(verdict, facts({ state: 'unknown' }))).toBeNull();
    expect(objectionTo(verdict, facts({ state: 'done' }))).toMatch(/that stands/);
    const held = facts({ state: 'sending', isLeased: true, isQuarantined: true });
    expect(objectionTo(verdict, held)).toMatch(/lease/);
    expect(objectionTo(verdict, { ...held, isLeased: false })).toMatch(/quarantine/);
    expect(objectionTo(verdict, facts({ state: 'sending' }))).toBeNull();
  }
  expect(objectionTo('not-done', facts({ state: 'refused' }))).toBeNull();
  expect(objectionTo('leave-out', facts({ state: 'refused' }))).toMatch(/refused already/);
});
