/** What a swarm would do, told without starting or storing it. */
import { z } from 'zod';
import { Effect } from './capability.ts';
import { DryRun } from './dry-run.ts';

const count = z.int().nonnegative();

/** Tasks that are refused for the same reason, with the places of the first few. */
const Refused = z.strictObject({
  failure: z.string(),
  message: z.string(),
  count,
  /** Up to five: `leads.csv, line 3`. */
  such: z.array(z.string()),
});
export type Refused = z.infer<typeof Refused>;

/** Answer of `POST /api/swarms/dry-run`, which takes what `POST /api/swarms` takes. */
export const SwarmDryRun = z.strictObject({
  isDryRun: z.literal(true),
  /** One sentence for people. */
  summary: z.string(),
  /** False when the swarm would not be started: see `problems`. */
  wouldStart: z.boolean(),
  total: count,
  /** What would be done, by capability and login; most tasks first. */
  groups: z.array(
    z.strictObject({
      capability: z.string(),
      account: z.string(),
      /** The login's vendor is a stand-in. */
      isStandIn: z.boolean(),
      /** The agent, which is the task queue as well. */
      agent: z.string(),
      effect: Effect,
      /** In the order in which they are tried. */
      methods: z.array(z.string()),
      count,
    }),
  ),
  /** Squads, were all of them to begin with the workers of now. */
  queues: z.array(
    z.strictObject({ queue: z.string(), tasks: count, squads: count, isServed: z.boolean() }),
  ),
  /** Tasks that may be in flight; null when that is left to the workers. */
  window: count.nullable(),
  /** Why it would not start: each has to be mended first. */
  problems: z.array(Refused),
  /** Tasks that would fail without a call to the vendor. */
  refusals: z.array(Refused),
  /** The text that it asks a person to repeat; null when it asks for none. */
  confirmation: z.string().nullable(),
  /** The first requests of those that send, spend or destroy, planned by dry runs of their own. */
  first: z.array(z.strictObject({ at: z.string(), plan: DryRun })),
});
export type SwarmDryRun = z.infer<typeof SwarmDryRun>;
