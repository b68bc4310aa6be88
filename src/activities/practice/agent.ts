import { setTimeout as sleep } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  practice,
  type ComputeInput,
  type ComputeOutput,
  type PracticeInput,
  type PracticeOutput,
} from '../../contracts/practice.ts';
import type { Account } from '../../platform/config.ts';
import { errorClassOf } from '../../rules/classify.ts';
import { flowKeyOf } from '../../rules/flow.ts';
import type { AgentBundle } from '../agent.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { Door } from '../door.ts';
import type { Threads } from '../threads.ts';

interface PracticeDeps {
  readonly door: Door;
  readonly threads: Threads;
  readonly accounts: readonly Account[];
}

const hashModule = new URL(
  import.meta.url.endsWith('.ts') ? './hash.ts' : './hash.js',
  import.meta.url,
);

/** Binds the practice tasks: they go the way of all tasks, the gate included, but to no vendor. */
export function createPracticeAgent({ door, threads, accounts }: PracticeDeps): AgentBundle {
  const wait: CapabilityActivity<PracticeInput, PracticeOutput> = async ({ account, input }) => {
    const flow = {
      key: flowKeyOf(practice.vendor, account),
      limits: practice.limits,
      effect: 'read',
    } as const;
    const done = await door.inTurn(flow, async (signal) => {
      if (input.ms > 0) await sleep(input.ms, undefined, { signal });
      return input;
    });
    if (done.fail) {
      throw ApplicationFailure.create({
        message: `This task was told to fail with ${done.fail}`,
        type: done.fail,
        nonRetryable: errorClassOf(done.fail) !== 'transient',
      });
    }
    return {
      label: input.label,
      ...(input.bytes === undefined ? {} : { text: 'x'.repeat(input.bytes) }),
    };
  };
  const compute: CapabilityActivity<ComputeInput, ComputeOutput> = async ({ input }) => ({
    label: input.label,
    hash: await threads.run<string>(hashModule, input, cancellationSignal()),
  });
  return {
    agent: practice,
    accounts,
    activities: { 'practice.wait': wait, 'practice.compute': compute },
    checkLogin: () => Promise.resolve({ state: 'working', message: 'It needs no login' }),
  };
}
