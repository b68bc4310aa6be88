/** Posts that a model has drafted, and what a person decided about them. */
import { z } from 'zod';
import { AccountName } from './capability.ts';

const text = (most: number) => z.string().trim().min(1).max(most);

/**
 * What a model is asked for: the parts of a post, and for each statement that needs a source the words
 * of the source. All of it is data.
 */
export const PostDraft = z.strictObject({
  hook: text(300).describe('One or two lines that make people stop'),
  body: text(3_000).describe('What it is about, how it works, why it matters'),
  steps: z.array(text(400)).max(10).describe('What to do, step by step'),
  ctaKeyword: text(40).describe('The one word that readers are asked to comment'),
  ctaText: text(500).describe('The call to action with that word'),
  hashtags: z.array(text(60)).max(10).describe('Without the sign #'),
  claims: z
    .array(
      z.strictObject({
        text: text(500).describe('A statement or figure of the post'),
        sourceQuote: text(500).describe('The words of the source that it rests on'),
      }),
    )
    .max(20)
    .describe('Every figure and every statement that needs a source'),
});
export type PostDraft = z.infer<typeof PostDraft>;

/** How far a post is; `blocked` and `unusable` are answers of the model that made no draft. */
export const PostState = z.enum(['writing', 'draft', 'approved', 'refused', 'blocked', 'unusable']);
export type PostState = z.infer<typeof PostState>;

/** What the tokens of a model cost, and who says so. */
export const TokenPrice = z.strictObject({
  inputUsdPerMillion: z.number().nonnegative(),
  outputUsdPerMillion: z.number().nonnegative(),
  source: z.string(),
});
export type TokenPrice = z.infer<typeof TokenPrice>;

const count = z.int().nonnegative();
const Time = z.iso.datetime();

/** One answer of the model, which was paid for whatever came of it. */
export const PostAnswer = z.object({
  /** Its key in the ledger. */
  key: z.string(),
  /** As the vendor names it. */
  model: z.string(),
  finishReason: z.string(),
  promptTokens: count,
  /** What the model thought counts as output. */
  outputTokens: count,
  /** Null when the settings have no price. */
  costUsd: z.number().nullable(),
  /** Why it is no draft; null for one that is. */
  problem: z.string().nullable(),
  at: Time,
});
export type PostAnswer = z.infer<typeof PostAnswer>;

/** One post, as lists show it. */
export const Post = z.object({
  id: z.int(),
  account: z.string(),
  state: PostState,
  videoUrl: z.string(),
  platform: z.string(),
  language: z.string(),
  /** The name of the prompt, and a hash of what it said. */
  prompt: z.string(),
  promptHash: z.string(),
  model: z.string(),
  /** The first line; empty while there is no draft. */
  hook: z.string(),
  /** Figures without a source: each a sentence. */
  doubts: z.array(z.string()),
  promptTokens: count,
  outputTokens: count,
  costUsd: z.number().nullable(),
  /** The run that asked for it. */
  run: z.string(),
  isStandIn: z.boolean(),
  createdAt: Time,
  decision: z.object({ by: z.string(), reason: z.string(), at: Time }).nullable(),
});
export type Post = z.infer<typeof Post>;

/** One post whole. */
export const PostDetail = Post.extend({
  /** As it would leave; null while there is no draft. */
  text: z.string().nullable(),
  claims: PostDraft.shape.claims,
  answers: z.array(PostAnswer),
  price: TokenPrice.nullable(),
});
export type PostDetail = z.infer<typeof PostDetail>;

/** Query of `GET /api/posts`. */
export const PostsQuery = z.object({
  account: AccountName.optional(),
  state: PostState.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type PostsQuery = z.infer<typeof PostsQuery>;

/** `GET /api/posts`: newest first. */
export const PostList = z.object({ posts: z.array(Post), total: z.int() });
export type PostList = z.infer<typeof PostList>;

/** `GET /api/posts/:id`: with the pipeline that waits for the same word, if any. */
export const PostView = PostDetail.extend({
  asks: z.object({ workflowId: z.string(), step: z.string() }).nullable(),
});
export type PostView = z.infer<typeof PostView>;

/** Why somebody decided so. */
export const DecisionReason = z
  .string()
  .trim()
  .min(1, 'expected a reason, for those who look later')
  .max(500);

/** Body of `POST /api/posts/:id/approve` and `…/refuse`. */
export const PostWord = z.strictObject({ reason: DecisionReason });
