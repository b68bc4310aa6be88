import { z } from 'zod';

const Time = z.iso.datetime();
const rate = z.coerce.number().positive().max(10_000_000);

/** How much of a vendor one login may use, over all processes. */
export const FlowLimits = z.object({
  /** Calls in any second. */
  perSecond: rate,
  /** Calls in any minute. */
  perMinute: rate,
  /** Calls under way at once. */
  atOnce: z.coerce.number().int().min(1).max(10_000),
});
export type FlowLimits = z.infer<typeof FlowLimits>;

/** One login at one vendor: how much of it is used, and what holds calls back now. */
export const FlowKey = z.object({
  /** `vendor:account` */
  key: z.string(),
  limits: FlowLimits,
  /** Who set them; null while they are those the agent declares. */
  limitsBy: z.string().nullable(),
  /** Share of the rate in use, 0.1 to 1: trouble at the vendor shrinks it, good answers let it grow. */
  share: z.number(),
  /** Calls under way now. */
  underWay: z.int(),
  closed: z.object({ until: Time, why: z.string(), by: z.enum(['vendor', 'guess']) }).nullable(),
  paused: z.object({ since: Time, by: z.string(), why: z.string() }).nullable(),
});
export type FlowKey = z.infer<typeof FlowKey>;

/** A flow key as lists show it: with what its work did lately. */
export const FlowKeyInUse = FlowKey.extend({
  /** Open runs whose next try waits for it. */
  waiting: z.int(),
  /** Closings that began in the last 24 hours. */
  closings: z.int(),
  /** How the last try of the last hour that reached the vendor went; null when none did. */
  lastAnswer: z.object({ at: Time, isGood: z.boolean(), words: z.string() }).nullable(),
});
export type FlowKeyInUse = z.infer<typeof FlowKeyInUse>;

/** `GET /api/flow-keys` and topic `flow-keys`. */
export const FlowKeyList = z.object({ flowKeys: z.array(FlowKeyInUse) });

const reason = z.string().trim().min(1, 'expected a reason, for those who look later').max(500);

/** Body of `POST /api/flow-keys/:key/(pause|resume|reset)`. */
export const FlowKeyChange = z.strictObject({ reason });

/** Body of `POST /api/flow-keys/:key/open`. */
export const FlowKeyOpening = z.strictObject({
  reason,
  /** The key's name once more: needed to open what the vendor itself has closed. */
  confirm: z.string().optional(),
});

/** Body of `POST /api/flow-keys/:key/limits`: what is left out stays. */
export const FlowKeyNewLimits = z
  .strictObject({ ...FlowLimits.partial().shape, reason })
  .refine(
    ({ perSecond, perMinute, atOnce }) =>
      [perSecond, perMinute, atOnce].some((n) => n !== undefined),
    { path: ['perSecond'], error: 'expected perSecond, perMinute or atOnce' },
  );
