import type { Client } from '@temporalio/client';
import type { PostDetail, PostView } from '../contracts/posts.ts';
import type { Database } from './database.ts';
import { RunHasEnded } from './end-run.ts';
import { readPipeline } from './pipeline-detail.ts';
import { tellPipeline } from './pipeline-run.ts';
import { createPostStore } from './posts.ts';
import { WordRefused } from './tell-run.ts';

interface DeskDeps {
  readonly client: Client;
  readonly database: Database;
}

/** A person's word about a post, and who they are. */
interface Word {
  readonly approve: boolean;
  readonly reason: string;
  readonly by: string;
}

/** Where people decide about posts: one word settles the post, and the pipeline that asks about it. */
export interface PostDesk {
  show(id: number): Promise<PostView | undefined>;
  /** @throws {NotDecidable} when somebody has said otherwise, or there is no draft. */
  decide(id: number, word: Word): Promise<PostView>;
}

const mostAsking = 20;
const answersWithinMs = 5_000;

/** @param deps the table of posts, and the runs that may wait for the same word. */
export function createPostDesk(deps: DeskDeps): PostDesk {
  const { client, database } = deps;
  const posts = createPostStore(database);

  /** The approval step of a pipeline that shows this post, as long as it waits. */
  async function askingAbout({ id, run }: PostDetail): Promise<PostView['asks']> {
    const waiting = await database.sql<{ workflowId: string }[]>`
      select workflow_id as "workflowId" from runs
      where type = 'pipeline' and closed_at is null and (needs ->> 'count')::int > 0
      order by started_at desc limit ${mostAsking}`;
    for (const { workflowId } of waiting) {
      const steps = (await readPipeline(deps, workflowId))?.steps ?? [];
      const asks = steps.find(
        ({ state }) =>
          state.kind === 'needs-you' && state.decision === 'approval' && state.show.post === id,
      );
      if (asks && steps.some((step) => step.run === run)) return { workflowId, step: asks.id };
    }
    return null;
  }

  const view = async (post: PostDetail): Promise<PostView> => ({
    ...post,
    asks: await askingAbout(post),
  });

  return {
    async show(id) {
      const post = await posts.show(id);
      return post && view(post);
    },

    async decide(id, { approve, reason, by }) {
      const decided = await view(await posts.decide(id, { approve, reason, by }));
      const { asks, ...post } = decided;
      if (!asks) return decided;
      const word = { step: asks.step, reason };
      const update = approve ? 'approve' : 'reject';
      try {
        await client.withDeadline(Date.now() + answersWithinMs, () =>
          tellPipeline(client, asks.workflowId, { update, word }, by),
        );
        return { ...post, asks: null };
      } catch (error) {
        // somebody was faster there; the post is decided either way
        if (error instanceof WordRefused || error instanceof RunHasEnded) return view(post);
        throw error;
      }
    },
  };
}
