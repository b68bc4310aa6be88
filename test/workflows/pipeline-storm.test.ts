/** Many pipelines at once, answered and repaired in any order: each ends as its answers say. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RunNeeds } from '../../src/contracts/needs.ts';
import { createRunStore } from '../../src/platform/runs.ts';
import { ask, begin, pipelineOf, pull, type RunningPipeline } from '../support/pipelines.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
});
afterAll(() => world.close());

const pipelines = 100;
const atOnce = 8;

/** Two people are asked side by side; one names the day of the work, and may get it wrong. */
const stormy = pipelineOf('storm', [
  ask('left', { after: [] }),
  ask('right', { after: [] }),
  pull('work', { $ref: '/steps/left/output/reason' }, { after: ['left'] }),
  ask('both', { after: ['work', 'right'] }),
  ask('instead', {
    after: ['right'],
    when: { ref: '/steps/right/output/approved', equals: false },
  }),
]);

const Plan = fc.record({
  left: fc.boolean(),
  right: fc.boolean(),
  both: fc.boolean(),
  instead: fc.boolean(),
  /** The day that goes with the answer of the left one. */
  day: fc.constantFrom('2026-04-01', '2026-04-02', '2026-04-03', 'one day'),
  repair: fc.constantFrom('retry', 'skip'),
  /** Decides who of all that wait is answered first. */
  rank: fc.record({
    left: fc.nat(),
    right: fc.nat(),
    work: fc.nat(),
    both: fc.nat(),
    instead: fc.nat(),
  }),
  /** A word to a step that may not ask at all. */
  noise: fc.constantFrom('work', 'both', 'nobody'),
});
type Plan = typeof Plan extends fc.Arbitrary<infer T> ? T : never;
const raise = (): never => {
  throw new Error('no plan');
};

/** What has to come of the answers, reckoned without any of our code. */
const expectedOf = ({ left, right, both, instead, day, repair }: Plan) => ({
  left: left ? 'completed' : 'rejected',
  right: right ? 'completed' : 'rejected',
  work: left && (day !== 'one day' || repair === 'retry') ? 'completed' : 'skipped',
  both: left && right ? (both ? 'completed' : 'rejected') : 'skipped',
  instead: right ? 'skipped' : instead ? 'completed' : 'rejected',
});

/** All that wait for a decision now, as the table of runs says. */
async function waiting(): Promise<readonly { id: string; step: keyof Plan['rank'] }[]> {
  const rows = await world.database.sql<{ id: string; needs: unknown }[]>`
    select workflow_id as id, needs from runs
    where type = 'pipeline' and closed_at is null and needs is not null`;
  return rows.flatMap(({ id, needs }) =>
    RunNeeds.parse(needs).open.map(({ step }) => ({ id, step: stepOf(step) })),
  );
}

const steps = ['left', 'right', 'work', 'both', 'instead'] as const;
const stepOf = (id: string) => steps.find((step) => step === id) ?? raise();

/** The first pipelines that are not over: their steps, and what Temporal has pending for them. */
async function standing(runs: Iterable<RunningPipeline>): Promise<string> {
  const lines: string[] = [];
  for (const run of runs) {
    const { workflowId, status, raw, historyLength } = await run.handle.describe();
    if (status.name !== 'RUNNING') continue;
    const states = (await run.steps()).map(({ id, state }) => `${id} ${state.kind}`);
    const pending = [
      ...(raw.pendingWorkflowTask ? ['a workflow task'] : []),
      ...(raw.pendingActivities ?? []).map((each) => each.activityType?.name),
      ...(raw.pendingChildren ?? []).map((each) => each.workflowId),
    ];
    lines.push(
      `${workflowId}, ${historyLength} events: ${states.join(', ')}; pending: ${pending.join(', ') || 'nothing'}`,
    );
    if (lines.length === 5) break;
  }
  return lines.join('\n');
}

/** Says what the plan has for a step. */
const answer = (run: RunningPipeline, plan: Plan, step: keyof Plan['rank']) => {
  if (step === 'work') {
    const more = plan.repair === 'retry' ? { input: { date: '2026-04-04' } } : {};
    return run.say('repair', step, { action: plan.repair, ...more });
  }
  const reason = step === 'left' ? plan.day : 'seen';
  return run.say(plan[step] ? 'approve' : 'reject', step, { reason });
};

test('a hundred pipelines with answers and repairs in any order end as those say', async () => {
  const plans = fc.sample(Plan, pipelines);
  const runs = new Map<string, { readonly run: RunningPipeline; readonly plan: Plan }>();
  for (let at = 0; at < pipelines; at += atOnce) {
    await Promise.all(
      plans.slice(at, at + atOnce).map(async (plan, offset) => {
        const run = await begin(world, stormy, { key: `storm-${at + offset}` });
        runs.set(run.handle.workflowId, { run, plan });
      }),
    );
  }
  const answered = new Set<string>();
  let refused = 0;
  const store = createRunStore(world.database);
  const all = [...runs.values()].map(({ run }) => run);
  await eventually(
    'all to be over',
    async () => {
      await store.reconcile(world.client); // as workers do: a report of an end may be lost
      const due = (await waiting())
        .flatMap(({ id, step }) => {
          const { run, plan } = runs.get(id) ?? raise();
          return answered.has(`${id} ${step}`) ? [] : [{ id, step, run, plan }];
        })
        .sort((a, b) => a.plan.rank[a.step] - b.plan.rank[b.step])
        .slice(0, atOnce);
      await Promise.all(
        due.map(async ({ id, step, run, plan }) => {
          answered.add(`${id} ${step}`);
          if (step === 'left') {
            await run.say('approve', plan.noise).catch(() => (refused += 1));
          }
          await answer(run, plan, step);
        }),
      );
      // not “none is open”: a run that no worker has taken up yet has no row
      const [over] = await world.database.sql<{ count: number }[]>`
        select count(*)::int as count from runs
        where type = 'pipeline' and closed_at is not null`;
      return over?.count === pipelines;
    },
    240_000,
  ).catch(async (error: unknown) => {
    throw new Error(`These stand still:\n${await standing(all)}`, { cause: error });
  });
  for (const { run, plan } of runs.values()) {
    expect({ plan, ends: await run.ends() }).toEqual({ plan, ends: expectedOf(plan) });
  }
  expect(refused).toBe(pipelines); // nothing but left and right asks while left does
}, 300_000);
