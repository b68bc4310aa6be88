import { Link } from '@tanstack/react-router';
import type { AgentMemory, SnapshotView } from '../../../../contracts/memory-views.ts';
import { useNow } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { exact, when } from '../../time.ts';
import { before } from './what-changed.tsx';

/** Memory as it was after each entry of its log, newest first; each leads to what it changed. */
export const Snapshots = ({ memory: { agent, world, snapshots } }: { memory: AgentMemory }) => {
  const now = useNow();
  return (
    <Card
      title="Snapshots"
      more={
        <span className="more">
          {snapshots.length === mostShown ? `the newest ${mostShown}` : snapshots.length}, kept for
          good
        </span>
      }
    >
      <ul className="list snapshots">
        {snapshots.map((snapshot) => {
          const { seq, hash, at, what, lessons } = snapshot;
          return (
            <li key={seq}>
              <Link
                to="/memory/$agent"
                params={{ agent }}
                search={{ world, from: String(before(snapshots, seq)), to: String(seq) }}
                className="mono link"
                aria-label={`What snapshot ${seq} changed`}
                title={`SHA-256 ${hash}`}
                resetScroll={false}
              >
                {seq}
              </Link>
              <span className="grow">
                <span className="block cut" title={snapshot.refused ?? what}>
                  {snapshot.refused ?? what}
                </span>
                <span className="block s11 t3">
                  <time dateTime={at} title={exact(at)}>
                    {when(at, now)}
                  </time>
                  , {counted(lessons, 'lesson')},{' '}
                  <span className="mono s11">{hash.slice(0, 6)}</span>
                </span>
              </span>
              <SnapshotBadge snapshot={snapshot} />
            </li>
          );
        })}
      </ul>
    </Card>
  );
};

const mostShown = 100;

const SnapshotBadge = ({ snapshot: { isLive, refused } }: { snapshot: SnapshotView }) => {
  if (refused !== null) {
    return (
      <span className="badge failed">
        <Icon name="failed" size="m" />
        Refused by gate
      </span>
    );
  }
  if (!isLive) return <span className="tag">Kept</span>;
  return (
    <span className="badge completed">
      <Icon name="completed" size="m" />
      Live
    </span>
  );
};
