import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Lesson, Observation } from '../../src/contracts/memory.ts';
import { learn } from '../../src/rules/learn.ts';
import { isLapsed } from '../../src/rules/lesson.ts';
import { nothingKnown } from '../../src/rules/memory.ts';
import { canaryWanted, decide } from '../../src/rules/obey.ts';
import { lesson } from '../support/lessons.ts';
import { at, declared, memoryOf, rules, seen, Failures } from '../support/memory.ts';

const hour = 3_600_000;

describe('what memory learns', () => {
  test('a method that is gone is avoided after one run in which another one did the work', () => {
    const memory = memoryOf([
      seen({ run: 1, failure: 'Gone' }),
      seen({ run: 1, method: 'one-by-one', hours: 1.01 }),
    ]);
    expect(rules(memory)).toEqual([
      { kind: 'avoid', method: 'bulk' },
      { kind: 'prefer', method: 'one-by-one' },
    ]);
    expect(decide(declared, memory.lessons, at(2)).methods).toEqual(['one-by-one', 'by-folder']);
  });

  test('an outage that hits everything forbids nothing, whatever it calls itself', () => {
    const memory = memoryOf([
      ...[1, 2, 3].map((run) => seen({ run, failure: 'Gone' })),
      ...[4, 5, 6].map((run) => seen({ run, method: 'one-by-one', failure: 'InvalidRequest' })),
    ]);
    expect(rules(memory).filter(({ kind }) => kind !== 'warn')).toEqual([]);
  });

  test('a refusal is believed from the second independent run on, and not after a success between', () => {
    const one = [
      seen({ run: 1, failure: 'InvalidRequest' }),
      seen({ run: 1, method: 'one-by-one', hours: 1.01 }),
    ];
    const two = [
      seen({ run: 2, failure: 'InvalidRequest' }),
      seen({ run: 2, method: 'one-by-one', hours: 2.01 }),
    ];
    expect(rules(memoryOf(one))).toEqual([]);
    expect(rules(memoryOf(one, two))).toContainEqual({ kind: 'avoid', method: 'bulk' });
    expect(rules(memoryOf(one, [seen({ run: 3, hours: 1.5 })], two))).toEqual([]);
  });

  test('a lapsed ban holds for all but the canary; its failure doubles the time, its success ends it', () => {
    const banned = memoryOf([
      seen({ run: 1, failure: 'Gone' }),
      seen({ run: 1, method: 'one-by-one', hours: 1.01 }),
    ]);
    const [lesson] = banned.lessons;
    if (!lesson) throw new Error('no lesson');
    const later = at(40);
    expect(isLapsed(lesson, later)).toBe(true);
    expect(decide(declared, banned.lessons, later).methods).not.toContain('bulk');
    const wanted = canaryWanted(declared, banned.lessons, {}, later);
    expect(wanted).toEqual({ kind: 'lesson', lesson: lesson.id });
    expect(decide(declared, banned.lessons, later, wanted).methods[0]).toBe('bulk');

    const again = learn(
      banned,
      {
        kind: 'observed',
        seq: 2,
        at: later,
        observations: [seen({ run: 2, hours: 40, failure: 'Gone' })],
      },
      () => undefined,
    );
    const heldMs = Date.parse(again.lessons[0]?.expires ?? '') - Date.parse(later);
    expect(heldMs).toBeGreaterThan(40 * hour);
    const back = learn(
      again,
      { kind: 'observed', seq: 3, at: at(120), observations: [seen({ run: 3, hours: 120 })] },
      () => undefined,
    );
    expect(rules(back)).not.toContainEqual({ kind: 'avoid', method: 'bulk' });
  });

  test('a method that is preferred for what another could not says so only until that one is back', () => {
    const gone = [
      seen({ run: 1, failure: 'Gone' }),
      seen({ run: 1, method: 'one-by-one', hours: 1.01, tookMs: 100 }),
    ];
    const back = (run: number, tookMs: number) => [seen({ run, hours: run * 10, tookMs })];
    const own = [seen({ run: 90, hours: 90, method: 'one-by-one', tookMs: 100 })];
    const whyAfter = (...batches: readonly (readonly Observation[])[]) =>
      memoryOf(gone, ...batches).lessons.find(({ rule }) => rule.kind === 'prefer')?.why;

    expect(whyAfter()).toBe('It did the work where bulk could not');
    expect(whyAfter(back(4, 105))).toBe('bulk works again, but has yet to show what a task takes');
    const three = [back(4, 105), back(5, 105), back(6, 105)];
    expect(whyAfter(...three, own)).toBe('bulk takes about as much, which is not worth a change');
    const dear = [back(4, 400), back(5, 400), back(6, 400)];
    expect(whyAfter(...dear, own)).toBe('It does a task for 25% of what bulk takes');
    // still gone: the reason holds
    expect(whyAfter(own)).toBe('It did the work where bulk could not');
  });

  test('a number the vendor took instead becomes a bound, and the next run asks for no more', () => {
    const memory = memoryOf([seen({ run: 1, accepted: 50 })]);
    expect(decide(declared, memory.lessons, at(2)).tunables).toEqual({ chunkSize: 50 });
    expect(memory.lessons[0]?.why).toBe('The vendor did not take 200, and took 50');
  });

  test('where there is no room for all, what a person said stays, and what was seen longest ago goes', () => {
    const lessons = Array.from({ length: 201 }, (_, n) => ({
      ...lesson({ id: `L-${1_000 + n}`, capability: 'practice.wait', account: `a${1_000 + n}` }),
      lastSeen: at(n),
      ...(n === 0 ? { status: 'deprecated' as const, expires: null } : {}),
    }));
    const entry = { kind: 'observed' as const, seq: 1, at: at(1), observations: [] };
    const { lessons: kept } = learn({ ...nothingKnown, lessons }, entry, () => undefined);
    expect(kept).toHaveLength(200);
    expect(kept.map(({ id }) => id)).not.toContain('L-1001');
    expect(kept[0]).toMatchObject({ id: 'L-1000', status: 'deprecated' });
  });
});

