import type { Observation } from '../../src/contracts/memory.ts';
import { errorClassOf } from '../../src/rules/classify.ts';
import { arms, type Arm, type ArmName } from './arms.ts';
import { chance, lotsOf } from './chance.ts';
import { createWatch, type Wrongs } from './wrongs.ts';
import {
  began,
  call,
  hour,
  instruction,
  minute,
  practice,
  worldOf,
  type Moment,
  type Scenario,
  type World,
} from './world.ts';

/** What happened in one round. */
export interface Round {
  tasks: number;
  done: number;
  firstTries: number;
  costMs: number;
}

/** What one arm made of one world. */
export interface Outcome {
  readonly rounds: readonly Round[];
  /** Lines of memory at the end. */
  readonly lines: number;
  readonly wrongs: Wrongs;
  /** Tasks that tried what a standing constraint forbids. */
  readonly breaches: number;
}

/**
 * Lets an arm work through all rounds of a world.
 *
 * @param tries calls a task may make; drawn when it is not given.
 */
export function simulate(seed: number, scenario: Scenario, name: ArmName, tries?: number): Outcome {
  const world = worldOf(seed, scenario, tries);
  const arm = arms[name](world);
  const watch = createWatch(world);
  const courier = createCourier(world, arm);
  const rounds = Array.from({ length: practice.rounds }, (): Round => ({
    ...{ tasks: 0, done: 0, firstTries: 0, costMs: 0 },
  }));
  rounds.forEach((round, index) => {
    for (let slot = 0; slot < practice.runsADay; slot += 1) {
      for (let capability = 0; capability < practice.capabilities; capability += 1) {
        const run = [index, slot, capability] as const;
        const at = startOf(world, run);
        courier.deliver(at);
        courier.take(runOf(world, arm, run, at, round), at);
      }
    }
    const end = began + (index + 1) * practice.roundHours * hour;
    courier.deliver(end);
    if (arm.ours) watch.look(arm.ours.memory().lessons, end);
  });
  return {
    rounds,
    lines: arm.lines(),
    wrongs: watch.wrongs(),
    breaches: arm.ours?.breaches() ?? 0,
  };
}

type Run = readonly [round: number, slot: number, capability: number];

const startOf = ({ seed }: World, [round, slot, capability]: Run): number =>
  began +
  (round * practice.roundHours + (slot * practice.roundHours) / practice.runsADay + 6) * hour +
  (60 * chance(seed, 4, round, slot) + 10 * capability) * minute;

/** One run: its tasks one after the other, every few seconds; what they showed, put together. */
function runOf(
  world: World,
  arm: Arm,
  [round, slot, capability]: Run,
  startAt: number,
  count: Round,
): readonly Observation[] {
  const lot = lotsOf(world.seed, 5, round, slot, capability);
  const methods = world.phases[0][capability] ?? [];
  const declared = {
    id: `vendor.work-${capability}`,
    effect: 'upsert' as const,
    methods: methods.map((_, place) => ({ id: `m${place}` })),
    tunables: {},
  };
  const kind = lot.isWithin(0.5) ? 0 : 1;
  const tasks = Math.round(lot.between(...practice.tasksARun));
  const seen = new Map<string, Observation>();
  for (let task = 0; task < tasks; task += 1) {
    const moment = { capability, at: startAt + task * 3_000, kind } as const;
    const plan = arm.plan({ ...moment, declared });
    const { isDone, tries } = taskOf(world, moment, plan.methods, [round, slot, task]);
    count.tasks += 1;
    count.done += Number(isDone);
    count.firstTries += Number(isDone && tries.length === 1);
    for (const { method, at, tookMs, failure } of tries) {
      count.costMs += tookMs;
      const id = `${capability}/${round}/${slot} m${method} ${failure ?? ''} ${plan.obeyed.join()}`;
      const before = seen.get(id);
      seen.set(id, {
        id,
        at: new Date(at + tookMs).toISOString(),
        seenIn: {
          workflowId: declared.id,
          runId: `${capability}/${round}/${slot}`,
          eventId: null,
        },
        capability: declared.id,
        account: 'default',
        method: `m${method}`,
        tasks: (before?.tasks ?? 0) + 1,
        tookMs: (before?.tookMs ?? 0) + tookMs,
        failure: failure === null ? null : { type: failure, class: classOf(failure) },
        tunables: {},
        accepted: {},
        obeyed: [...plan.obeyed],
      });
    }
  }
  return [...seen.values()];
}

/** Text of a vendor that came in under a class of its own choosing. */
const classOf = (failure: string) => (failure === instruction ? 'contract' : errorClassOf(failure));

interface Try {
  readonly method: number;
  readonly at: number;
  readonly tookMs: number;
  readonly failure: string | null;
}

/** One task as the product does it: a refused method is left for the next, a passing failure is repeated. */
function taskOf(
  world: World,
  moment: Moment,
  methods: readonly number[],
  nth: readonly number[],
): { readonly isDone: boolean; readonly tries: readonly Try[] } {
  const tries: Try[] = [];
  let { at } = moment;
  let place = 0;
  while (tries.length < world.tries) {
    const method = methods[place];
    if (method === undefined) return { isDone: false, tries };
    const answer = call(world, { ...moment, at }, method, [...nth, tries.length]);
    tries.push({ method, at, ...answer });
    if (answer.failure === null) return { isDone: true, tries };
    at += answer.tookMs + 1_000;
    if (classOf(answer.failure) === 'contract') place += 1;
  }
  return { isDone: false, tries };
}

/** Brings observations to the arm: soon after the run, or late, twice and in disorder. */
function createCourier({ seed, scenario }: World, arm: Arm) {
  let pending: { readonly dueAt: number; readonly seen: Observation }[] = [];
  let deliveries = 0;
  return {
    take(observations: readonly Observation[], at: number): void {
      for (const seen of observations) {
        const lot = lotsOf(seed, 6, deliveries, pending.length);
        const isLate = scenario === 'many writers' && lot.isWithin(0.5);
        const dueAt = at + (isLate ? lot.spread(10, 1_440) : 5) * minute;
        pending.push({ dueAt, seen });
        if (scenario === 'many writers' && lot.isWithin(0.3)) {
          pending.push({ dueAt: dueAt + lot.between(0, 12) * hour, seen });
        }
      }
    },
    deliver(at: number): void {
      const due = pending.filter(({ dueAt }) => dueAt <= at).map(({ seen }) => seen);
      if (due.length === 0) return;
      deliveries += 1;
      if (scenario === 'killed while distilling' && chance(seed, 7, deliveries) < 0.3) {
        // half of it was written when the process died, and the next one begins anew
        arm.distill(due.slice(0, Math.ceil(due.length / 2)), at);
        return;
      }
      arm.distill(due, at);
      pending = pending.filter(({ dueAt }) => dueAt > at);
    },
  };
}
