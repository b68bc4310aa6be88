import fc from 'fast-check';
import type { MemoryEntry, Observation } from '../../src/contracts/memory.ts';
import { errorClassOf } from '../../src/rules/classify.ts';
import { learn } from '../../src/rules/learn.ts';
import { nothingKnown, type Memory } from '../../src/rules/memory.ts';

const hour = 3_600_000;
const began = Date.parse('2026-11-03T06:00:00.000Z');
/** ISO moment so many hours into a test. */
export const at = (hours: number): string => new Date(began + hours * hour).toISOString();

/** The capability that tests of memory speak of. */
export const declared = {
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
  readonly tasks?: number;
  /** A number it was given, and what would have been right. */
  readonly told?: Readonly<Record<string, { readonly given: number; readonly right: number }>>;
}

/** What a run showed: one task, that went well unless it says otherwise. */
export const seen = ({
  run,
  hours = run,
  method = 'bulk',
  failure,
  tookMs = 100,
  accepted,
  tasks = 1,
  told = {},
}: Seen): Observation => ({
  id: `run-${run} ${method} ${failure ?? ''} ${hours}`,
  at: at(hours),
  seenIn: { workflowId: `export/${run}`, runId: `run-${run}`, eventId: 11 },
  capability: declared.id,
  account: 'default',
  method,
  tasks,
  tookMs,
  failure: failure === undefined ? null : { type: failure, class: errorClassOf(failure) },
  tunables: {
    chunkSize: 200,
    ...Object.fromEntries(Object.entries(told).map(([name, { given }]) => [name, given])),
  },
  accepted: {
    ...(accepted === undefined ? {} : { chunkSize: accepted }),
    ...Object.fromEntries(
      Object.entries(told).flatMap(([name, { given, right }]) =>
        given === right ? [] : [[name, right]],
      ),
    ),
  },
  obeyed: [],
});

/** Memory after these batches, each a distillation of its own. */
export function memoryOf(...batches: readonly (readonly Observation[])[]): Memory {
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

/** What its lessons say, in the order of the file. */
export const rules = ({ lessons }: Memory) => lessons.map(({ rule }) => rule);

/** How tasks fail, or that they do not. */
export const Failures = fc.constantFrom(
  undefined,
  undefined,
  'Gone',
  'InvalidRequest',
  'TooLarge',
  'RateLimited',
  'NotFound',
  'Strange',
);
