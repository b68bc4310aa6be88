/** Notices to people: short messages to the channels that settings name. */
import { z } from 'zod';
import { defineAgent, defineCapability } from './capability.ts';
import { digestOf } from './digest.ts';

/** What takes the messages of a channel. */
export const ChannelKind = z.enum(['slack', 'discord', 'email', 'webhook']);
export type ChannelKind = z.infer<typeof ChannelKind>;

const mostFacts = 10;
const oneLine = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'expected a text')
    .max(most)
    .regex(/^\P{Cc}*$/u, 'expected one line');

export const NoticeInput = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1, 'expected a text')
    .max(10_000)
    .meta({
      title: 'Text',
      description: 'What is to be said; cut where a channel takes less',
      examples: ['The leads of May are in the campaign'],
    }),
  title: oneLine(200)
    .optional()
    .meta({ title: 'Title', description: 'One line above it, and the subject of an e-mail' }),
  level: z
    .enum(['info', 'success', 'warning', 'error'])
    .default('info')
    .meta({ title: 'Level', description: 'How much it matters' }),
  facts: z
    .record(oneLine(60), z.union([z.string().max(200), z.number(), z.boolean()]))
    .refine((facts) => Object.keys(facts).length <= mostFacts, `expected at most ${mostFacts}`)
    .default({})
    .meta({
      title: 'Facts',
      description: 'Names with their values, below the text',
      examples: [{ leads: 412 }],
    }),
  link: z
    .url({ protocol: /^https?$/, error: 'expected an address that begins with http' })
    .max(2_000)
    .optional()
    .meta({ title: 'Link', description: 'Where to read more' }),
  id: z
    .string()
    .regex(/^[\w.:@/-]{1,100}$/, 'expected letters, digits and . _ : @ / -, at most 100')
    .optional()
    .meta({
      title: 'Id',
      description:
        'Tells those who get the notice twice that it is the same; each run has one of its own when left out',
      examples: ['leads:2026-05'],
    }),
});
export type NoticeInput = z.infer<typeof NoticeInput>;

export const NoticeOutput = z.strictObject({
  channel: z.string(),
  kind: ChannelKind,
  /** As it stands in the message. */
  id: z.string(),
  /** The channel takes less than the whole text. */
  isCut: z.boolean(),
  /** Of an e-mail: addresses that it did not go to, each with why. */
  leftOut: z.array(z.string()),
});
export type NoticeOutput = z.infer<typeof NoticeOutput>;

const sendNotice = defineCapability({
  id: 'notify.send',
  verb: 'send',
  argument: 'text',
  title: 'Send a notice',
  description: 'Tells people something in one channel, at least once, with an id',
  effect: 'notify',
  input: NoticeInput,
  output: NoticeOutput,
  methods: [{ id: 'one-message', description: 'One message to the channel' }],
  tunables: {},
  period: (input) => input.id ?? digestOf(input),
});

/** Channels are its accounts: Slack, Discord, an e-mail server, or any other webhook. */
export const notify = defineAgent({
  id: 'notify',
  title: 'Notices',
  description: 'Tells people something, in Slack, Discord, by e-mail or at a webhook',
  vendor: 'notify',
  // Slack takes 1 a second, Discord 30 a minute
  limits: { perSecond: 0.9, perMinute: 27, atOnce: 1 },
  capabilities: [sendNotice],
});
