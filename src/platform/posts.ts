import { z } from 'zod';
import {
  Post,
  PostDetail,
  PostDraft,
  type PostAnswer,
  type PostList,
  type PostsQuery,
  type PostState,
  type TokenPrice,
} from '../contracts/posts.ts';
import { doubtsAbout, textOfPost } from '../rules/post.ts';
import type { Database } from './database.ts';

/** What a post is asked for with. */
export interface AskedPost extends Pick<
  Post,
  'account' | 'videoUrl' | 'platform' | 'language' | 'prompt' | 'promptHash' | 'model' | 'run'
> {
  readonly key: string;
  readonly isStandIn: boolean;
  readonly price: TokenPrice | null;
}

/** What an answer of the model came to. */
export type Verdict =
  | { readonly kind: 'draft'; readonly draft: PostDraft }
  /** Its rules or the vendor's withheld it: asking again changes nothing. */
  | { readonly kind: 'blocked'; readonly problem: string }
  /** It is no post; asked once more it may be one. */
  | { readonly kind: 'unusable'; readonly problem: string; readonly isLast: boolean };

/** A post can't be decided so; the message says why. Nothing was changed. */
export class NotDecidable extends Error {
  override readonly name = 'NotDecidable';
}

/** A person's word about a post. */
interface Decision {
  readonly approve: boolean;
  readonly by: string;
  readonly reason: string;
}

/** Posts that a model has drafted, and what people decided about them. */
export interface PostStore {
  find(account: string, key: string): Promise<PostDetail | undefined>;
  show(id: number, account?: string): Promise<PostDetail | undefined>;
  list(query: PostsQuery): Promise<PostList>;
  /** Keeps an answer and what it came to. The same answer again changes nothing. */
  note(asked: AskedPost, answer: Omit<PostAnswer, 'at'>, verdict: Verdict): Promise<PostDetail>;
  /**
   * Keeps a person's word; the first one stands, and saying the same again changes nothing.
   *
   * @throws {NotDecidable} when there is no draft, or somebody has said otherwise.
   */
  decide(id: number, decision: Decision, account?: string): Promise<PostDetail>;
}

const Row = z.object({
  ...Post.omit({ hook: true, decision: true }).shape,
  draft: PostDraft.nullable(),
  answers: PostDetail.shape.answers,
  price: PostDetail.shape.price,
  decidedBy: z.string().nullable(),
  decidedWhy: z.string().nullable(),
  decidedAt: z.string().nullable(),
});

/** @param database where the table `posts` is. */
export function createPostStore({ sql }: Database): PostStore {
  const moment = (column: string) =>
    sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const columns = sql`
    id::float8 as id, account, state, video_url as "videoUrl", platform, language, prompt,
    prompt_hash as "promptHash", model, draft, doubts, answers, price,
    prompt_tokens as "promptTokens", output_tokens as "outputTokens", cost_usd as "costUsd", run,
    is_stand_in as "isStandIn", ${moment('created_at')} as "createdAt",
    decided_by as "decidedBy", decided_why as "decidedWhy", ${moment('decided_at')} as "decidedAt"`;
  const of = (account: string | undefined) =>
    account === undefined ? sql`` : sql`and account = ${account}`;

  async function find(account: string, key: string): Promise<PostDetail | undefined> {
    const [row] = await sql`
      select ${columns} from posts where account = ${account} and key = ${key}`;
    return row && detailOf(row);
  }

  async function show(id: number, account?: string): Promise<PostDetail | undefined> {
    const [row] = await sql`select ${columns} from posts where id = ${id} ${of(account)}`;
    return row && detailOf(row);
  }

  return {
    find,
    show,

    async list({ account, state, limit }) {
      const where = sql`where true ${of(account)} ${state ? sql`and state = ${state}` : sql``}`;
      const rows = await sql`select ${columns} from posts ${where} order by id desc limit ${limit}`;
      const [all] = await sql<{ total: number }[]>`
        select count(*)::int as total from posts ${where}`;
      return {
        posts: rows.map((row) => Post.parse(detailOf(row))),
        total: all?.total ?? 0,
      };
    },

    async note({ account, key, isStandIn, price, ...asked }, answer, verdict) {
      const draft = verdict.kind === 'draft' ? verdict.draft : null;
      const state = stateAfter(verdict);
      const kept = [{ ...answer, at: new Date().toISOString() }];
      const json = (value: unknown) => sql`${JSON.stringify(value)}::text::jsonb`;
      await sql`
        insert into posts as p (account, key, state, video_url, platform, language, prompt,
          prompt_hash, model, run, is_stand_in, price, draft, doubts, answers, prompt_tokens,
          output_tokens, cost_usd)
        values (${account}, ${key}, ${state}, ${asked.videoUrl}, ${asked.platform},
          ${asked.language}, ${asked.prompt}, ${asked.promptHash}, ${asked.model}, ${asked.run},
          ${isStandIn}, ${price && json(price)}, ${draft && json(draft)},
          ${json(draft ? doubtsAbout(draft) : [])}, ${json(kept)}, ${answer.promptTokens},
          ${answer.outputTokens}, ${answer.costUsd})
        on conflict (account, key) do update set state = excluded.state, draft = excluded.draft,
          doubts = excluded.doubts, answers = p.answers || excluded.answers, updated_at = now(),
          prompt_tokens = p.prompt_tokens + excluded.prompt_tokens,
          output_tokens = p.output_tokens + excluded.output_tokens,
          cost_usd = p.cost_usd + excluded.cost_usd
        where p.state = 'writing'
          and not p.answers @> ${json([{ key: answer.key }])}`;
      const noted = await find(account, key);
      if (!noted) throw new Error(`The post ${key} is gone right after it was noted`);
      return noted;
    },

    async decide(id, { approve, by, reason }, account) {
      const state = approve ? 'approved' : 'refused';
      await sql`
        update posts set state = ${state}, decided_by = ${by}, decided_why = ${reason},
          decided_at = now(), updated_at = now()
        where id = ${id} ${of(account)} and state = 'draft'`;
      const post = await show(id, account);
      if (!post) throw new NotDecidable(`There is no post ${id}`);
      if (post.state === state) return post;
      const { decision } = post;
      throw new NotDecidable(
        decision
          ? `Post ${id} was ${post.state} already by ${decision.by}: ${decision.reason}`
          : `Post ${id} is no draft that could be decided: it is ${post.state}`,
      );
    },
  };
}

function stateAfter(verdict: Verdict): PostState {
  if (verdict.kind !== 'unusable') return verdict.kind;
  return verdict.isLast ? 'unusable' : 'writing';
}

function detailOf(row: unknown): PostDetail {
  const { draft, decidedBy, decidedWhy, decidedAt, ...post } = Row.parse(row);
  return {
    ...post,
    hook: draft?.hook ?? '',
    text: draft && textOfPost(draft),
    claims: draft?.claims ?? [],
    decision:
      decidedBy === null
        ? null
        : { by: decidedBy, reason: decidedWhy ?? '', at: decidedAt ?? post.createdAt },
  };
}
