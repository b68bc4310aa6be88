import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { PostState, type Post, type PostList } from '../../../../contracts/posts.ts';
import { postsResource } from '../../api-posts.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card, StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import type { PostsSearch } from '../../search.ts';
import { PostPanel } from './post-panel.tsx';
import { PostBadge, postLooks } from './post-state.tsx';

const route = getRouteApi('/posts');
const command = 'npm run -s agentic -- posts write https://www.youtube.com/watch?v=…';
const pageSize = 50;
const mostShown = 500;

/** Drafts of a model, and what people decided about them: nothing leaves unapproved. */
export const PostsPage = (): ReactNode => {
  useTitle('Posts');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [limit, setLimit] = useState(pageSize);
  const query = useResource(postsResource({ state: search.state, limit }), true);
  return (
    <>
      <div className="head">
        <h1>Posts</h1>
        <span className="t3">Drafts of a model. Nothing leaves before you approve it.</span>
        <span className="grow" />
        <Link to="/new/$capability" params={{ capability: 'social.viral-post' }} className="btn">
          <Icon name="plus" size="m" />
          Write a post
        </Link>
      </div>
      <div className="row w">
        <FilterChip
          name="State"
          value={search.state}
          any="Any state"
          options={PostState.options.map((value) => ({ value, label: postLooks[value].word }))}
          onChange={(value) =>
            void navigate({ search: { state: PostState.safeParse(value).data }, replace: true })
          }
        />
      </div>
      <View query={query} what="The list of posts">
        {(list) =>
          list.total === 0 ? (
            <div className="card">
              <Nothing search={search} />
            </div>
          ) : (
            <Content
              list={list}
              search={search}
              more={
                list.posts.length < list.total && limit < mostShown
                  ? () => setLimit(Math.min(limit * 4, mostShown))
                  : undefined
              }
            />
          )
        }
      </View>
    </>
  );
};

const Nothing = ({ search }: { search: PostsSearch }) => {
  const navigate = route.useNavigate();
  if (search.state !== undefined) {
    return (
      <Empty>
        <p>
          <b>No posts match.</b>
        </p>
        <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
          Clear filters
        </button>
      </Empty>
    );
  }
  return (
    <Empty>
      <p>No post was written yet. Each draft will be here, with its sources, tokens and cost.</p>
      <Link to="/pipelines/$name" params={{ name: 'viral-post' }} className="btn p">
        Start the pipeline that writes one
      </Link>
      <p className="row w hint">
        On the command line: <code>{command}</code>
        <Copy text={command} name="Copy command" isIcon className="btn q xs" />
      </p>
    </Empty>
  );
};

const Content = ({
  list: { posts, total },
  search,
  more,
}: {
  list: PostList;
  search: PostsSearch;
  more: (() => void) | undefined;
}) => {
  const navigate = route.useNavigate();
  const select = (id: number | undefined) =>
    void navigate({
      search: { ...search, selected: id === undefined ? undefined : String(id) },
      replace: true,
      resetScroll: false,
    });
  const chosen = search.selected === undefined ? undefined : Number(search.selected);
  const selected = chosen ?? posts[0]?.id;
  useRowKeys(posts.length, () => undefined, {
    current: posts.findIndex(({ id }) => id === chosen),
    move: (at) => select(posts[at]?.id),
  });
  return (
    <div className="cols aside posts">
      <Card title="Posts, newest first" tag={count(total)} line>
        <table className="cards">
          <thead>
            <tr>
              <th scope="col" style={{ width: 136 }}>
                State
              </th>
              <th scope="col">Post</th>
              <th scope="col" className="r" style={{ width: 88 }}>
                Cost
              </th>
              <th scope="col" className="r" style={{ width: 88 }}>
                Written
              </th>
            </tr>
          </thead>
          <tbody>
            {posts.map((post) => (
              <Row
                key={post.id}
                post={post}
                isSelected={post.id === selected}
                select={() => select(post.id)}
              />
            ))}
          </tbody>
        </table>
        {more && (
          <button type="button" className="bulk-new" onClick={more}>
            {counted(posts.length, 'post')} of {count(total)} shown, show more
          </button>
        )}
      </Card>
      {selected !== undefined && (
        <PostPanel
          key={selected}
          id={selected}
          close={chosen === undefined ? undefined : () => select(undefined)}
        />
      )}
    </div>
  );
};

const Row = ({
  post,
  isSelected,
  select,
}: {
  post: Post;
  isSelected: boolean;
  select: () => void;
}) => (
  <tr
    className={`two-lines opens ${isSelected ? 'sel' : ''}`}
    aria-current={isSelected ? 'true' : undefined}
    onClick={(event) => {
      if (event.target instanceof Element && event.target.closest('button')) return;
      select();
    }}
  >
    <td>
      <PostBadge state={post.state} />
    </td>
    <th scope="row" className="full">
      <button type="button" className="strong cut block quiet-link" onClick={select}>
        {post.hook === '' ? `Post ${post.id}` : post.hook}
      </button>
      <span className="s12 t3 cut block">
        {post.platform}, {post.language}, {post.account}
        {post.doubts.length > 0 && ` · ${counted(post.doubts.length, 'figure')} without a source`}
        {post.isStandIn && (
          <>
            {' '}
            <StandInTag />
          </>
        )}
      </span>
    </th>
    <td className="r num t2 s12 hide-m">{costWords(post)}</td>
    <td className="r t2 s12 aside-m">
      <Ago at={post.createdAt} />
    </td>
  </tr>
);

const costWords = ({ costUsd }: Post): string =>
  costUsd === null ? '–' : `$${costUsd.toFixed(4)}`;
