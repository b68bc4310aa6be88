/** Posts as the browser reads and decides them; the calls themselves are those of `api.ts`. */
import { PostList, PostView, type PostsQuery } from '../../contracts/posts.ts';
import { pathOf, post, resource, type Resource } from './api.ts';

/** Posts, newest first. */
export const postsResource = (query: Partial<PostsQuery>): Resource<PostList> => ({
  ...resource(pathOf('/api/posts', query), PostList),
  everyMs: 5_000,
});

/** One post whole. */
export const postResource = (id: number): Resource<PostView> => ({
  ...resource(`/api/posts/${id}`, PostView),
  everyMs: 5_000,
});

/** Says whether a post may leave; answers the post as it is then. */
export const decidePost = (
  id: number,
  how: 'approve' | 'refuse',
  reason: string,
): Promise<PostView> => post(`/api/posts/${id}/${how}`, { reason }, PostView);
