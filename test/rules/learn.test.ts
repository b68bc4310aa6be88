import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Lesson, MemoryEntry, Observation } from '../../src/contracts/memory.ts';
import { errorClassOf } from '../../src/rules/classify.ts';
import { learn } from '../../src/rules/learn.ts';
import { isLapsed } from '../../src/rules/lesson.ts';
import { nothingKnown, type Memory } from '../../src/rules/memory.ts';
import { canaryWanted, decide } from '../../src/rules/obey.ts';

const hour = 3_600_000;
const began = Date.parse('2026-11-03T06:00:00.000Z');
const at = (hours: number): string => new Date(began + hours * hour).toISOString();

const declared = {
  id: 'klap.export-short',
  effect: 'upsert' as const,
  methods: [{ id: 'bulk' }, { id: 'one-by-one' }, { id: 'by-folder' }],
  tunables: { chunkSize: { default: 200, min: 1, max: 200 } },
};

interface Seen {
  readonly run: number;
  readonly hours?: number;
  readonly method?: string;
  readonly failure?: string | undefined;
  readonly tookMs?: number;
  readonly accepted?: number;
}

const seen = ({ run, hours = run, method = 'bulk', failure, tookMs = 100, accepted }: Seen) => ({
  id: `run-${run} ${method} ${failure ?? ''} ${hours}`,
  at: at(hours),
  seenIn: { workflowId: `export/${run}`, runId: `run-${run}`, eventId: 11 },
  capability: declared.id,
  account: 'default',
  method,
  tasks: 1,
  tookMs,
  failure: failure === undefined ? null : { type: failure, class: errorClassOf(failure) },
  tunables: { chunkSize: 200 },
  accepted: accepted === undefined ? {} : { chunkSize: accepted },
  obeyed: [],
});

/** Memory after these batches, each a distillation of its own. */
function memoryOf(...batches: readonly (readonly Observation[])[]): Memory {
  return batches.reduce<Memory>((memory, observations, index) => {
    const latest =
      observations
        .map((each) => each.at)
        .sort()
        .at(-1) ?? at(0);
    const entry: MemoryEntry = {
      kind: 'observed',
      seq: index + 1,
      at: latest,
      observations: [...observations],
    };
    return learn(memory, entry, () => undefined);
  }, nothingKnown);
}

const rules = ({ lessons }: Memory) => lessons.map(({ rule }) => rule);

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

  test('a number the vendor took instead becomes a bound, and the next run asks for no more', () => {
    const memory = memoryOf([seen({ run: 1, accepted: 50 })]);
    expect(decide(declared, memory.lessons, at(2)).tunables).toEqual({ chunkSize: 50 });
    expect(memory.lessons[0]?.why).toBe('The vendor did not take 200, and took 50');
  });
});

const Failures = fc.constantFrom(
  undefined,
  undefined,
  'Gone',
  'InvalidRequest',
  'TooLarge',
  'RateLimited',
  'NotFound',
  'Strange',
);
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
