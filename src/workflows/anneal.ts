import {
  condition,
  continueAsNew,
  defineSignal,
  log,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { AnnealActivities, Distilled } from '../activities/anneal.ts';
import { systemQueue } from '../rules/names.ts';
import { steering } from './policies.ts';

type MemoryOwner = Parameters<AnnealActivities['distil']>[0];

const wakeSignal = defineSignal('wake');

const { distil } = proxyActivities<AnnealActivities>({ ...steering, taskQueue: systemQueue });

/** Whoever takes it over reads its history anew; it is there for all time, so that has to stay short. */
const mostEvents = 300;

/**
 * The one writer of a memory: reads what is over whenever it is woken, and makes memory of it.
 * Signals that come while it reads are one more look. What nobody woke it for, the workers'
 * housekeeping finds.
 */
export async function anneal(of: MemoryOwner): Promise<void> {
  let isWoken = true;
  setHandler(wakeSignal, () => {
    isWoken = true;
  });
  let last: Distilled | undefined;
  const most = patched('short-history') ? mostEvents : Infinity;
  while (!workflowInfo().continueAsNewSuggested && workflowInfo().historyLength < most) {
    await condition(() => isWoken);
    isWoken = false;
    do {
      last = await distil(of);
      setCurrentDetails(detailsOf(of, last));
      if (last.refused !== null)
        log.warn('The newest memory is refused', { refused: last.refused });
    } while (last.isMore);
  }
  await continueAsNew<typeof anneal>(of);
}

const detailsOf = ({ agent, world }: MemoryOwner, { seq, runs, refused }: Distilled): string =>
  [
    `**Memory of ${agent}, ${world}**`,
    '',
    `Entry ${seq}; ${runs} runs read at the last look.`,
    ...(refused === null ? [] : [`Not obeyed: ${refused}`]),
  ].join('\n');
