import { z } from 'zod';
import { AccountName } from './capability.ts';
import type { Obeyed } from './memory.ts';
import { RunNeeds } from './needs.ts';
import { Requester } from './requester.ts';

/** Input of the workflow `task`, as people write it by hand too. */
export const TaskRequest = z.strictObject({
  /** `agent.name`, as `agentic agents` lists them. */
  capability: z.string(),
  account: AccountName.default('default'),
  /** Checked against the capability's own schema. */
  input: z.record(z.string(), z.unknown()).default({}),
  requestedBy: Requester.default({ kind: 'temporal', name: 'temporal workflow start' }),
  /** Where the input comes from, where that is known: what a stand-in made up never goes to a live vendor. */
  provenance: z.enum(['live', 'stand-in']).optional(),
  /** Only say what would happen; for what sends, spends or destroys. */
  dryRun: z.boolean().default(false),
  /** The text that some capabilities ask a person to repeat. */
  confirm: z.string().max(500).optional(),
  /** Seconds after which retries stop; the capability's policy when left out. */
  giveUpAfterSeconds: z.int().min(1).max(604_800).optional(),
});
export type TaskRequest = z.infer<typeof TaskRequest>;
/** What may be left out when a run is asked for. */
export type NewTask = z.input<typeof TaskRequest>;

/** A method that was tried and left for another. */
export interface TriedMethod {
  readonly method: string;
  readonly failure: string;
  readonly message: string;
  /** It was tried for all others. */
  readonly isCanary?: boolean;
}

/** Result of the workflow `task`. */
export interface TaskOutcome {
  readonly capability: string;
  readonly account: string;
  readonly method: string;
  readonly tunables: Readonly<Record<string, number>>;
  readonly tried: readonly TriedMethod[];
  /** The vendor was a stand-in, so the result is made up. */
  readonly isStandIn: boolean;
  /** What memory said, and who went past it; runs from before there was memory have none. */
  readonly memory?: Obeyed & { readonly answeredBy?: string };
  readonly result: unknown;
}

/** Input of the workflow `starter`, which schedules run. */
export interface StarterRequest {
  readonly schedule: string;
  readonly capability: string;
  readonly account: string;
  readonly timeZone: string;
}

/** How a run ended, as the worker saw it. */
export interface RunEnd {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly output?: unknown;
  readonly failure?: string;
  readonly message?: string;
}

/** What lists show of a run without asking a worker: written at start, by client or workflow. */
export const RunMemo = z.object({
  title: z.string(),
  /** These three are null of runs that do more than one thing. */
  capability: z.string().nullable(),
  account: z.string().nullable(),
  agent: z.string().nullable(),
  requestedBy: Requester,
  /** What it waits for a person to decide. */
  needs: RunNeeds.optional(),
});
export type RunMemo = z.infer<typeof RunMemo>;

/** The same of a task, which is one thing. */
export interface TaskMemo extends RunMemo {
  readonly capability: string;
  readonly account: string;
  readonly agent: string;
}
