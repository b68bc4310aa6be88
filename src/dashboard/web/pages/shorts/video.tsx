import { getRouteApi, Link, useParams } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import {
  ClipState,
  type Clip,
  type ShortsJob,
  type ShortsView,
} from '../../../../contracts/shorts.ts';
import { videoResource } from '../../api-shorts.ts';
import { useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { clock, clockZone, exact } from '../../time.ts';
import { ClipCard } from './clip-card.tsx';
import { clipLooks, LookBadge, videoLooks } from './short-states.tsx';

const route = getRouteApi('/shorts/$video');
const states = ClipState.options.map((value) => ({ value, label: clipLooks[value].word }));
const scores = ['50', '70', '90'].map((value) => ({ value, label: `Score ${value} and more` }));

/** One video: its clips with players, best first, and what happened to it. */
export const VideoPage = (): ReactNode => {
  const { video = '' } = useParams({ strict: false });
  const query = useResource(videoResource(video), true);
  useTitle(query.data?.job.name ?? 'Shorts');
  return (
    <View query={query} what="The video" rows={8}>
      {(view) => <Video view={view} />}
    </View>
  );
};

const Video = ({ view: { job, clips, log } }: { view: ShortsView }) => {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [playing, setPlaying] = useState<string>();
  const least = Number(search['min-score'] ?? 0);
  const shown = clips.filter(
    ({ state, score }) =>
      (search.state === undefined || state === search.state) && (score ?? 0) >= least,
  );
  const current = useRowKeys(shown.length, (index) => setPlaying(shown[index]?.id));
  return (
    <>
      <div className="head">
        <h1 className="cut">{job.name}</h1>
        <LookBadge look={videoLooks[job.state]} />
        {job.isStandIn && <StandInTag />}
        <span className="grow" />
        <FilterChip
          name="State"
          any="Any state"
          value={search.state}
          options={states}
          onChange={(state) =>
            void navigate({
              search: { ...search, state: ClipState.optional().parse(state) },
              replace: true,
            })
          }
        />
        <FilterChip
          name="Score"
          any="Any score"
          value={search['min-score']}
          options={scores}
          onChange={(score) =>
            void navigate({ search: { ...search, 'min-score': score }, replace: true })
          }
        />
      </div>
      <Facts job={job} />
      {shown.length === 0 ? (
        <section className="card">
          <NoClips job={job} isFiltered={clips.length > 0} />
        </section>
      ) : (
        <Cards job={job} clips={shown} current={current} playing={playing} play={setPlaying} />
      )}
      <Log log={log} />
    </>
  );
};

const Facts = ({ job }: { job: ShortsJob }) => (
  <section className="card pad stackv" aria-label="What came of it">
    <p className="wrap">{job.why ?? job.summary}</p>
    <div className="row w s12 t2 clip-facts">
      {job.videoUrl !== null && (
        <a href={job.videoUrl} target="_blank" rel="noreferrer" className="row cut link">
          <Icon name="open" size="s" />
          <span className="cut">{job.videoUrl}</span>
        </a>
      )}
      <span>account {job.account}</span>
      {job.folder !== null && (
        <span className="row">
          folder <span className="mono">{job.folder}</span>
          <Copy text={job.folder} name="Copy folder" isIcon className="btn q xs" />
        </span>
      )}
      {job.run !== null && (
        <RunLink workflowId={job.run} className="link">
          its run
        </RunLink>
      )}
      {job.effect !== null && (
        <Link to="/ledger" search={{ key: job.effect }} className="link">
          its payment
        </Link>
      )}
      {job.folder !== null && job.clips.downloaded < job.clips.total && (
        <Link to="/pipelines/$name" params={{ name: 'export-shorts' }} className="link">
          export the folder…
        </Link>
      )}
      <span className="t3">
        begun <Ago at={job.createdAt} />
      </span>
    </div>
  </section>
);

const Cards = ({
  job,
  clips,
  current,
  playing,
  play,
}: {
  job: ShortsJob;
  clips: readonly Clip[];
  current: number;
  playing: string | undefined;
  play: (clip: string) => void;
}) => (
  <ol className="clips" aria-label={counted(clips.length, 'clip')}>
    {clips.map((clip, index) => (
      <ClipCard
        key={clip.id}
        job={job}
        clip={clip}
        isCurrent={index === current}
        isPlaying={playing === clip.id}
        play={() => play(clip.id)}
      />
    ))}
  </ol>
);

const NoClips = ({ job, isFiltered }: { job: ShortsJob; isFiltered: boolean }) =>
  isFiltered ? (
    <Empty>
      <p>
        <b>No clips match</b>
      </p>
      <Link to="/shorts/$video" params={{ video: job.id }} className="chip on">
        Clear filters
        <Icon name="close" size="s" />
      </Link>
    </Empty>
  ) : (
    <Empty>
      <p>
        {job.state === 'pending' || job.state === 'processing'
          ? 'Its clips will be here as soon as it is cut.'
          : 'It has no clips.'}
      </p>
    </Empty>
  );

const Log = ({ log }: { log: ShortsView['log'] }) => (
  <section className="card" aria-label="Log">
    <header className="b">
      <h2>What happened</h2>
      <span className="t3 s12">{clockZone()}, newest first</span>
    </header>
    <ul className="clip-log" tabIndex={0} aria-label="Lines of the log">
      {log.map(({ at, clip, line }, index) => (
        <li key={`${at} ${index}`}>
          <time dateTime={at} title={exact(at)} className="num t3">
            {clock(Date.parse(at))}
          </time>
          <span className="wrap">
            {clip !== null && <span className="mono t3">{clip} </span>}
            {line}
          </span>
        </li>
      ))}
    </ul>
  </section>
);
