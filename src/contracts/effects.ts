/** The ledger and the suppression list, as the dashboard, the command line and programs see them. */
import { z } from 'zod';

/**
 * How far something that is to happen once has come. `sending`: the vendor may have it;
 * `refused`: it has not, and nobody tries again; `unknown`: only a person can tell.
 */
export const EffectState = z.enum(['intent', 'sending', 'done', 'refused', 'unknown']);
export type EffectState = z.infer<typeof EffectState>;

/** What a person says of an effect: it happened; it did not and may be tried again; it shall not happen. */
export const EffectVerdict = z.enum(['done', 'not-done', 'leave-out']);
export type EffectVerdict = z.infer<typeof EffectVerdict>;

const Time = z.iso.datetime();

/** One row of the ledger. */
export const EffectEntry = z.object({
  key: z.string(),
  effect: z.enum(['send', 'spend']),
  state: EffectState,
  /** Why it is where it is. */
  reason: z.string(),
  owner: z.string().nullable(),
  leaseUntil: Time,
  quarantinedUntil: Time,
  createdAt: Time,
  updatedAt: Time,
});
export type EffectEntry = z.infer<typeof EffectEntry>;

/** One row of the ledger with what the vendor answered and how it got there, oldest first. */
export const EffectDetail = EffectEntry.extend({
  result: z.unknown(),
  /** The last 20 transitions. */
  history: z.array(
    z.object({
      at: z.string(),
      state: EffectState,
      owner: z.string().nullable(),
      why: z.string(),
    }),
  ),
});
export type EffectDetail = z.infer<typeof EffectDetail>;

/** An address or a domain that nothing is sent to, who said so and why. */
export const Suppression = z.object({
  pattern: z.string(),
  reason: z.string(),
  by: z.string(),
  at: Time,
});
export type Suppression = z.infer<typeof Suppression>;
