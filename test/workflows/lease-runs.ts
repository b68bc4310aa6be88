/** Workflows that only tests run: they hold leases, meet at barriers, publish, and listen. */
import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { CoordinationActivities } from '../../src/activities/coordination.ts';
import type { TaskOutcome, TaskRequest } from '../../src/contracts/runs.ts';
import type { TopicMessage } from '../../src/contracts/topics.ts';
import { ask as askAgent } from '../../src/workflows/follow.ts';
import { meet, withLease, type LeaseTerms } from '../../src/workflows/lease.ts';
import { steering } from '../../src/workflows/policies.ts';

const { publishMessage } = proxyActivities<Pick<CoordinationActivities, 'publishMessage'>>({
  ...steering,
  taskQueue: 'agentic',
});

/** What a run that held a lease saw. */
export interface Held {
  readonly token: number;
  readonly from: number;
  readonly to: number;
}

/** Holds a lease for so long; 0 means until it is cancelled. */
export const hold = (name: string, terms: LeaseTerms, ms: number): Promise<Held> =>
  withLease(name, terms, async (token) => {
    const from = Date.now();
    if (ms > 0) await sleep(ms);
    else await CancellationScope.current().cancelRequested;
    return { token, from, to: Date.now() };
  });

/** Ends when all others have come. */
export const comeTogether = (barrier: string, parties: number): Promise<void> =>
  meet(barrier, parties);

export const heardQuery = defineQuery<readonly TopicMessage[]>('heard');
const enoughSignal = defineSignal('enough');

/** Keeps each message it is sent, once. */
export async function listen(): Promise<number> {
  const heard = new Map<string, TopicMessage>();
  let isOver = false;
  setHandler(defineSignal<[TopicMessage]>('message'), (message) => {
    if (!heard.has(message.id)) heard.set(message.id, message);
  });
  setHandler(enoughSignal, () => {
    isOver = true;
  });
  setHandler(heardQuery, () => [...heard.values()]);
  await condition(() => isOver);
  return heard.size;
}

/** Publishes so many messages, as an agent's run would. */
export async function announce(topic: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await publishMessage(topic, { id: `message-${n}`, payload: { label: `lead-${n}` } });
  }
}

/** Asks an agent and hands back its answer. */
export const question = (request: TaskRequest): Promise<TaskOutcome> => askAgent(request);
