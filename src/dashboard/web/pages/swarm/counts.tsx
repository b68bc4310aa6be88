import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import type { SwarmDetail, TaskState } from '../../../../contracts/swarm.ts';
import { useNow } from '../../live.ts';
import { count, counted, percent, share } from '../../numbers.ts';
import { Spark } from '../../parts/figure.tsx';
import { Stack } from '../../parts/progress.tsx';
import { clock, duration, exact } from '../../time.ts';
import type { SwarmRef } from '../../api-swarms.ts';
import { TaskHeading } from './task-state.tsx';

/** The counts of a swarm, which add up, and its speed. */
export const Counts = ({ detail, swarm }: { detail: SwarmDetail; swarm: SwarmRef }) => {
  const { counts, failures } = detail;
  const done = counts.completed + counts.failed;
  const classes = new Map<string, number>();
  for (const group of failures) {
    classes.set(group.class, (classes.get(group.class) ?? 0) + group.count);
  }
  const methods = detail.methods.length;
  return (
    <section className="card swarm-counts" aria-label="Counts">
      <Stack parts={counts} label={countWords(detail)} isLarge />
      <div className="sums">
        <div className="sum">
          <span className="k">Done</span>
          <span className="v">
            {donePercent(done, counts.total)}{' '}
            <small>
              {count(done)} of {count(counts.total)}
            </small>
          </span>
          <span className="d">counts add up exactly</span>
        </div>
        <State swarm={swarm} state="completed" value={counts.completed}>
          {methods === 0
            ? 'none yet'
            : methods === 1
              ? `by ${detail.methods[0]?.method ?? ''}`
              : `by ${methods} methods`}
        </State>
        <State swarm={swarm} state="failed" value={counts.failed}>
          {counts.failed === 0
            ? 'none'
            : [...classes].map(([name, size]) => `${count(size)} ${name}`).join(', ')}
        </State>
        <State swarm={swarm} state="retrying" value={counts.retrying}>
          {counts.retrying === 0 ? 'none' : 'tried, to be tried again'}
        </State>
        <State swarm={swarm} state="open" value={counts.open}>
          {openWords(detail)}
        </State>
        <Speed detail={detail} />
      </div>
      <Spoken
        text={`${count(done)} of ${count(counts.total)} done, ${count(counts.failed)} failed`}
      />
    </section>
  );
};

/** Never rounded up to all, and never down to none. */
function donePercent(done: number, total: number): string {
  if (done === total) return '100%';
  const rate = share(done, total) ?? 0;
  return rate > 0.999 ? '99.9%' : rate > 0 && rate < 0.001 ? '0.1%' : percent(rate);
}

const countWords = ({ counts }: SwarmDetail): string =>
  `${count(counts.completed)} completed, ${count(counts.failed)} failed, ${count(counts.retrying)} retrying, ${count(counts.open)} open, of ${count(counts.total)}`;

function openWords({ counts, run, squads }: SwarmDetail): string {
  if (counts.open === 0) return 'none';
  if (run.closedAt !== null) return 'left undone';
  const open = squads.open.length;
  if (open === 0) return 'queued';
  const at = counted(open, 'squad');
  if (squads.waiting === null) return `${at} at work`;
  return `${count(Math.max(0, counts.open - squads.waiting))} in ${at}, ${count(squads.waiting)} queued`;
}

/** One state's count, a link to its tasks. */
const State = ({
  swarm: { workflowId, run },
  state,
  value,
  children,
}: {
  swarm: SwarmRef;
  state: TaskState;
  value: number;
  children: ReactNode;
}) => (
  <Link
    to="/swarms/$workflowId"
    params={{ workflowId }}
    search={{ run, tab: 'tasks', state }}
    className="sum"
    resetScroll={false}
  >
    <span className="k">
      <TaskHeading state={state} />
    </span>
    <span className="v">{count(value)}</span>
    <span className="d">{children}</span>
  </Link>
);

const Speed = ({ detail }: { detail: SwarmDetail }) => {
  const now = useNow();
  const { run, rate, secondsLeft } = detail;
  const rates = useHistory(rate);
  const took = (run.closedAt === null ? now : Date.parse(run.closedAt)) - Date.parse(run.startedAt);
  if (run.closedAt !== null) {
    const mean = (detail.counts.completed + detail.counts.failed) / Math.max(0.001, took / 1000);
    return (
      <div className="sum">
        <span className="k">Speed</span>
        <span className="v">
          {count(Math.round(mean * 10) / 10)} <small>tasks / s</small>
        </span>
        <span className="d" title={exact(run.closedAt)}>
          took {duration(took)}, ended {clock(run.closedAt)}
        </span>
      </div>
    );
  }
  return (
    <div className="sum has-spark">
      <span className="k">Speed</span>
      <span className="v">
        {count(rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10)} <small>tasks / s</small>
      </span>
      <span className="d">
        {secondsLeft === null
          ? 'end not known yet'
          : `ends about ${clock(now + secondsLeft * 1000)}`}
      </span>
      {rates.length > 2 && Math.max(...rates) > 0 && (
        <Spark values={rates} colour="var(--running-fill)" />
      )}
    </div>
  );
};

const remembered = 40;

/** The last values of a figure, since the page was opened. */
function useHistory(value: number): readonly number[] {
  const [values, setValues] = useState<readonly number[]>([]);
  useEffect(() => setValues((before) => [...before, value].slice(-remembered)), [value]);
  return values;
}

const speakEveryMs = 10_000;

/** Says the counts to those who don't see them, at most each ten seconds. */
const Spoken = ({ text }: { text: string }) => {
  const [spoken, setSpoken] = useState('');
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + speakEveryMs - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSpoken(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <span className="hidden" role="status" aria-live="polite" aria-label="Progress">
      {spoken}
    </span>
  );
};
