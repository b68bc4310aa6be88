import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  WorkflowNotFoundError,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
} from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import cronstrue from 'cronstrue';
import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { agents } from '../contracts/agents.ts';
import type { Firing, ScheduleInfo } from '../contracts/schedules.ts';
import type { Agent } from '../contracts/capability.ts';
import { runMemoKey } from '../rules/names.ts';
import type { Config } from './config.ts';
import {
  declarationKey,
  firingsOf,
  optionsOf,
  schedulesOf,
  type DeclaredSchedule,
} from './schedule-plan.ts';

/** Nobody declares this schedule, or no worker has set it up yet; the message says which. */
export class UnknownSchedule extends Error {
  override readonly name = 'UnknownSchedule';
}

/** The daily jobs of all accounts, as Temporal keeps them. Ids are `capability/account`. */
export interface Schedules {
  /** All that are set up, in the order of the declarations. Answers or fails within 3 s. */
  list(): Promise<ScheduleInfo[]>;
  /** Stops firing until somebody resumes. Work under way goes on. */
  pause(id: string, reason: string): Promise<void>;
  resume(id: string, reason: string): Promise<void>;
  /** Fires at once, for the last day that is over, also while paused. */
  trigger(id: string): Promise<void>;
  /**
   * Fires once for each day whose work is to be done, oldest first and one after the other, also
   * while paused. Days that were done before are done again.
   *
   * @throws {BadRequest} for days that are not over, or more than 1,000 of them.
   */
  backfill(
    id: string,
    days: { readonly from: string; readonly to: string },
  ): Promise<{ days: number }>;
  /**
   * Brings Temporal's schedules in line with declarations and settings: creates, changes what
   * differs, and removes those of ours that are gone. Pauses and histories stay as they are.
   */
  reconcile(): Promise<void>;
}

const answersWithinMs = 3_000;
/** Commands of this process take turns, schedule by schedule, in whose name ever they are given. */
const turns = new Map<string, Promise<unknown>>();
/** How long a command may take to show, how often it is looked for, and how often it is given. */
const command = { showsWithinMs: 5_000, lookEveryMs: 50, tries: 3 };

/**
 * @param config where accounts and time zone come from.
 * @param declared the agents whose capabilities say when they run by themselves.
 */
