import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { Clip, ShortsJob } from '../../../../contracts/shorts.ts';
import { clipFile } from '../../api-shorts.ts';
import { count, words } from '../../numbers.ts';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { clipLooks, LookBadge } from './short-states.tsx';

/** One clip: its player, score, captions, and how far its file is. */
export const ClipCard = ({
  job,
  clip,
  isCurrent,
  isPlaying,
  play,
}: {
  job: ShortsJob;
  clip: Clip;
  /** Under the keys j and k. */
  isCurrent: boolean;
  isPlaying: boolean;
  play: () => void;
}) => {
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) card.current?.scrollIntoView({ block: 'nearest' });
  }, [isCurrent]);
  return (
    <li ref={card} className={`card clip ${isCurrent ? 'cur' : ''}`} aria-label={clip.name}>
      <Screen job={job} clip={clip} isPlaying={isPlaying} play={play} />
      <div className="pad stackv">
        <h2 className="cut" title={clip.name}>
          {clip.name}
        </h2>
        <div className="row w">
          <LookBadge look={clipLooks[clip.state]} />
          {clip.score !== null && (
            <span className="tag" title={clip.scoreWhy ?? undefined}>
              Score {count(clip.score)}
            </span>
          )}
        </div>
        <FileWords clip={clip} />
        {clip.scoreWhy !== null && <p className="s12 t2 wrap">{clip.scoreWhy}</p>}
        <Captions clip={clip} />
        <div className="row w s12">
          {clip.run !== null && (
            <RunLink workflowId={clip.run} className="link">
              its run
            </RunLink>
          )}
          {clip.effect !== null && (
            <Link to="/ledger" search={{ key: clip.effect }} className="link">
              its payment
            </Link>
          )}
          <Act job={job} clip={clip} />
        </div>
      </div>
    </li>
  );
};

const Screen = ({
  job,
  clip,
  isPlaying,
  play,
}: {
  job: ShortsJob;
  clip: Clip;
  isPlaying: boolean;
  play: () => void;
}) => {
  if (clip.state !== 'downloaded') {
    return (
      <div className="screen t3">
        <Icon name={clipLooks[clip.state].icon} />
      </div>
    );
  }
  return isPlaying ? (
    // The vendor burns the captions into the picture; the words stand in the card, too.
    <video
      className="screen"
      src={clipFile(job.id, clip.id)}
      aria-label={`Player of ${clip.name}`}
      preload="none"
      controls
      autoPlay
      playsInline
    />
  ) : (
    <button type="button" className="screen" onClick={play} aria-label={`Play ${clip.name}`}>
      <Icon name="play" />
    </button>
  );
};

const megabytes = (bytes: number): string =>
  bytes < 1e6
    ? `${count(Math.round(bytes / 1e3))} kB`
    : `${count(Math.round(bytes / 1e5) / 10)} MB`;

/** How far the file is, or why it is not here. */
const FileWords = ({ clip }: { clip: Clip }) => {
  const { state, bytes, sha256, arrived, why } = clip;
  if (state === 'downloaded' && bytes !== null) {
    return (
      <p className="s12 t2" title={`sha256 ${sha256 ?? ''}`}>
        {megabytes(bytes)}, checked
      </p>
    );
  }
  if (why !== null) return <p className="s12 t2 wrap">{why}</p>;
  return state === 'exported' && arrived > 0 ? (
    <p className="s12 t2">{megabytes(arrived)} are here</p>
  ) : null;
};

const Captions = ({ clip: { captions, transcript } }: { clip: Clip }) => {
  const all = [
    ...Object.entries(captions),
    ...(transcript === null ? [] : [['transcript', transcript] as const]),
  ];
  if (all.length === 0) return null;
  return (
    <details className="s12">
      <summary>Captions and words</summary>
      <dl className="stackv">
        {all.map(([platform, text]) => (
          <div key={platform}>
            <dt className="row t3">
              {words(platform)}
              <Copy text={text} name={`Copy ${platform}`} isIcon className="btn q xs" />
            </dt>
            <dd className="wrap">{text}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
};

/** What can be done with it now: download it here, or have it exported, which costs money. */
const Act = ({ job, clip }: { job: ShortsJob; clip: Clip }) => {
  if (clip.state === 'downloaded') {
    return (
      <a className="btn xs" href={`${clipFile(job.id, clip.id)}?download`} download>
        <Icon name="download" size="m" />
        Save
      </a>
    );
  }
  if (clip.state !== 'generated' && clip.state !== 'failed') return null;
  return (
    <Link
      to="/new/$capability"
      params={{ capability: 'klap.export' }}
      search={{
        account: job.account,
        input: JSON.stringify({ folder: clip.folder, clip: clip.id }),
      }}
      className="btn xs"
    >
      {clip.state === 'failed' ? 'Export again…' : 'Export…'}
    </Link>
  );
};
