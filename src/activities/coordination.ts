import { activityInfo, cancellationSignal, heartbeat, log } from '@temporalio/activity';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { z } from 'zod';
import { BadRequest, checkTask } from '../contracts/check.ts';
import { LeaseWish } from '../contracts/coordination.ts';
import { FailureType } from '../contracts/failures.ts';
import { RunMemo, type NewTask } from '../contracts/runs.ts';
import {
  Subscription,
  TopicName,
  type NewMessage,
  type NewSubscription,
  type Published,
  type SubscriberInfo,
  type TopicMessage,
  type TopicTarget,
} from '../contracts/topics.ts';
import { createCoordination, type Holding } from '../platform/coordination.ts';
import type { Database } from '../platform/database.ts';
import { workflowIdOf } from '../platform/run-id.ts';
import { startTask } from '../platform/start-run.ts';
import { createTopicDelivery } from '../platform/topic-delivery.ts';
import { createTopics } from '../platform/topics.ts';
import { runMemoKey } from '../rules/names.ts';

/** How runs keep out of each other's way, and tell each other what has happened. */
export interface CoordinationActivities {
  /** @returns the fencing token. */
  acquireLease(wish: LeaseWish): Promise<number>;
  renewLease(holding: Holding, forMs: number): Promise<boolean>;
  releaseLease(holding: Pick<Holding, 'name' | 'holder'>): Promise<void>;
  arriveAtBarrier(barrier: string, parties: number, member: string): Promise<void>;
  publishMessage(topic: string, message: NewMessage): Promise<Published>;
  openTopic(topic: string): Promise<readonly string[]>;
  hearMessages(topic: string): Promise<void>;
  addSubscriber(topic: string, subscription: NewSubscription): Promise<SubscriberInfo>;
  removeSubscriber(topic: string, subscriber: string): Promise<boolean>;
  /** @returns whether there was nothing left to deliver. */
  deliverMessages(topic: string, subscriber: string): Promise<boolean>;
}

interface CoordinationDeps {
  readonly client: Client;
  readonly database: Database;
  /** Nothing more is delivered here. */
  readonly leaving: AbortSignal;
}

const mostAtOnce = 100;

/** @param deps the tables, and the client that delivers. */
export const createCoordinationActivities = ({
  client,
  database,
  leaving,
}: CoordinationDeps): CoordinationActivities => {
  const coordination = createCoordination(database);
  const topics = createTopics({ client, database });
  const delivery = createTopicDelivery(database);

  /** A run of this work that this very message has started: the note about it was lost in a crash. */
  async function wasStarted(task: NewTask): Promise<boolean> {
    const checked = checkTask(task);
    try {
      const { memo } = await client.workflow.getHandle(workflowIdOf(checked)).describe();
      const known = RunMemo.safeParse(memo?.[runMemoKey]);
      return known.success && known.data.requestedBy.name === checked.request.requestedBy.name;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /** @throws {BadRequest} for a message that this target can never take. */
  async function deliver(target: TopicTarget, message: TopicMessage, isFirst: boolean) {
    switch (target.kind) {
      case 'run':
        await client.workflow.getHandle(target.workflowId).signal('message', message);
        break;
      case 'task': {
        const { capability, account, input } = target;
        const task: NewTask = {
          capability,
          account,
          input: { ...input, ...message.payload },
          requestedBy: { kind: 'temporal', name: `topic/${message.topic}#${message.seq}` },
        };
        // only of the first message here can it be unknown whether it was delivered
        if (!isFirst || !(await wasStarted(task))) await startTask(client, task);
      }
    }
  }

  return {
    /**
     * Takes a lease, or its place in line: it is tried again when its turn may have come, and holds
     * no slot until then.
     *
     * @throws `NotReady` (tried again) while somebody else has it; `InvalidInput` (not retried).
     */
    async acquireLease(raw) {
      const wish = checked(LeaseWish, raw, 'lease');
      const answer = await coordination.acquire(wish);
      if (answer.kind === 'granted') return answer.token;
      throw notReady(`${wish.name} is taken; place ${answer.place} in line`, answer.retryInMs);
    },

    renewLease: (holding, forMs) => coordination.renew(holding, forMs),

    async releaseLease(holding) {
      await coordination.release(holding);
    },

    /** @throws `NotReady` (tried again) until all parties are there. */
    async arriveAtBarrier(barrier, parties, member) {
      const answer = await coordination.arrive(barrier, { parties, member });
      if (answer.kind === 'open') return;
      throw notReady(`${barrier} waits for ${answer.missing} of ${parties}`, answer.retryInMs);
    },

    /** Publishes in the name of the run that calls. */
    publishMessage: (topic, message) =>
      refusing(() =>
        topics.publish(topic, message, activityInfo().workflowExecution?.workflowId ?? 'unknown'),
      ),

    openTopic: (topic) => delivery.open(checked(TopicName, topic, 'topic')),

    hearMessages: (topic) => delivery.hear(topic),

    async addSubscriber(topic, raw) {
      const subscription = checked(Subscription, raw, 'subscription');
      return delivery.add(topic, subscription);
    },

    removeSubscriber: (topic, subscriber) => delivery.remove(topic, subscriber),

    /**
     * Delivers the next messages to one subscriber, in order; the place is noted after each, so a
     * retry goes on from there. A message the subscriber can never take is noted and passed over.
     *
     * @throws what the delivery failed with; tried again until the subscriber takes it or leaves.
     */
    async deliverMessages(topic, subscriber) {
      const found = await delivery.next(topic, subscriber, mostAtOnce);
      if (!found) return true;
      for (const [index, message] of found.messages.entries()) {
        AbortSignal.any([cancellationSignal(), leaving]).throwIfAborted();
        heartbeat();
        try {
          await deliver(found.target, message, index === 0);
          await delivery.moveOn(topic, subscriber, message.seq);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          if (error instanceof BadRequest) {
            const trouble = `Message ${message.id} was passed over: ${why}`;
            log.warn('A subscriber cannot take a message', { topic, subscriber, trouble });
            await delivery.moveOn(topic, subscriber, message.seq, trouble);
            continue;
          }
          await delivery.failed(topic, subscriber, `Message ${message.id}: ${why}`);
          throw error;
        }
      }
      return found.messages.length < mostAtOnce;
    },
  };
};

const notReady = (message: string, nextRetryDelay: number): ApplicationFailure =>
  ApplicationFailure.create({
    message,
    type: FailureType.NotReady,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay,
  });

/** @throws `InvalidInput` (not retried), naming each field that is wrong. */
function checked<T extends z.ZodType>(schema: T, raw: unknown, what: string): z.output<T> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || what}: ${message}`,
  );
  throw ApplicationFailure.nonRetryable(wrong.join('; '), FailureType.InvalidInput);
}

/** What is wrong with a request is not tried again. */
async function refusing<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, error.failure);
  }
}
