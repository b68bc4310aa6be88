import { z } from 'zod';
import { PostList, PostsQuery, PostView, PostWord } from '../contracts/posts.ts';
import type { Database } from '../platform/database.ts';
import { createPostDesk } from '../platform/post-desk.ts';
import { createPostStore } from '../platform/posts.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';
import type { Routes } from './routes.ts';

interface PostRouteDeps {
  readonly database: Database;
  readonly health: Health;
}

const Id = z.coerce.number().int().positive();

/** Posts that a model has drafted: listed, shown, approved and refused, each word with its reason. */
export function postRoutes(routes: Routes, { database, health }: PostRouteDeps): void {
  const posts = createPostStore(database);

  routes.get(
    '/api/posts',
    { does: 'List posts', query: PostsQuery, answer: PostList },
    ({ query }) => health.during(posts.list(query)),
  );

  routes.get(
    '/api/posts/:id',
    { does: 'Show a post', answer: PostView },
    async ({ params, client }) => {
      const id = Id.safeParse(params.id).data;
      const desk = createPostDesk({ client, database });
      const post = id === undefined ? undefined : await health.during(desk.show(id));
      if (post) return post;
      throw new HttpError(404, 'unknown-post', `There is no post ${params.id}`);
    },
  );

  for (const [how, does] of [
    ['approve', 'Let a post go out'],
    ['refuse', 'Keep a post from going out'],
  ] as const) {
    routes.post(
      `/api/posts/:id/${how}`,
      { does, role: 'operator', body: PostWord, answer: PostView },
      async ({ params, body: { reason }, client, who, note }) => {
        const id = parsed(Id, params.id);
        const word = { approve: how === 'approve', reason, by: who.name };
        const post = await health.during(createPostDesk({ client, database }).decide(id, word));
        await note({ action: `post.${how}`, target: String(id), reason });
        return post;
      },
    );
  }
}