const Histories = fc.array(
  fc.record({
    run: fc.nat(30),
    hours: fc.double({ min: 0, max: 900, noNaN: true }),
    method: fc.constantFrom('bulk', 'one-by-one', 'by-folder'),
    failure: Failures,
    tookMs: fc.nat(10_000),
  }),
  { maxLength: 40 },
);

test('no method is tried against a standing constraint while another is left, whatever was seen', () => {
  fc.assert(
    fc.property(
      Histories,
      fc.double({ min: 0, max: 2_000, noNaN: true }),
      fc.constantFrom('read' as const, 'upsert' as const, 'send' as const, 'destroy' as const),
      fc.array(fc.nat(5), { maxLength: 3 }),
      (history, hours, effect, human) => {
        const observed = memoryOf(
          ...history.sort((a, b) => a.hours - b.hours).map((each) => [seen(each)]),
        );
        const lessons = observed.lessons.map((lesson, index): Lesson =>
          human.includes(index) ? { ...lesson, status: 'deprecated', expires: null } : lesson,
        );
        const capability = { ...declared, effect };
        const records = Object.fromEntries(observed.records.map((each) => [each.method, each]));
        const now = at(hours);
        const banned = lessons.flatMap(({ rule }) => (rule.kind === 'avoid' ? rule.method : []));
        const plain = decide(capability, lessons, now);
        const free = declared.methods.map(({ id }) => id).filter((id) => !banned.includes(id));
        if (free.length > 0) expect([...plain.methods].sort()).toEqual([...free].sort());
        else if (plain.methods.length > 0) {
          expect(['read', 'upsert']).toContain(effect);
          expect(plain.isLastResort).toBe(true);
        }
        const canary = canaryWanted(capability, lessons, records, now);
        const tried = decide(capability, lessons, now, canary);
        expect(
          tried.methods.filter((method) => banned.includes(method)).length,
        ).toBeLessThanOrEqual(canary?.kind === 'lesson' || tried.isLastResort ? 1 : 0);
      },
    ),
    { seed: 6, numRuns: 10_000 },
  );
});

