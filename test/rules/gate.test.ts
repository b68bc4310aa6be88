import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Lesson, Rule } from '../../src/contracts/memory.ts';
import { objectionTo } from '../../src/rules/gate.ts';
import { triesOf } from '../../src/rules/method.ts';
import { nothingKnown, recordOf, type Memory } from '../../src/rules/memory.ts';
import type { MethodRecord } from '../../src/rules/record.ts';
import { canaryWanted, decide } from '../../src/rules/obey.ts';
import { observation } from '../support/observations.ts';

const scope = { capability: 'instantly.daily-analytics', account: 'tour' };
const at = '2026-05-05T12:00:00.000Z';
const declared = {
  id: scope.capability,
  effect: 'upsert' as const,
  methods: [{ id: 'whole-workspace' }, { id: 'in-chunks' }],
  tunables: { chunkSize: { default: 200, min: 10, max: 200 } },
};
const lesson = (rule: Rule, more: Partial<Lesson> = {}): Lesson => ({
  ...{ id: 'L-0001', ...scope, rule, why: 'It failed', runs: 1, seenIn: [], helped: 0, harmed: 0 },
  ...{ firstSeen: at, lastSeen: at, expires: '2026-05-06T12:00:00.000Z', renewals: 0 },
  status: 'active',
  ...more,
});
const record = (method: string, more: Partial<MethodRecord> = {}): MethodRecord => ({
  ...recordOf(nothingKnown, { ...scope, method, at }),
  ...more,
});
const memory = (lessons: readonly Lesson[], records: readonly MethodRecord[] = []): Memory => ({
  ...{ seq: 1, nextLesson: 9, lessons, records },
});
const objection = (next: Memory, more: Partial<Parameters<typeof objectionTo>[0]> = {}) =>
  objectionTo({ live: nothingKnown, next, evidence: [], capabilities: [declared], at, ...more });

const avoid = (method: string) => ({ kind: 'avoid', method }) as const;
const failing = {
  failing: [
    {
      ...{ at, type: 'Gone', isWitnessed: true, isPaired: true },
      seenIn: { workflowId: 'w', runId: 'r', eventId: 1 },
    },
  ],
};

test('refuses to forbid what went well and has not failed since, unless a person says so', () => {
  const next = memory([lesson(avoid('whole-workspace'))]);
  const worked = observation({ run: 'a', at: '2026-05-05T10:00:00.000Z' });
  const failed = (time: string) => observation({ run: 'b', failure: 'Gone', at: time });
  expect(objection(next, { evidence: [worked] })).toContain('went well at 2026-05-05T10:00');
  const before = [worked, failed('2026-05-05T09:00:00.000Z')];
  expect(objection(next, { evidence: before })).toContain('has not failed since');
  expect(objection(next, { evidence: [worked, failed('2026-05-05T11:00:00.000Z')] })).toBeNull();
  const pinned = memory([lesson(avoid('whole-workspace'), { status: 'pinned' })]);
  expect(objection(pinned, { evidence: [worked] })).toBeNull();
  expect(objection(next, { evidence: [worked], live: next })).toBeNull();
});

test('leaves a capability without a method only when each of them has failed', () => {
  const both = [lesson(avoid('whole-workspace')), lesson(avoid('in-chunks'), { id: 'L-0002' })];
  const broken = [record('whole-workspace', failing)];
  expect(objection(memory(both, broken))).toContain('though in-chunks has not failed');
  expect(objection(memory(both, [...broken, record('in-chunks', failing)]))).toBeNull();
});

test('keeps numbers within what is declared', () => {
  const bound = (value: number): Rule => ({
    ...{ kind: 'bound', tunable: 'chunkSize', side: 'at-most', value },
  });
  expect(objection(memory([lesson(bound(10))]))).toBeNull();
  expect(objection(memory([lesson(bound(9))]))).toContain('10 to 200 are declared');
});

test('takes no first choice that costs plainly more than the one before', () => {
  const prefer = lesson({ kind: 'prefer', method: 'in-chunks' });
  const well = { good: 1, bad: 0, badMs: 0 };
  const costs = (ms: number) => [
    record('whole-workspace', { workedRuns: 3, recent: { ...well, goodMs: 100 } }),
    record('in-chunks', { workedRuns: 3, recent: { ...well, goodMs: ms } }),
  ];
  expect(objection(memory([prefer], costs(125)))).toBeNull();
  expect(objection(memory([prefer], costs(126)))).toContain('would cost 126%');
});

const methods = ['a', 'b', 'c'];
const anyRule = fc.oneof(
  fc.record({ kind: fc.constant('avoid' as const), method: fc.constantFrom(...methods, 'gone') }),
  fc.record({ kind: fc.constant('prefer' as const), method: fc.constantFrom(...methods) }),
  fc.record({
    kind: fc.constant('bound' as const),
    tunable: fc.constant('chunkSize'),
    side: fc.constantFrom('at-most' as const, 'at-least' as const),
    value: fc.integer({ min: 1, max: 300 }),
  }),
);
const anyLessons = fc
  .array(
    fc.record({
      rule: anyRule,
      expires: fc.constantFrom(null, '2026-05-04T00:00:00.000Z', '2026-05-09T00:00:00.000Z'),
      status: fc.constantFrom('active' as const, 'pinned' as const, 'deprecated' as const),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map(({ rule, ...more }, n) => lesson(rule, { ...more, id: `L-00${10 + n}` })));

test('no way of trying goes against a constraint, but for the canary and a harmless last resort', () => {
  fc.assert(
    fc.property(
      anyLessons,
      fc.constantFrom('read' as const, 'upsert' as const, 'send' as const, 'destroy' as const),
      fc.boolean(),
      (lessons, effect, isGranted) => {
        const one = { ...declared, effect, methods: methods.map((id) => ({ id })) };
        const plain = decide(one, lessons, at);
        const canary = isGranted ? canaryWanted(one, lessons, {}, at) : null;
        const tries = canary ? triesOf(decide(one, lessons, at, canary), plain) : triesOf(plain);
        const refused = lessons.flatMap(({ rule }) => (rule.kind === 'avoid' ? [rule.method] : []));
        const against = tries.filter(({ method }) => refused.includes(method));
        const resort = plain.isLastResort ? plain.methods : [];
        expect(against.filter(({ isCanary }) => isCanary).length).toBeLessThanOrEqual(1);
        expect(
          against.filter(({ isCanary, method }) => !isCanary && !resort.includes(method)),
        ).toEqual([]);
        if (plain.isLastResort) {
          expect(['read', 'upsert']).toContain(effect);
          expect(methods.filter((method) => !refused.includes(method))).toEqual([]);
        }
        const deprecated = lessons.flatMap(({ rule, status }) =>
          rule.kind === 'avoid' && status === 'deprecated' ? [rule.method] : [],
        );
        expect(tries.filter(({ method }) => deprecated.includes(method))).toEqual([]);
        for (const { tunables } of tries) {
          expect(tunables.chunkSize).toBeGreaterThanOrEqual(10);
          expect(tunables.chunkSize).toBeLessThanOrEqual(200);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
