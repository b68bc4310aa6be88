/** What a run would do, told without doing it. */
import { z } from 'zod';
import { EffectState } from './effects.ts';

/** One request to a vendor as it would leave, without the secrets. */
export const VendorRequest = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  /** Below the vendor's address: `/api/v2/leads`. */
  path: z.string(),
  body: z.unknown().optional(),
});
export type VendorRequest = z.infer<typeof VendorRequest>;

/** Result of a dry run: exactly what the run would do now, and what stands against it. */
export const DryRun = z.strictObject({
  isDryRun: z.literal(true),
  /** One sentence for people. */
  summary: z.string(),
  /** False when the run would be refused, or has nothing left to do. */
  wouldAct: z.boolean(),
  /** Null when there is nothing to ask the vendor for. */
  request: VendorRequest.nullable(),
  /** Whom it reaches; all are counted, the first 20 named. */
  recipients: z.strictObject({ count: z.int(), first: z.array(z.string()) }),
  costUsdCents: z.number().nullable(),
  /** How far this very thing has come; null while nobody has begun it, and for what needs no row. */
  ledger: z.strictObject({ key: z.string(), state: EffectState, reason: z.string() }).nullable(),
  /** Why the run would be refused, as it would say it. */
  refusals: z.array(z.strictObject({ failure: z.string(), message: z.string() })),
  /** The text that the run asks a person to repeat; null when it asks for none. */
  confirmation: z.string().nullable(),
});
export type DryRun = z.infer<typeof DryRun>;