test('no two lessons of a scope contradict each other, and none is there twice', () => {
  fc.assert(
    fc.property(Histories, (history) => {
      const { lessons } = memoryOf(...history.map((each) => [seen(each)]));
      const said = lessons.map(({ rule }) => JSON.stringify(rule));
      expect(new Set(said).size).toBe(said.length);
      expect(lessons.filter(({ rule }) => rule.kind === 'prefer').length).toBeLessThanOrEqual(1);
      const preferred = lessons.flatMap(({ rule }) => (rule.kind === 'prefer' ? rule.method : []));
      const avoided = lessons.flatMap(({ rule }) => (rule.kind === 'avoid' ? rule.method : []));
      expect(avoided.filter((method) => preferred.includes(method))).toEqual([]);
    }),
    { seed: 7, numRuns: 2_000 },
  );
});

test('whatever many tasks at once do and see, a scope has one canary, and no other breaks a constraint', () => {
  const Tasks = fc.array(
    fc.record({
      startsAfter: fc.double({ min: 0, max: 20, noNaN: true }),
      takes: fc.double({ min: 0.01, max: 2, noNaN: true }),
      outcomes: fc.array(Failures, { minLength: 3, maxLength: 3 }),
      isToldTwice: fc.boolean(),
    }),
    { maxLength: 30 },
  );
  const Effects = fc.constantFrom('read' as const, 'upsert' as const, 'send' as const);
  fc.assert(
    fc.property(Tasks, Effects, (tasks, effect) => {
      const capability = { ...declared, effect };
      let memory = nothingKnown;
      let held = { until: 0, exploredAt: -24 };
      let now = 0;
      const canaries: { readonly from: number; readonly to: number }[] = [];
      const underWay: { readonly endsAt: number; readonly saw: readonly Observation[] }[] = [];
      const tell = (hours: number): void => {
        for (const { saw } of underWay.filter(({ endsAt }) => endsAt <= hours)) {
          const entry = { kind: 'observed' as const, seq: memory.seq + 1, at: at(hours) };
          memory = learn(memory, { ...entry, observations: [...saw] }, () => undefined);
        }
        underWay.splice(0, underWay.length, ...underWay.filter(({ endsAt }) => endsAt > hours));
      };
      tasks.forEach(({ startsAfter, takes, outcomes, isToldTwice }, run) => {
        now += startsAfter;
        tell(now);
        const { lessons } = memory;
        const records = Object.fromEntries(memory.records.map((each) => [each.method, each]));
        const wanted = canaryWanted(capability, lessons, records, at(now));
        const isNew = wanted?.kind === 'method';
        const isFree = held.until <= now && !(isNew && held.exploredAt + 24 > now);
        const canary = isFree ? wanted : null;
        if (canary) {
          held = { until: now + 1, exploredAt: isNew ? now : held.exploredAt };
          canaries.push({ from: now, to: now + 1 });
        }
        const { methods, isLastResort } = decide(capability, lessons, at(now), canary);
        const forbidden = lessons.flatMap(({ id, rule }) =>
          rule.kind === 'avoid' && !(canary?.kind === 'lesson' && canary.lesson === id)
            ? rule.method
            : [],
        );
        if (isLastResort) expect(['read', 'upsert']).toContain(effect);
        else expect(methods.filter((method) => forbidden.includes(method))).toEqual([]);
        const saw = methods
          .slice(0, 3)
          .map((method, place) =>
            seen({ run, method, hours: now + takes * (place + 1), failure: outcomes[place] }),
          );
        underWay.push({ endsAt: now + takes * 3, saw });
        if (isToldTwice) underWay.push({ endsAt: now + takes * 9, saw });
      });
      canaries.forEach(({ from }, index) => {
        expect(from).toBeGreaterThanOrEqual(canaries[index - 1]?.to ?? 0);
      });
    }),
    { seed: 8, numRuns: 10_000 },
  );
});
