import type {
  Canary,
  Declared,
  Lesson,
  MemoryEntry,
  Observation,
} from '../../src/contracts/memory.ts';
import { learn } from '../../src/rules/learn.ts';
import { nothingKnown, type Memory } from '../../src/rules/memory.ts';
import { canaryWanted, decide } from '../../src/rules/obey.ts';
import { day, expectedMs, hour, outageAt, truthsAt, type Moment, type World } from './world.ts';

/** How a task is to be done, as an arm would have it. */
interface Plan {
  /** Methods to try in this order, by their place in the declaration. */
  readonly methods: readonly number[];
  /** Lessons that said so. */
  readonly obeyed: readonly string[];
}

/** A way of remembering. */
export interface Arm {
  plan(task: Moment & { readonly declared: Declared }): Plan;
  /** Is told what runs showed, once they are over. */
  distill(observations: readonly Observation[], at: number): void;
  /** Lines of memory that somebody has to read. */
  lines(): number;
  readonly ours?: { readonly memory: () => Memory; readonly breaches: () => number };
}

const iso = (at: number): string => new Date(at).toISOString();
const places = ({ methods }: Declared): readonly number[] => methods.map((_, place) => place);
const placeOf = (method: string): number => Number(method.slice(1));
const nameOf = ({ capability, method }: Observation): string => `${capability} ${method}`;

/** What each arm counts of a method's tasks. */
class Counts {
  readonly #of = new Map<string, number>();
  get(name: string): number {
    return this.#of.get(name) ?? 0;
  }
  add(name: string, tasks: number): void {
    this.#of.set(name, this.get(name) + tasks);
  }
  get names(): number {
    return this.#of.size;
  }
}

/** Remembers nothing: methods as declared. */
const noMemory = (): Arm => ({
  plan: ({ declared }) => ({ methods: places(declared), obeyed: [] }),
  distill: () => undefined,
  lines: () => 0,
});

/** Never again what failed once, whatever the failure. */
function banned(): Arm {
  const failures = new Counts();
  return {
    plan: ({ declared }) => ({
      methods: places(declared).filter((place) => failures.get(`${declared.id} m${place}`) === 0),
      obeyed: [],
    }),
    distill(observations) {
      for (const each of observations) if (each.failure) failures.add(nameOf(each), each.tasks);
    },
    lines: () => failures.names,
  };
}

const linesRead = 200;

/** A line for each failure, never taken back; what the last two hundred name least comes first. */
function notes(): Arm {
  const written: string[] = [];
  return {
    plan({ declared }) {
      const named = new Counts();
      for (const line of written.slice(-linesRead)) named.add(line, 1);
      const times = (place: number): number => named.get(`${declared.id} m${place}`);
      return { methods: places(declared).toSorted((a, b) => times(a) - times(b)), obeyed: [] };
    },
    distill(observations) {
      for (const each of observations) {
        if (each.failure) for (let n = 0; n < each.tasks; n += 1) written.push(nameOf(each));
      }
    },
    lines: () => written.length,
  };
}

/** Counts for each method when it helped and when it harmed; the best ratio comes first. */
function counters(): Arm {
  const helped = new Counts();
  const harmed = new Counts();
  return {
    plan({ declared }) {
      const ratio = (place: number): number => {
        const name = `${declared.id} m${place}`;
        return (helped.get(name) + 1) / (helped.get(name) + harmed.get(name) + 2);
      };
      return { methods: places(declared).toSorted((a, b) => ratio(b) - ratio(a)), obeyed: [] };
    },
    distill(observations) {
      for (const each of observations)
        (each.failure ? harmed : helped).add(nameOf(each), each.tasks);
    },
    lines: () => helped.names + harmed.names,
  };
}

/** Knows what is true at this moment, outages included: what costs least of all that works. */
const oracle = (world: World): Arm => ({
  plan({ capability, at, kind, declared }) {
    const truths = truthsAt(world, capability, at);
    const costOf = (place: number): number => {
      const truth = truths[place];
      const isAway = outageAt(world, capability, place, at) !== undefined;
      return truth?.refusal !== null || !truth.takes[kind] || isAway ? Infinity : expectedMs(truth);
    };
    const methods = places(declared).toSorted((a, b) => (costOf(a) < costOf(b) ? -1 : 1));
    return { methods, obeyed: [] };
  },
  distill: () => undefined,
  lines: () => 0,
});

/** The product's rules, with the store that grants one canary a scope. */
function ours(): Arm {
  let memory = nothingKnown;
  let breaches = 0;
  // as the product's table of claims: one canary a scope for an hour, one unknown method a day
  const claims = new Map<string, { readonly until: number; readonly exploredAt: number }>();
  const granted = (scope: string, wanted: Canary | null, at: number): Canary | null => {
    const { until, exploredAt } = claims.get(scope) ?? { until: 0, exploredAt: 0 };
    const isNew = wanted?.kind === 'method';
    if (!wanted || until > at || (isNew && exploredAt + day > at)) return null;
    claims.set(scope, { until: at + hour, exploredAt: isNew ? at : exploredAt });
    return wanted;
  };
  return {
    plan({ declared, at }) {
      const lessons = memory.lessons.filter(({ capability }) => capability === declared.id);
      const records = Object.fromEntries(
        memory.records
          .filter(({ capability }) => capability === declared.id)
          .map((each) => [each.method, each]),
      );
      const now = iso(at);
      const canary = granted(declared.id, canaryWanted(declared, lessons, records, now), at);
      const { methods, heeded, isLastResort } = decide(declared, lessons, now, canary);
      breaches += Number(!isLastResort && breaks(methods, lessons, canary));
      return { methods: methods.map(placeOf), obeyed: heeded.map(({ lesson }) => lesson) };
    },
    distill(observations, at) {
      const entry: MemoryEntry = {
        ...{ kind: 'observed', seq: memory.seq + 1, at: iso(at), observations: [...observations] },
      };
      memory = learn(memory, entry, () => undefined);
    },
    lines: () => memory.lessons.length,
    ours: { memory: () => memory, breaches: () => breaches },
  };
}

/** Whether a method is among these that a standing constraint forbids, and no canary tries. */
const breaks = (
  methods: readonly string[],
  lessons: readonly Lesson[],
  canary: Canary | null,
): boolean =>
  lessons.some(
    ({ id, rule }) =>
      rule.kind === 'avoid' &&
      methods.includes(rule.method) &&
      !(canary?.kind === 'lesson' && canary.lesson === id),
  );

/** All arms, by the names that the output gives them. */
export const arms = {
  'no memory': noMemory,
  'ban on first failure': banned,
  'append-only notes': notes,
  'helpful/harmful counters': counters,
  ours,
  oracle,
} satisfies Readonly<Record<string, (world: World) => Arm>>;
export type ArmName = keyof typeof arms;
