import { social as declared } from '../../contracts/social.ts';
import type { Account } from '../../platform/config.ts';
import type { Activities } from '../activities.ts';
import { accountFinder, checkedLogin, type AgentBundle } from '../agent.ts';
import { createStartOnce, type OnceDeps } from '../once.ts';
import { geminiCall, type GeminiClient } from './client.ts';
import { approvedPost, decidePost } from './decisions.ts';
import { viralPost, type SocialDeps } from './viral-post.ts';

interface BundleDeps
  extends Omit<SocialDeps, 'account' | 'startOnce'>, Omit<OnceDeps, 'account' | 'callOf'> {
  /** Google's client outside of activities, for the check of logins. */
  readonly probe: GeminiClient;
  readonly accounts: readonly Account[];
}

/** Binds the declared capabilities to their activities. */
export function createSocialAgent({
  posts,
  prompts,
  model,
  price,
  probe,
  accounts,
  ...effects
}: BundleDeps): AgentBundle {
  const account = accountFinder('Gemini', accounts);
  const startOnce = createStartOnce({ ...effects, account, callOf: geminiCall });
  return {
    agent: declared,
    accounts,
    activities: {
      'social.viral-post': viralPost({ posts, prompts, model, price, startOnce, account }),
      'social.decide-post': decidePost({ posts }),
      'social.approved-post': approvedPost({ posts }),
    } satisfies Activities<typeof declared>,
    checkLogin: (login) =>
      checkedLogin(async () => `The key works, and ${await probe.model(login, model)} is there`),
  };
}