export function createSchedules(
  client: Client,
  config: Pick<Config, 'TIME_ZONE' | 'accounts'>,
  declared: readonly Agent[] = agents,
): Schedules {
  const timeZone = config.TIME_ZONE;
  const all = declared.flatMap((agent) => schedulesOf(agent, config));
  const ends = new Map<string, FiringState>();

  /** Asks the server, and tells people what it means that a schedule isn't there. */
  async function ask<T>(id: string, question: () => Promise<T>): Promise<T> {
    try {
      return await client.withDeadline(Date.now() + answersWithinMs, question);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      const ids = all.map((each) => each.id);
      throw new UnknownSchedule(
        ids.includes(id)
          ? `The schedule ${id} is not set up yet: a worker does it when it starts`
          : `There is no schedule “${id}”. There are: ${ids.join(', ')}`,
        { cause: error },
      );
    }
  }

  /** How a firing ended. What has ended stays so, and is asked for only once. */
  async function stateOf(workflowId: string, runId: string): Promise<FiringState> {
    const known = ends.get(runId);
    if (known) return known;
    try {
      const { status } = await client.workflow.getHandle(workflowId, runId).describe();
      if (status.name === 'RUNNING') return 'running';
      const state = status.name === 'COMPLETED' ? 'completed' : 'failed';
      ends.set(runId, state);
      return state;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'unknown';
      throw error;
    }
  }

  async function describe(each: DeclaredSchedule): Promise<ScheduleInfo | undefined> {
    const found = await client.schedule
      .getHandle(each.id)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof ScheduleNotFoundError) return undefined;
        throw error;
      });
    if (!found) return undefined;
    const recent = await Promise.all(
      found.info.recentActions.slice(-10).map(async ({ takenAt, action: { workflow } }) => ({
        at: takenAt.toISOString(),
        workflowId: workflow.workflowId,
        state: await stateOf(workflow.workflowId, workflow.firstExecutionRunId),
      })),
    );
    return infoOf(each, timeZone, found, recent);
  }

  async function update(each: DeclaredSchedule): Promise<void> {
    const wanted = optionsOf(each, timeZone);
    const handle = client.schedule.getHandle(each.id);
    const { action } = await handle.describe();
    // an update makes the server forget firings it is about to make up for: only when it matters
    if (action.memo?.[declarationKey] === wanted.action.memo[declarationKey]) return;
    await handle.update(({ state }) => ({ ...wanted, state }));
  }

  async function removeGone(): Promise<void> {
    const ids = new Set(all.map((each) => each.id));
    for await (const found of client.schedule.list()) {
      if (found.memo?.[runMemoKey] === undefined || ids.has(found.scheduleId)) continue;
      await client.schedule
        .getHandle(found.scheduleId)
        .delete()
        .catch((error: unknown) => {
          if (!(error instanceof ScheduleNotFoundError)) throw error;
        });
    }
  }

  /**
   * Gives a schedule a command and sees that it took it: of two that reach it at the same moment,
   * Temporal keeps only the last. Ours take turns; one lost to somebody else's is given again.
   *
   * @param isTaken whether the schedule, compared with how it was before, shows the command.
   */
  async function order(
    id: string,
    give: (handle: ScheduleHandle) => Promise<void>,
    isTaken: (now: ScheduleDescription, before: ScheduleDescription) => boolean,
  ): Promise<void> {
    const handle = client.schedule.getHandle(id);
    const look = () => ask(id, () => handle.describe());
    const place = `${client.options.namespace} ${id}`;
    const before = (turns.get(place) ?? Promise.resolve()).catch(() => undefined);
    const turn = before.then(async () => {
      for (let tries = 0; tries < command.tries; tries += 1) {
        const was = await look();
        await ask(id, () => give(handle));
        const deadline = Date.now() + command.showsWithinMs;
        while (Date.now() < deadline) {
          if (isTaken(await look(), was)) return;
          await sleep(command.lookEveryMs);
        }
      }
      throw new Error(`Temporal did not take the command for the schedule ${id}; give it again`);
    });
    turns.set(place, turn);
    await turn;
  }

  const noteOf = (did: string, reason: string): string =>
    `${did} by ${client.options.identity}${reason ? `: ${reason}` : ''}`;

  return {
    async list() {
      const found = await client.withDeadline(Date.now() + answersWithinMs, () =>
        Promise.all(all.map(describe)),
      );
      return found.filter((each) => each !== undefined);
    },

    pause(id, reason) {
      const note = noteOf('Paused', reason);
      const isTaken = ({ state }: ScheduleDescription) => state.paused && state.note === note;
      return order(id, (handle) => handle.pause(note), isTaken);
    },

    resume(id, reason) {
      const note = noteOf('Resumed', reason);
      const isTaken = ({ state }: ScheduleDescription) => !state.paused && state.note === note;
      return order(id, (handle) => handle.unpause(note), isTaken);
    },

    trigger: (id) =>
      order(
        id,
        (handle) => handle.trigger('ALLOW_ALL'),
        (now, before) =>
          newFirings(now, before).some((each) => +each.takenAt - +each.scheduledAt < 60_000),
      ),

    async backfill(id, days) {
      const { start, end, days: count } = firingsOf(days, timeZone);
      await order(
        id,
        (handle) => handle.backfill({ start, end, overlap: 'BUFFER_ALL' }),
        (now, before) =>
          waitingIn(now) > waitingIn(before) ||
          newFirings(now, before).some(
            ({ scheduledAt }) => scheduledAt >= start && scheduledAt <= end,
          ),
      );
      return { days: count };
    },

    async reconcile() {
      for (const each of all) {
        try {
          await client.schedule.create(optionsOf(each, timeZone));
        } catch (error) {
          if (!(error instanceof ScheduleAlreadyRunning)) throw error;
          await update(each);
        }
      }
      await removeGone();
    },
  };
}

type Taken = ScheduleDescription['info']['recentActions'][number];

/** Firings that were not there before. */
function newFirings(now: ScheduleDescription, before: ScheduleDescription): readonly Taken[] {
  const nameOf = ({ takenAt, action }: Taken) => `${action.workflow.workflowId} ${+takenAt}`;
  const known = new Set(before.info.recentActions.map(nameOf));
  return now.info.recentActions.filter((each) => !known.has(nameOf(each)));
}

/** Firings that wait for their turn. */
const waitingIn = ({ raw }: ScheduleDescription): number => Number(raw.info?.bufferSize ?? 0);

type FiringState = z.infer<typeof Firing>['state'];

function infoOf(
  { id, capability, plan, account }: DeclaredSchedule,
  timeZone: string,
  { info, policies, state }: ScheduleDescription,
  recent: ScheduleInfo['recent'],
): ScheduleInfo {
  const { hour, minute } = Temporal.PlainTime.from(plan.at);
  const cron = `${minute} ${hour} * * *`;
  return {
    id,
    title: capability.title,
    capability: capability.id,
    account: account.name,
    isStandIn: account.isStandIn,
    cron,
    when: cronstrue.toString(cron, { use24HourTimeFormat: true, verbose: true }),
    timeZone,
    next: state.paused ? [] : info.nextActionTimes.slice(0, 3).map((at) => at.toISOString()),
    recent,
    missed: info.numActionsMissedCatchupWindow,
    overlap: policies.overlap ?? 'SKIP',
    catchupSeconds: policies.catchupWindow / 1_000,
    isPaused: state.paused,
    note: state.note ?? '',
  };
}
