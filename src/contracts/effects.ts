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

/** Query of `GET /api/effects`. */
export const EffectsQuery = z.object({
  state: EffectState.optional(),
  /** What the keys begin with. */
  key: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
});
export type EffectsQuery = z.infer<typeof EffectsQuery>;

/** `GET /api/effects`: newest first. */
export const EffectList = z.object({ effects: z.array(EffectEntry) });
export type EffectList = z.infer<typeof EffectList>;

const reason = z.string().trim().min(1, 'expected a reason, for those who look later').max(500);

/** Body of `POST /api/effects/:key/settle`; the answer is the effect as it stands then. */
export const EffectSettlement = z.strictObject({ verdict: EffectVerdict, reason });

/** An address or a domain that nothing is sent to, who said so and why. */
export const Suppression = z.object({
  pattern: z.string(),
  reason: z.string(),
  by: z.string(),
  at: Time,
});
export type Suppression = z.infer<typeof Suppression>;

/** Query of `GET /api/suppressions`. */
export const SuppressionsQuery = z.object({
  /** Only entries with this text in them. */
  q: z.string().max(254).optional(),
});

/** `GET /api/suppressions`: by name, at most 500. */
export const SuppressionList = z.object({
  suppressions: z.array(Suppression),
  /** All that match. */
  total: z.int(),
});
export type SuppressionList = z.infer<typeof SuppressionList>;

/** Body of `POST /api/suppressions`: all are added, or none if one is wrong. */
export const NewSuppressions = z.strictObject({
  /** Addresses, domains, or lines of a CSV file of which the first column counts. */
  patterns: z.array(z.string()).min(1).max(50_000),
  reason,
});

/** Its answer; the rest was there already. */
export const SuppressionsAdded = z.object({ given: z.int(), added: z.int() });
export type SuppressionsAdded = z.infer<typeof SuppressionsAdded>;

/** Body of `DELETE /api/suppressions/:pattern`. */
export const SuppressionRemoval = z.strictObject({ reason });
