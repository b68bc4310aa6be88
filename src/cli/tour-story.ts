import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { TaskOutcome } from '../contracts/runs.ts';
import { ruleInWords } from '../rules/lesson.ts';
import type { RunEnd } from './follow.ts';
import { number, print, strong, table } from './output.ts';
import type { Session } from './session.ts';

/** One run of the story. */
export interface StoryRun {
  readonly run: { readonly workflowId: string; readonly runId: string };
  readonly end: RunEnd;
}

/** A vendor that wants smaller questions, and what became of it. */
export interface Story {
  readonly runs: readonly {
    readonly workflowId: string;
    readonly method: string;
    readonly tunables: TaskOutcome['tunables'];
    /** Calls that the stand-in refused. */
    readonly refusedCalls: number;
  }[];
  readonly lessons: readonly { readonly id: string; readonly rule: string; readonly why: string }[];
}

const mostAddresses = 12;
/** Enough for a run that tries a method for all others, and one that meets the refusal by itself. */
const days = [4, 3, 2, 1];
const noticedWithinMs = 30_000;
const Faults = z.array(z.object({ struck: z.int() }));

/**
 * Lets the stand-in refuse large questions and runs one day after the other, each when memory has
 * taken note of the one before, until none is refused. Faults that somebody has set stay as they are, and there is no story.
 *
 * @param visit runs the day that is so many days ago.
 */
export async function tellStory(
  session: Session,
  account: string,
  visit: (daysAgo: number) => Promise<StoryRun>,
): Promise<Story | undefined> {
  const faults = async (method: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${session.config.SANDBOX_URL}/sandbox/faults`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  const struck = async (): Promise<number> =>
    Faults.parse(await faults('GET')).reduce((sum, each) => sum + each.struck, 0);

  if (Faults.parse(await faults('GET')).length > 0) return undefined;
  await faults('PUT', [{ workspace: account, fault: { kind: 'too-large', above: mostAddresses } }]);
  try {
    const runs: Story['runs'][number][] = [];
    for (const daysAgo of days) {
      const before = await struck();
      const { run, end } = await visit(daysAgo);
      if (end.state !== 'completed') return undefined;
      const { method, tunables } = end.outcome;
      const refusedCalls = (await struck()) - before;
      runs.push({ workflowId: run.workflowId, method, tunables, refusedCalls });
      if (refusedCalls === 0) break;
      await noticed(session, run.runId);
    }
    const { createMemoryStore } = await import('../platform/memory-store.ts');
    const { memory } = await createMemoryStore(session.database).current({
      agent: 'instantly',
      world: 'stand-in',
    });
    const lessons = memory.lessons
      .filter((lesson) => lesson.account === account)
      .map(({ id, rule, why }) => ({ id, rule: ruleInWords(rule), why }));
    return { runs, lessons };
  } finally {
    await faults('DELETE');
  }
}

/** Waits until memory has taken note of a run; a worker that is busy does so later. */
async function noticed({ database: { sql } }: Session, runId: string): Promise<void> {
  const giveUpAt = Date.now() + noticedWithinMs;
  while (Date.now() < giveUpAt) {
    const [row] = await sql`select from runs where run_id = ${runId} and distilled_at is not null`;
    if (row) return;
    await sleep(100);
  }
}

/** Shows the story; a word of why there is none. */
export function showStory(story: Story | undefined): void {
  print(`\n${strong('A mistake is made once')}`);
  if (!story) {
    print('Left out: faults are set on the stand-ins, or a run of it failed.');
    return;
  }
  print(`The stand-in refused questions about more than ${mostAddresses} mailboxes.`);
  print(
    table(
      ['run', 'method', 'chunk', 'refused calls'],
      story.runs.map(({ workflowId, method, tunables, refusedCalls }) => [
        ...[workflowId, method, number(tunables.chunkSize ?? 0), refusedCalls],
      ]),
    ),
  );
  print('\nWhat memory says now:');
  print(
    table(
      [],
      story.lessons.map(({ id, rule, why }) => [id, rule, why]),
    ),
  );
}
