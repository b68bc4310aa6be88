/** What Gemini answers, as far as we read it, and what an answer comes to. */
import { z } from 'zod';
import { PostDraft } from '../../contracts/posts.ts';
import type { Verdict } from '../../platform/posts.ts';

const tokens = z.int().nonnegative().optional();

/** The answer to `generateContent`. */
export const GenerateReply = z.object({
  candidates: z
    .array(
      z.object({
        content: z
          .object({ parts: z.array(z.object({ text: z.string().optional() })).optional() })
          .optional(),
        finishReason: z.string().optional(),
      }),
    )
    .optional(),
  promptFeedback: z.object({ blockReason: z.string().optional() }).optional(),
  usageMetadata: z
    .object({
      promptTokenCount: tokens,
      candidatesTokenCount: tokens,
      thoughtsTokenCount: tokens,
    })
    .optional(),
  modelVersion: z.string().optional(),
});
export type GenerateReply = z.infer<typeof GenerateReply>;

/** What the ledger keeps of an answer; null when a person says that there was one and nobody has it. */
export const KeptAnswer = z
  .object({
    text: z.string(),
    finishReason: z.string(),
    blockReason: z.string().nullable(),
    model: z.string(),
    promptTokens: z.int(),
    outputTokens: z.int(),
  })
  .nullable();
export type KeptAnswer = z.infer<typeof KeptAnswer>;

/** @param asked the model that was asked, where the answer does not name its own. */
export function keptOf(reply: GenerateReply, asked: string): NonNullable<KeptAnswer> {
  const [first] = reply.candidates ?? [];
  const { usageMetadata: used } = reply;
  return {
    text: (first?.content?.parts ?? []).map(({ text = '' }) => text).join(''),
    finishReason: first?.finishReason ?? 'NONE',
    blockReason: reply.promptFeedback?.blockReason ?? null,
    model: reply.modelVersion ?? asked,
    promptTokens: used?.promptTokenCount ?? 0,
    outputTokens: (used?.candidatesTokenCount ?? 0) + (used?.thoughtsTokenCount ?? 0),
  };
}

/** Reasons for which a model stops that asking again does not change. */
const blocking = [
  ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'LANGUAGE'],
  'IMAGE_SAFETY',
];

/**
 * What an answer comes to. Its text is only ever read as JSON of the shape that was asked for; what is
 * wrong with it is said in our words, and none of its own.
 */
export function verdictOn(
  { text, finishReason, blockReason }: NonNullable<KeptAnswer>,
  isLast: boolean,
): Verdict {
  if (blockReason !== null) {
    return { kind: 'blocked', problem: `the request was blocked (${blockReason})` };
  }
  if (blocking.includes(finishReason)) {
    return { kind: 'blocked', problem: `the answer was withheld (${finishReason})` };
  }
  if (finishReason === 'MAX_TOKENS') {
    return { kind: 'unusable', problem: 'the answer was cut (MAX_TOKENS)', isLast };
  }
  if (text.trim() === '') {
    return { kind: 'unusable', problem: `the answer was empty (${finishReason})`, isLast };
  }
  const draft = PostDraft.safeParse(jsonIn(text));
  if (draft.success) return { kind: 'draft', draft: draft.data };
  const [issue] = draft.error.issues;
  // the names of unknown fields are the model's words
  const known = (issue?.path ?? []).filter(
    (part) => part in PostDraft.shape || typeof part === 'number',
  );
  const place = known.length === 0 ? 'its root' : known.join('.');
  const problem = `not the shape that was asked for, at ${place}`;
  return { kind: 'unusable', problem, isLast };
}

/** Without what a table does not take: NUL, and halves of letters. */
const storable = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text, storable);
  } catch {
    return undefined;
  }
}
