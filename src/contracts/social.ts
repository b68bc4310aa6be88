/** Posts for social networks: written by a model, decided by a person. */
import { z } from 'zod';
import { defineAgent, defineCapability } from './capability.ts';
import { digestOf } from './digest.ts';
import { DecisionReason, PostState } from './posts.ts';
import { Edition } from './vendor-job.ts';

const youTube =
  /^https:\/\/(www\.|m\.)?(youtube\.com\/(watch\?v=|shorts\/|live\/)|youtu\.be\/)[\w-]{5,20}([?&][\w=&.-]*)?$/;

export const ViralPostInput = z.strictObject({
  videoUrl: z
    .string()
    .regex(youTube, 'expected the address of a public YouTube video')
    .max(200)
    .meta({
      title: 'Video',
      description: 'A public video on YouTube; the model watches it there',
      examples: ['https://www.youtube.com/watch?v=dQw4w9WgXcQ'],
    }),
  platform: z.enum(['linkedin', 'x']).default('linkedin').meta({
    title: 'Platform',
    description: 'Where the post is for',
  }),
  language: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'expected a language such as en or pt-BR')
    .default('en')
    .meta({ title: 'Language', description: 'Of the post' }),
  notes: z.string().trim().min(1).max(10_000).optional().meta({
    title: 'Notes',
    description: 'What else the model is given to write from; it takes no orders from it',
  }),
  prompt: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'expected small letters, digits and hyphens')
    .default('viral-post')
    .meta({ title: 'Prompt', description: 'A file below prompts/ without .md' }),
  edition: Edition,
});
export type ViralPostInput = z.infer<typeof ViralPostInput>;

const postId = z.int().positive();

export const ViralPostOutput = z.strictObject({
  post: postId,
  state: PostState,
  /** For those who decide; what leaves is asked of `social.approved-post`. */
  preview: z.string(),
  /** Figures without a source. */
  doubts: z.array(z.string()),
  model: z.string(),
  promptTokens: z.int(),
  outputTokens: z.int(),
  /** Null when the settings have no price. */
  costUsd: z.number().nullable(),
});
export type ViralPostOutput = z.infer<typeof ViralPostOutput>;

/** The capability that pays for a draft. */
export const viralPost = defineCapability({
  id: 'social.viral-post',
  verb: 'viral-post',
  command: ['posts', 'write'],
  argument: 'videoUrl',
  title: 'Write a post',
  description: 'Has a model draft a post about a video, and keeps it; this costs tokens',
  effect: 'spend',
  input: ViralPostInput,
  output: ViralPostOutput,
  methods: [{ id: 'gemini', description: 'Google Gemini, with the answer in a given shape' }],
  tunables: {},
  period: (input) => digestOf(input),
});

const post = postId.meta({
  title: 'Post',
  description: 'The post, by the number that lists show',
  examples: [17],
});

export const DecidePostInput = z.strictObject({
  post,
  approve: z.boolean().meta({ title: 'Approve', description: 'Whether it may leave' }),
  by: z.string().trim().min(1).max(120).meta({ title: 'By', description: 'Who decided' }),
  reason: DecisionReason.meta({ title: 'Reason', description: 'Why they decided so' }),
});
export type DecidePostInput = z.infer<typeof DecidePostInput>;

export const DecidePostOutput = z.strictObject({ post: postId, state: PostState });
export type DecidePostOutput = z.infer<typeof DecidePostOutput>;

const decidePost = defineCapability({
  id: 'social.decide-post',
  verb: 'decide-post',
  title: 'Note a decision',
  description: 'Notes what a person said about a post in an approval step of a pipeline',
  effect: 'upsert',
  input: DecidePostInput,
  output: DecidePostOutput,
  methods: [{ id: 'own-table', description: 'In the table of posts' }],
  tunables: {},
  period: (input) => String(input.post),
});

export const ApprovedPostInput = z.strictObject({ post });
export type ApprovedPostInput = z.infer<typeof ApprovedPostInput>;

export const ApprovedPostOutput = z.strictObject({
  post: postId,
  text: z.string(),
  platform: z.string(),
  by: z.string(),
});
export type ApprovedPostOutput = z.infer<typeof ApprovedPostOutput>;

const approvedPost = defineCapability({
  id: 'social.approved-post',
  verb: 'approved-post',
  title: 'Hand out an approved post',
  description: 'Gives the text of a post that a person has approved, and of no other',
  effect: 'read',
  input: ApprovedPostInput,
  output: ApprovedPostOutput,
  methods: [{ id: 'own-table', description: 'From the table of posts' }],
  tunables: {},
  period: (input) => String(input.post),
});

/** Posts: drafted by Gemini, kept here, decided by people. Nothing is published by itself. */
export const social = defineAgent({
  id: 'social',
  title: 'Posts',
  description: 'Drafts posts about videos and keeps what people decided about them',
  vendor: 'gemini',
  // the vendor's limits depend on the plan and are not told; 429 closes the key until it says
  limits: { perSecond: 1, perMinute: 54, atOnce: 3 },
  capabilities: [viralPost, decidePost, approvedPost],
});
