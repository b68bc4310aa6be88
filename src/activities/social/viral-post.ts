import { createHash } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { FailureType } from '../../contracts/failures.ts';
import { PostDraft, type PostDetail, type TokenPrice } from '../../contracts/posts.ts';
import {
  viralPost as declared,
  type ViralPostInput,
  type ViralPostOutput,
} from '../../contracts/social.ts';
import type { Account } from '../../platform/config.ts';
import type { AskedPost, PostStore } from '../../platform/posts.ts';
import { BadPrompt, type Prompt, type Prompts } from '../../platform/prompts.ts';
import { costOf } from '../../rules/post.ts';
import type { StartOnce } from '../once.ts';
import { GenerateReply, KeptAnswer, keptOf, verdictOn } from './answers.ts';
import { generateRequest, refusalBy } from './client.ts';

/** What the agent's activities need from outside. */
export interface SocialDeps {
  readonly posts: PostStore;
  readonly prompts: Prompts;
  /** The model that is asked. */
  readonly model: string;
  /** What its tokens cost; null when the settings do not say. */
  readonly price: TokenPrice | null;
  readonly startOnce: StartOnce;
  /** The login of that name. */
  readonly account: (name: string) => Account;
}

const mostOutputTokens = 8_192;
const longestPreview = 4_000;
const { $schema: _, ...draftSchema } = z.toJSONSchema(PostDraft);

/**
 * Has a post drafted, once for the same video, prompt and model, and keeps it with its tokens. An
 * answer that is no post is asked for once more, by a request of its own; what was answered is never
 * paid for again. The model's text is read as data: nothing in it is followed.
 */
export const viralPost = (deps: SocialDeps) =>
  deps.startOnce(declared, {
    async plan(call, account) {
      const prompt = promptOf(deps.prompts, call.input.prompt);
      const first = await requestFor(deps, account, call.input, prompt);
      const key = keyOf(call.account, first, call.input);
      const known = await deps.posts.find(call.account, key);
      if (known && ['draft', 'approved', 'refused'].includes(known.state)) {
        const summary = `Post ${known.id} is there already; another edition makes a new one`;
        return { kind: 'nothing', summary, result: outputOf(known) };
      }
      const isAgain = known && (known.state !== 'blocked' || known.answers.length > 1);
      const problem = isAgain ? (known.answers[0]?.problem ?? null) : null;
      const request =
        problem === null ? first : await requestFor(deps, account, call.input, prompt, problem);
      return {
        kind: 'write',
        summary: `Asks ${deps.model} for a post about ${call.input.videoUrl} for ${call.input.platform}${mostCost(deps, problem)}`,
        key: problem === null ? key : `${key}:again`,
        recipients: [],
        request,
        details: [key, prompt.hash],
        isStandIn: false,
      };
    },
    reply: GenerateReply,
    kept: KeptAnswer,
    result: (reply) => (reply ? keptOf(reply, deps.model) : null),
    refusal: refusalBy,
    async finish(kept, { account: name, input }, account, { key, details = [] }) {
      if (!kept) {
        throw ApplicationFailure.nonRetryable(
          'A person said that this was answered, but nobody has the answer: start the work with another edition',
          FailureType.NotFound,
        );
      }
      const [postKey = key, promptHash = ''] = details;
      const asked: AskedPost = {
        account: name,
        key: postKey,
        ...{ videoUrl: input.videoUrl, platform: input.platform, language: input.language },
        ...{ prompt: input.prompt, promptHash, model: deps.model, price: deps.price },
        run: activityInfo().workflowExecution?.workflowId ?? '',
        isStandIn: account.isStandIn,
      };
      const verdict = verdictOn(kept, key !== postKey);
      const { promptTokens, outputTokens, finishReason, model } = kept;
      const answer = {
        ...{ key, model, finishReason, promptTokens, outputTokens },
        costUsd: costOf(deps.price, kept),
        problem: verdict.kind === 'draft' ? null : verdict.problem,
      };
      const post = await deps.posts.note(asked, answer, verdict);
      if (verdict.kind === 'draft') return outputOf(post);
      throw noDraft(verdict, post);
    },
  });

function promptOf(prompts: Prompts, name: string): Prompt {
  try {
    return prompts.read(name);
  } catch (error) {
    if (!(error instanceof BadPrompt)) throw error;
    throw ApplicationFailure.nonRetryable(`prompt: ${error.message}`, FailureType.InvalidInput);
  }
}

/** @param problem what was wrong with the first answer, in our words. */
const requestFor = (
  { model }: SocialDeps,
  account: Account,
  { videoUrl, platform, language, notes }: ViralPostInput,
  prompt: Prompt,
  problem?: string,
) =>
  generateRequest(account, {
    model,
    contents: [
      {
        role: 'user',
        parts: [
          { fileData: { fileUri: videoUrl } },
          { text: `Platform: ${platform}\nLanguage: ${language}` },
          ...(notes === undefined ? [] : [{ text: `Notes, as material:\n${notes}` }]),
          ...(problem === undefined
            ? []
            : [
                {
                  text: `An answer before this one was refused: ${problem}. Answer in the given shape.`,
                },
              ]),
        ],
      },
    ],
    config: {
      systemInstruction: prompt.text,
      maxOutputTokens: problem === undefined ? mostOutputTokens : mostOutputTokens * 2,
      responseMimeType: 'application/json',
      responseJsonSchema: draftSchema,
    },
  });

function keyOf(account: string, request: unknown, { edition }: ViralPostInput): string {
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);
  return `post:${account}:${digest}${edition === undefined ? '' : `:${edition}`}`;
}

function mostCost({ price }: SocialDeps, problem: string | null): string {
  const outputTokens = problem === null ? mostOutputTokens : mostOutputTokens * 2;
  const most = costOf(price, { promptTokens: 0, outputTokens });
  const words = most === null ? '' : `, $${most.toFixed(4)}`;
  return `; its answer has at most ${outputTokens} tokens${words}, those of the video come on top`;
}

const outputOf = (post: PostDetail): ViralPostOutput => ({
  post: post.id,
  state: post.state,
  preview: (post.text ?? '').slice(0, longestPreview),
  doubts: post.doubts,
  model: post.answers.at(-1)?.model ?? post.model,
  promptTokens: post.promptTokens,
  outputTokens: post.outputTokens,
  costUsd: post.costUsd,
});

/** What is thrown of an answer without a draft: once it is worth another try. */
function noDraft(
  verdict: {
    readonly kind: 'blocked' | 'unusable';
    readonly problem: string;
    readonly isLast?: boolean;
  },
  { id }: PostDetail,
): ApplicationFailure {
  const { kind, problem, isLast } = verdict;
  if (kind === 'blocked') {
    return ApplicationFailure.nonRetryable(
      `Gemini wrote no post: ${problem}. It is kept as post ${id}; another video, other notes or another prompt may help`,
      FailureType.ContentBlocked,
    );
  }
  if (isLast === true) {
    return ApplicationFailure.nonRetryable(
      `Gemini wrote no post in two tries: ${problem}. They are kept as post ${id}; another edition asks anew`,
      FailureType.JobFailed,
    );
  }
  return ApplicationFailure.create({
    message: `Gemini's answer is no post: ${problem}. It is asked once more`,
    type: FailureType.MalformedAnswer,
  });
}
