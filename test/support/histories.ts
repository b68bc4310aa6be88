import type { WorkflowHandle } from '@temporalio/client';
import type { StarterRequest } from '../../src/contracts/runs.ts';
import type { SwarmProgress } from '../../src/contracts/swarm.ts';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { createTopics } from '../../src/platform/topics.ts';
import { eventually } from './scratch.ts';
import { ask, begin, pipelineOf, pull } from './pipelines.ts';
import type { World } from './world.ts';

/** Runs of every kind, by the name of their recorded history. @param world where they run. */
export function createScenarios(
  world: () => World,
): Readonly<Record<string, () => Promise<WorkflowHandle>>> {
  const daily = (date: string) => ({
    capability: 'instantly.daily-analytics',
    account: 'tour',
    input: { date },
  });

  /** A swarm of a few tasks carries them itself unless it is told how to cut them. */
  const byChild = { squads: { tasks: 1_000 } };
  const swarmOf = (name: string, inputs: readonly Record<string, unknown>[], more = {}) =>
    world().client.workflow.start('swarm', {
      workflowId: `swarm/history/${name}`,
      taskQueue: 'agentic',
      args: [
        {
          title: name,
          failureThreshold: 0.5,
          ...more,
          source: {
            kind: 'inline',
            tasks: inputs.map((input) => ({ capability: 'practice.wait', input })),
          },
        },
      ],
    });

  /** A swarm that has stopped by itself: a key was refused. */
  async function haltedSwarm(name: string, more: object): Promise<WorkflowHandle> {
    world().standIns.faults.set([{ nth: 1, fault: { kind: 'status', status: 401 } }]);
    const tasks = [daily('2026-05-16'), daily('2026-05-17')];
    const handle = await world().client.workflow.start('swarm', {
      workflowId: `swarm/history/${name}`,
      taskQueue: 'agentic',
      args: [{ title: name, window: 1, source: { kind: 'inline', tasks }, ...more }],
    });
    await eventually('a pause', async () => {
      const { phase, squads } = await handle.query<SwarmProgress>('progress');
      return phase !== 'working' && phase !== 'planning' && squads.open === 0;
    });
    return handle;
  }

  const atWork = (handle: WorkflowHandle) =>
    eventually('a squad at work', async () => {
      const { squads } = await handle.query<SwarmProgress>('progress');
      return squads.open === 1;
    });

  /** Lets a run of each kind come to its end. */
  const scenarios: Readonly<Record<string, () => Promise<WorkflowHandle>>> = {
    'task/done': async () => {
      const handle = await world().start(daily('2026-05-04'));
      await handle.result();
      return handle;
    },
    'task/other-method': async () => {
      const fault = { kind: 'status', status: 413 } as const;
      world().standIns.faults.set([{ nth: 1, fault }]);
      const handle = await world().start(daily('2026-05-05'));
      await handle.result();
      return handle;
    },
    'task/failed': async () => {
      world().standIns.faults.set([{ fault: { kind: 'status', status: 401 } }]);
      const handle = await world().start(daily('2026-05-06'));
      await handle.result().catch(() => undefined);
      return handle;
    },
    'task/cancelled': async () => {
      world().standIns.faults.set([{ fault: { kind: 'silence' } }]);
      const handle = await world().start(daily('2026-05-07'));
      await eventually(
        'a call',
        async () => (await handle.describe()).raw.pendingActivities?.length,
      );
      await handle.cancel();
      await handle.result().catch(() => undefined);
      return handle;
    },
    'task/joined': async () => {
      world().standIns.faults.set([]);
      const handle = await world().client.workflow.start('task', {
        workflowId: 'by-hand',
        taskQueue: 'instantly',
        args: [daily('2026-05-08')],
      });
      await handle.result();
      return handle;
    },
    'task/answered': async () => {
      const at = '2026-05-01T06:00:00.000Z';
      await createMemoryStore(world().database).append(
        { agent: 'instantly', world: 'stand-in' },
        {
          ...{ kind: 'human', at, by: { kind: 'person', name: 'mara' }, reason: 'a test' },
          act: {
            kind: 'written',
            lesson: {
              ...{ id: 'L-0900', capability: 'instantly.add-lead', account: 'tour' },
              rule: { kind: 'avoid', method: 'one' },
              ...{ why: 'A person has seen it fail', runs: 0, seenIn: [], helped: 0, harmed: 0 },
              ...{ firstSeen: at, lastSeen: at, expires: null, renewals: 0, status: 'pinned' },
            },
          },
        },
      );
      const handle = await world().start({
        capability: 'instantly.add-lead',
        account: 'tour',
        input: { campaignId: '018f0000-0000-7000-8000-000000000000', email: 'mara@kunde.de' },
      });
      const word = { action: 'try', method: 'one', by: 'mara', reason: 'a look' };
      await eventually('the question', () =>
        handle.executeUpdate('answer', { args: [word] }).then(
          () => true,
          () => false,
        ),
      );
      await handle.result().catch(() => undefined);
      return handle;
    },
    'anneal/read': async () => {
      const run = await world().start(daily('2026-05-16'));
      await run.result();
      const { runId } = await run.describe();
      await eventually('memory to take note', async () => {
        const [row] = await world().database.sql`
          select from runs where run_id = ${runId} and distilled_at is not null`;
        return row !== undefined;
      });
      return world().client.workflow.getHandle('anneal/instantly/stand-in');
    },
    'pipeline/done': async () => {
      world().standIns.faults.set([]);
      const run = await begin(
        world(),
        pipelineOf('history', [
          pull('day', '2026-05-09'),
          ask('may', {}, { show: { sent: { $ref: '/steps/day/output/sent' } } }),
          pull('never', '2026-05-10', { when: { ref: '/steps/day/output/sent', lessThan: 0 } }),
          pull('beside', '2026-05-11', { after: ['may'] }),
        ]),
        { key: 'done' },
      );
      await run.reaches('may', 'needs-you');
      await run.say('approve', 'may');
      await run.handle.result();
      return run.handle;
    },
    'pipeline/repaired': async () => {
      world().standIns.faults.set([{ nth: 1, fault: { kind: 'status', status: 401 } }]);
      const steps = [
        pull('broken', '2026-05-12'),
        ask('may', {}, { deadline: 1, onTimeout: 'approve' }),
      ];
      const run = await begin(world(), pipelineOf('history', steps), { key: 'repaired' });
      await run.reaches('broken', 'needs-you');
      await run.say('repair', 'broken', { action: 'retry', input: { date: '2026-05-13' } });
      await run.handle.result();
      return run.handle;
    },
    'pipeline/aborted': async () => {
      world().standIns.faults.set([{ nth: 1, fault: { kind: 'status', status: 401 } }]);
      const steps = [pull('broken', '2026-05-14'), ask('open', { after: [] })];
      const run = await begin(world(), pipelineOf('history', steps), { key: 'aborted' });
      await run.reaches('broken', 'needs-you');
      await run.say('repair', 'broken', { action: 'abort' });
      await run.ends();
      return run.handle;
    },
    'pipeline/cancelled': async () => {
      world().standIns.faults.set([{ fault: { kind: 'silence' } }]);
      const steps = [pull('long', '2026-05-15'), ask('open', { after: [] }), ask('last')];
      const run = await begin(world(), pipelineOf('history', steps), { key: 'cancelled' });
      await run.reaches('open', 'needs-you');
      await run.handle.cancel();
      await run.ends();
      world().standIns.faults.set([]);
      return run.handle;
    },
    'bulk/done': async () => {
      const id = '018f0000-0000-4000-8000-000000000001';
      const input = { label: 'bulk', ms: 60_000 };
      const run = await world().start({ capability: 'practice.wait', input });
      const { sql } = world().database;
      await sql`insert into bulk_actions (id, act, reason, by, requested_by)
        values (${id}, 'cancel', 'a test', 'mara', ${sql.json({ kind: 'person', name: 'mara' })})`;
      const { runId } = await run.describe();
      await sql`insert into bulk_items (bulk, seq, workflow_id, run_id, type, title)
        values (${id}, 0, ${run.workflowId}, ${runId}, 'task', 'Practice')`;
      const handle = await world().client.workflow.start('bulk', {
        workflowId: `bulk/${id}`,
        taskQueue: 'agentic',
        args: [{ id }],
      });
      await handle.result();
      return handle;
    },
    'rehearsal/done': async () => {
      const handle = await world().client.workflow.start('rehearsal', {
        workflowId: 'rehearsal/test',
        taskQueue: 'agentic',
      });
      await handle.result();
      return handle;
    },
    'starter/done': async () => {
      const request: StarterRequest = {
        schedule: 'instantly.daily-analytics/tour',
        capability: 'instantly.daily-analytics',
        account: 'tour',
        timeZone: 'Europe/Berlin',
      };
      const handle = await world().client.workflow.start('starter', {
        workflowId: 'schedule/test',
        taskQueue: 'agentic',
        args: [request],
      });
      await handle.result();
      return handle;
    },
    'swarm/done': async () => {
      const handle = await swarmOf('done', [{}, { fail: 'NotFound' }, {}]);
      await handle.result();
      return handle;
    },
    'squad/done': async () => {
      const handle = await swarmOf('squad', [{}, { fail: 'NotFound' }, {}], byChild);
      await handle.result();
      return world().client.workflow.getHandle('swarm/history/squad:squad-1');
    },
    'squad/boxed': async () => {
      const inputs = Array.from({ length: 4 }, () => ({ ms: 600 }));
      const handle = await swarmOf('boxed', inputs, { window: 1, ...byChild });
      await handle.result();
      return world().client.workflow.getHandle('swarm/history/boxed:squad-1');
    },
    'swarm/failed': async () => {
      const handle = await swarmOf('failed', [{ fail: 'NotFound' }]);
      await handle.result().catch(() => undefined);
      return handle;
    },
    'swarm/steered': async () => {
      const handle = await swarmOf('steered', [{ ms: 1_000 }, { ms: 1_000 }]);
      await atWork(handle);
      const word = { by: 'mara', reason: 'a look first' };
      const source = { kind: 'inline', tasks: [{ capability: 'practice.wait' }] };
      await handle.executeUpdate('pause', { args: [word] });
      await handle.executeUpdate('add', { args: [{ ...word, source }] });
      await handle.executeUpdate('window', { args: [{ ...word, window: 7 }] });
      await handle.executeUpdate('retry-failed', { args: [word] });
      await handle.executeUpdate('resume', { args: [word] });
      await handle.result();
      return handle;
    },
    'swarm/halted': async () => {
      const handle = await haltedSwarm('halted', {});
      await handle.executeUpdate('resume', { args: [{ by: 'mara', reason: 'new key' }] });
      await handle.result();
      return handle;
    },
    'swarm/unanswered': async () => {
      const handle = await haltedSwarm('unanswered', { waitForPersonSeconds: 1 });
      await handle.result().catch(() => undefined);
      return handle;
    },
    'swarm/cancelled': async () => {
      const handle = await swarmOf('cancelled', [{ ms: 60_000 }]);
      await atWork(handle);
      await handle.executeUpdate('cancel', { args: [{ by: 'mara', reason: 'wrong list' }] });
      await handle.result().catch(() => undefined);
      return handle;
    },
    'squad/cancelled': async () => {
      const handle = await swarmOf('stopped', [{ ms: 60_000 }], byChild);
      await atWork(handle);
      await handle.cancel();
      await handle.result().catch(() => undefined);
      return world().client.workflow.getHandle('swarm/history/stopped:squad-1');
    },
    'topic/delivered': async () => {
      const topics = createTopics(world());
      const target = { kind: 'task', capability: 'practice.wait' } as const;
      await topics.subscribe('replay', { target });
      await topics.publish('replay', { id: 'one', payload: { label: 'one' } }, 'test');
      await eventually('the delivery', async () => {
        const [subscriber] = (await topics.show('replay')).subscribers;
        return subscriber?.cursor === 1;
      });
      await topics.unsubscribe('replay', 'task/practice.wait/default');
      const handle = world().client.workflow.getHandle('topic/replay');
      await handle.result();
      return handle;
    },
  };
  return scenarios;
}
