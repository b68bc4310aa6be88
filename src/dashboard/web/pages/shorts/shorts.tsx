import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ShortsState, type ShortsJob } from '../../../../contracts/shorts.ts';
import { readVideos } from '../../api-shorts.ts';
import { count } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { useTitle } from '../../parts/title.ts';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import type { ShortsSearch } from '../../search.ts';
import { LookBadge, videoLooks } from './short-states.tsx';

const route = getRouteApi('/shorts');
const states = ShortsState.options.map((value) => ({ value, label: videoLooks[value].word }));
const refreshMs = 3_000;

/** Every video that was cut into shorts, newest first. */
export const ShortsPage = (): ReactNode => {
  useTitle('Shorts');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['shorts', search],
    queryFn: ({ pageParam, signal }) =>
      readVideos(search, pageParam === '' ? undefined : pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  });
  const videos = list.data?.pages.flatMap((page) => page.jobs) ?? [];
  return (
    <>
      <div className="head">
        <h1>Shorts</h1>
        <span className="grow" />
        <FilterChip
          name="State"
          any="Any state"
          value={search.state}
          options={states}
          onChange={(value) =>
            void navigate({
              search: { ...search, state: ShortsState.optional().parse(value) },
              replace: true,
            })
          }
        />
        <Link to="/pipelines/$name" params={{ name: 'video-to-shorts' }} className="btn p">
          <Icon name="plus" size="m" />
          Cut a video…
        </Link>
      </div>
      <section className="card" aria-label="List of videos">
        {list.error && (
          <Trouble
            what="The list of videos"
            error={list.error}
            at={list.errorUpdatedAt}
            shownAt={list.data ? list.dataUpdatedAt : 0}
            retry={() => void list.refetch()}
          />
        )}
        {list.data === undefined ? (
          !list.error && <Skeleton rows={6} />
        ) : videos.length === 0 ? (
          <NoVideos search={search} />
        ) : (
          <VideoTable videos={videos} />
        )}
        {list.hasNextPage && (
          <button type="button" className="show-all" onClick={() => void list.fetchNextPage()}>
            Show older videos
          </button>
        )}
      </section>
    </>
  );
};

const VideoTable = ({ videos }: { videos: readonly ShortsJob[] }) => {
  const navigate = route.useNavigate();
  const open = (video: ShortsJob | undefined) => {
    if (video) void navigate({ to: '/shorts/$video', params: { video: video.id } });
  };
  const current = useRowKeys(videos.length, (index) => open(videos[index]));
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col" style={{ width: 176 }}>
            State
          </th>
          <th scope="col" style={{ width: '34%' }}>
            Video
          </th>
          <th scope="col">Clips</th>
          <th scope="col" className="r" style={{ width: 110 }}>
            Best score
          </th>
          <th scope="col" className="r" style={{ width: 120 }}>
            Changed
          </th>
        </tr>
      </thead>
      <tbody>
        {videos.map((video, index) => (
          <tr
            key={`${video.account} ${video.id}`}
            className={`two-lines opens ${index === current ? 'cur' : ''}`}
            onClick={(event) => {
              if (event.target instanceof Element && event.target.closest('a, button')) return;
              open(video);
            }}
          >
            <td>
              <LookBadge look={videoLooks[video.state]} />
            </td>
            <th scope="row" className="full" style={{ fontWeight: 400 }}>
              <span className="row">
                <Link
                  to="/shorts/$video"
                  params={{ video: video.id }}
                  className="cut strong quiet-link"
                >
                  {video.name}
                </Link>
                {video.isStandIn && <StandInTag />}
              </span>
              <span className="mono t3 cut block s11">
                {video.folder ?? video.taskId ?? video.account}
              </span>
            </th>
            <td className="full t2 s12 cut" title={video.why ?? video.summary}>
              {clipWords(video)}
            </td>
            <td className="r num hide-m">
              {video.bestScore === null ? '–' : count(video.bestScore)}
            </td>
            <td className="r t2 s12 aside-m">
              <Ago at={video.updatedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/** How many clips are where; why there are none. */
function clipWords({ clips, why }: ShortsJob): string {
  if (clips.total === 0) return why ?? '–';
  const bad = clips.failed + clips.unknown;
  const working = clips.exporting + clips.exported;
  return [
    `${count(clips.downloaded)} of ${count(clips.total)} downloaded`,
    ...(working > 0 ? [`${count(working)} under way`] : []),
    ...(bad > 0 ? [`${count(bad)} failed`] : []),
  ].join(', ');
}

const command = 'npm run -s agentic -- klap shorts https://www.youtube.com/watch?v=…';

const NoVideos = ({ search }: { search: ShortsSearch }) =>
  search.state === undefined && search.account === undefined ? (
    <Empty>
      <p>
        <b>No video has been cut yet.</b> Klap finds the best moments of a video; each becomes a
        short that you can watch and download here.
      </p>
      <Link to="/pipelines/$name" params={{ name: 'video-to-shorts' }} className="btn p">
        Cut the first video
      </Link>
      <p className="row w hint">
        On the command line: <code>{command}</code>
        <Copy text={command} name="Copy command" isIcon className="btn q xs" />
      </p>
    </Empty>
  ) : (
    <Empty>
      <p>
        <b>No videos match</b>
      </p>
      <Link to="/shorts" className="chip on" aria-label="Clear filters">
        Clear filters
        <Icon name="close" size="s" />
      </Link>
    </Empty>
  );
