import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CoordinationActivities } from '../activities/coordination.ts';
import type { NewSubscription, SubscriberInfo } from '../contracts/topics.ts';
import { systemQueue } from '../rules/names.ts';
import { steering } from './policies.ts';

const wakeSignal = defineSignal('wake');
const subscribeUpdate = defineUpdate<SubscriberInfo, [NewSubscription]>('subscribe');
const unsubscribeUpdate = defineUpdate<boolean, [string]>('unsubscribe');

type TopicActivities = Pick<
  CoordinationActivities,
  'openTopic' | 'hearMessages' | 'addSubscriber' | 'removeSubscriber' | 'deliverMessages'
>;
const { openTopic, hearMessages, addSubscriber, removeSubscriber, deliverMessages } =
  proxyActivities<TopicActivities>({
    ...steering,
    taskQueue: systemQueue,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  });

/**
 * Delivers what is published in a topic to each subscriber in order, at least once. Messages and
 * places stand in rows; here is only who is served. One who fails holds up nobody else. Ends when
 * nobody is subscribed; the next message or subscriber starts it again.
 */
export async function topic(name: string): Promise<void> {
  const lines = new Map<string, CancellationScope>();
  /** Grows whenever there may be something new for all. */
  let news = 0;
  let isWoken = false;
  let isFree = false;
  let isLeaving = false;
  let broken: Error | undefined;
  setHandlers();

  for (const subscriber of await openTopic(name)) serve(subscriber);
  isFree = true;
  const hearing = new CancellationScope();
  follow(hearing.run(hear));
  await condition(
    () =>
      broken !== undefined ||
      (allHandlersFinished() && (lines.size === 0 || workflowInfo().continueAsNewSuggested)),
  );
  isLeaving = true;
  hearing.cancel();
  lines.forEach((line) => line.cancel());
  await condition(() => lines.size === 0 && allHandlersFinished());
  if (broken !== undefined) throw broken;
  if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof topic>(name);

  /** Publishers send one signal until it is heard: so a burst of messages is no burst of signals. */
  async function hear(): Promise<never> {
    for (;;) {
      await condition(() => isWoken);
      isWoken = false;
      await hearMessages(name);
      news += 1;
    }
  }

  /** Delivers to one subscriber until it leaves, or this run ends. */
  function serve(subscriber: string): void {
    if (lines.has(subscriber)) return;
    const line = new CancellationScope();
    lines.set(subscriber, line);
    tell();
    const delivering = line.run(async () => {
      for (;;) {
        const known = news;
        if (await deliverMessages(name, subscriber)) await condition(() => news > known);
      }
    });
    follow(delivering, () => {
      lines.delete(subscriber);
      tell();
    });
  }

  /** What goes on beside ends when it is cancelled; its failure is that of the run. */
  function follow(work: Promise<never>, ended: () => void = () => undefined): void {
    work
      .catch((error: unknown) => {
        if (isCancellation(error)) return;
        broken ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(ended);
  }

  /** Subscribers come and go one after the other, so that rows and lines agree. */
  async function inTurn<R>(act: () => Promise<R>): Promise<R> {
    await condition(() => isFree);
    isFree = false;
    try {
      return await act();
    } finally {
      isFree = true;
    }
  }

  function tell(): void {
    const list = [...lines.keys()].map((subscriber) => `- \`${subscriber}\``);
    setCurrentDetails([`**${name}**`, '', ...list].join('\n'));
  }

  function setHandlers(): void {
    setHandler(wakeSignal, () => {
      isWoken = true;
    });
    setHandler(
      subscribeUpdate,
      (subscription) =>
        inTurn(async () => {
          const added = await addSubscriber(name, subscription);
          if (!isLeaving) serve(added.id);
          return added;
        }),
      { description: 'delivers messages from now on, or from the beginning' },
    );
    setHandler(
      unsubscribeUpdate,
      (subscriber) =>
        inTurn(async () => {
          const wasThere = await removeSubscriber(name, subscriber);
          lines.get(subscriber)?.cancel();
          await condition(() => !lines.has(subscriber));
          return wasThere;
        }),
      { description: 'delivers no more messages to this subscriber' },
    );
  }
}
