/** Topics: what is published, who gets it, and how far each has come. */
import { z } from 'zod';
import { AccountName } from './capability.ts';

const Time = z.iso.datetime();

/** The largest payload of a message, as JSON. */
const mostPayloadBytes = 65_536;

export const TopicName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{0,59}$/,
    'expected a topic of small letters, digits, dots and hyphens, at most 60',
  );

/** What somebody publishes. */
export const NewMessage = z.strictObject({
  /** The publisher's own, from the business: publishing it again changes nothing. */
  id: z.string().min(1, 'expected an id').max(120),
  payload: z
    .record(z.string(), z.unknown(), 'expected an object')
    .refine(
      (payload) => new TextEncoder().encode(JSON.stringify(payload)).length <= mostPayloadBytes,
      `expected at most ${mostPayloadBytes / 1024} KiB as JSON: keep big things in a file or a table and name them`,
    ),
});
export type NewMessage = z.infer<typeof NewMessage>;

/** A message as subscribers and readers get it; runs get it as argument of the signal `message`. */
export const TopicMessage = z.object({
  topic: z.string(),
  /** Place in the topic, growing; some numbers may be missing. */
  seq: z.int(),
  /** By this a receiver knows what it has had already: delivery is at least once. */
  id: z.string(),
  at: Time,
  by: z.string(),
  payload: z.record(z.string(), z.unknown()),
});
export type TopicMessage = z.infer<typeof TopicMessage>;

/** What is done with each message of a topic. */
export const TopicTarget = z.discriminatedUnion('kind', [
  /** Sends it to a run as the signal `message`. */
  z.strictObject({ kind: z.literal('run'), workflowId: z.string().min(1).max(1_000) }),
  /** Starts the run of a capability, with the payload over `input` as its input. */
  z.strictObject({
    kind: z.literal('task'),
    capability: z.string().max(120),
    account: AccountName.default('default'),
    input: z.record(z.string(), z.unknown()).default({}),
  }),
]);
export type TopicTarget = z.infer<typeof TopicTarget>;

/** Argument of the Update `subscribe` of a topic. */
export const Subscription = z.strictObject({
  target: TopicTarget,
  /** `beginning`: all messages that are kept; `now`: those that come. */
  from: z.enum(['now', 'beginning']).default('now'),
});
export type Subscription = z.infer<typeof Subscription>;
/** What may be left out when somebody subscribes. */
export type NewSubscription = z.input<typeof Subscription>;

/** Who gets the messages, and how far it has come. */
export const SubscriberInfo = z.object({
  /** `run/<workflow id>`, `task/<capability>/<account>` */
  id: z.string(),
  target: TopicTarget,
  /** The last message that was delivered. */
  cursor: z.int(),
  /** Messages that are there and were not delivered yet. */
  behind: z.int(),
  /** Messages that it can't take, and that were passed over. */
  refused: z.int(),
  /** Why the last delivery failed, or the last message was passed over. */
  trouble: z.string().nullable(),
});
export type SubscriberInfo = z.infer<typeof SubscriberInfo>;

/** `GET /api/topics/:name`. */
export const TopicInfo = z.object({
  name: z.string(),
  /** Messages that are kept; those delivered long ago are not. */
  messages: z.int(),
  /** Place of the last message. */
  seq: z.int(),
  lastAt: Time,
  subscribers: z.array(SubscriberInfo),
});
export type TopicInfo = z.infer<typeof TopicInfo>;

/** `GET /api/topics`. */
export const TopicList = z.object({ topics: z.array(TopicInfo) });

/** Query of `GET /api/topics/:name/messages`. */
export const TopicQuery = z.object({
  /** Only messages behind this place. */
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
/** Its answer, oldest first. */
export const TopicMessages = z.object({ messages: z.array(TopicMessage) });
export type TopicMessages = z.infer<typeof TopicMessages>;

/** Answer of `POST /api/topics/:name/messages`. */
export const Published = z.object({
  seq: z.int(),
  /** False when this id was published before. */
  isNew: z.boolean(),
});
export type Published = z.infer<typeof Published>;

const reason = z.string().trim().min(1, 'expected a reason, for those who look later').max(500);

/** Body of `POST /api/topics/:name/subscribers`. */
export const Subscribe = z.strictObject({ ...Subscription.shape, reason });
/** Body of `POST /api/topics/:name/unsubscribe`. */
export const Unsubscribe = z.strictObject({ subscriber: z.string().max(1_100), reason });
