import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import type {
  ApprovedPostInput,
  ApprovedPostOutput,
  DecidePostInput,
  DecidePostOutput,
} from '../../contracts/social.ts';
import { NotDecidable } from '../../platform/posts.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { SocialDeps } from './viral-post.ts';

/** Notes what a person said in a pipeline's approval. The first word stands, and a repeat changes nothing. */
export const decidePost =
  ({ posts }: Pick<SocialDeps, 'posts'>): CapabilityActivity<DecidePostInput, DecidePostOutput> =>
  async ({ account, input: { post, ...decision } }) => {
    try {
      const { state } = await posts.decide(post, decision, account);
      return { post, state };
    } catch (error) {
      if (!(error instanceof NotDecidable)) throw error;
      throw ApplicationFailure.nonRetryable(error.message, FailureType.InvalidInput);
    }
  };

/** The text of a post that a person has approved; of any other there is none. */
export const approvedPost =
  ({
    posts,
  }: Pick<SocialDeps, 'posts'>): CapabilityActivity<ApprovedPostInput, ApprovedPostOutput> =>
  async ({ account, input: { post: id } }) => {
    const post = await posts.show(id, account);
    if (!post) {
      throw ApplicationFailure.nonRetryable(
        `The account ${account} has no post ${id}`,
        FailureType.NotFound,
      );
    }
    const { state, text, decision, platform } = post;
    if (state === 'approved' && text !== null) {
      return { post: id, text, platform, by: decision?.by ?? '' };
    }
    throw ApplicationFailure.nonRetryable(
      `Post ${id} is ${state}, and only an approved one leaves: \`agentic posts approve ${id} --reason …\``,
      FailureType.NotApproved,
    );
  };
