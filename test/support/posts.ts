import type { PostDraft } from '../../src/contracts/posts.ts';
import type { AskedPost } from '../../src/platform/posts.ts';

/** A draft as a model gives it, each figure with its source. */
export const postDraft: PostDraft = {
  hook: '40 hours a month went into one spreadsheet. Then it stopped.',
  body: 'A small team let software do its list work.\n\nNobody had to learn a new tool. 🚀',
  steps: ['Write down what you do by hand', 'Let one tool do it'],
  ctaKeyword: 'AGENT',
  ctaText: 'Comment AGENT and you get the checklist by message.',
  hashtags: ['automation', 'smallbusiness'],
  claims: [{ text: 'It saved 40 hours', sourceQuote: 'we saved 40 hours, more or less' }],
};

/** What a post of account `default` was asked for with; every name makes another one. */
export const askedPost = (name: string): AskedPost => ({
  account: 'default',
  key: `post:default:${name}`,
  videoUrl: 'https://www.youtube.com/watch?v=EXAMPLE1',
  platform: 'linkedin',
  language: 'en',
  prompt: 'viral-post',
  promptHash: '0123456789ab',
  model: 'gemini-3.8-flash',
  run: `social.viral-post/default/${name}`,
  isStandIn: false,
  price: { inputUsdPerMillion: 0.5, outputUsdPerMillion: 3, source: 'a price list' },
});

/** An answer of the model that was a draft. */
export const paidAnswer = (name: string) => ({
  key: `post:default:${name}`,
  model: 'gemini-3.8-flash',
  finishReason: 'STOP',
  promptTokens: 31_200,
  outputTokens: 480,
  costUsd: 0.01704,
  problem: null,
});
