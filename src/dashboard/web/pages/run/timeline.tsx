import { useState, type CSSProperties } from 'react';
import type { RunDetail } from '../../../../contracts/api.ts';
import { useNow } from '../../live.ts';
import { counted, words } from '../../numbers.ts';
import { isOpen, StateIcon } from '../../parts/state-badge.tsx';
import { Empty } from '../../parts/view.tsx';
import type { RunSearch } from '../../search.ts';
import { clock, duration } from '../../time.ts';
import {
  attemptKey,
  attemptWords,
  endOf,
  isHeldByKey,
  queueBefore,
  stepNote,
  stepsOf,
  waitAfter,
  type Step,
} from './attempts.ts';
import { timelineScale, type Span, type TimelineScale } from './timeline-scale.ts';
import { useZoom, ZoomButtons } from './zoom.tsx';

const fills = {
  completed: 'f-completed',
  failed: 'f-failed',
  running: 'f-running',
  cancelled: 'f-queued',
} as const;

/** Steps as rows, their tries as bars: in queue, worked, failed, waiting for a retry. */
export const Timeline = ({
  detail,
  search,
  selected,
  change,
}: {
  detail: RunDetail;
  search: RunSearch;
  selected: string | undefined;
  change: (search: Partial<RunSearch>) => void;
}) => {
  const now = useNow();
  const { run } = detail;
  const all = stepsOf(detail.attempts);
  const isProblem = (step: Step) =>
    step.attempts.some((attempt) => attempt.outcome !== 'completed');
  const steps = search.only === 'problems' ? all.filter(isProblem) : all;
  const isLive = isOpen(run.state);
  const [seen, see] = useState<Span>();
  const scale = scaleOf(detail, all, now, search.fold === 'yes', seen);
  const { lanes, pan } = useZoom({ scale, seen, see, work: workOf(steps, now) });
  const nowAt = scale.place(now);
  const isNowSeen = isLive && nowAt >= 0 && nowAt <= 100;

  return (
    <section className="card" aria-label="Timeline">
      <header className="timeline-head">
        <div className="seg" role="group" aria-label="Steps shown">
          <button
            type="button"
            aria-pressed={search.only === undefined}
            onClick={() => change({ only: undefined })}
          >
            All steps
          </button>
          <button
            type="button"
            aria-pressed={search.only === 'problems'}
            onClick={() => change({ only: 'problems' })}
          >
            Only problems
          </button>
        </div>
        <button
          type="button"
          className="chip"
          aria-pressed={search.fold === 'yes'}
          onClick={() => change({ fold: search.fold === 'yes' ? undefined : 'yes' })}
        >
          Fold idle time
        </button>
        {steps.length > 0 && <ZoomButtons scale={scale} seen={seen} see={see} />}
        <span className="grow" />
        <Legend />
      </header>
      {steps.length === 0 ? (
        <Empty>
          {all.length > 0
            ? 'No step has a problem.'
            : isLive
              ? 'No step has started yet. The first try appears here at once.'
              : 'No try of this run is kept. It may be older than our records, or it ended before its first step.'}
        </Empty>
      ) : (
        <div className={`gantt ${seen ? 'zoomed' : ''}`} {...pan}>
          <div className="axis" aria-hidden="true">
            <i />
            <div>
              {scale.ticks
                .filter((tick) => !isNowSeen || Math.abs(tick.at - nowAt) > 8)
                .map((tick) => (
                  <span key={tick.at} style={{ left: `${tick.at}%` }}>
                    {tick.label}
                  </span>
                ))}
              {isNowSeen && (
                <span className="now-label" style={{ left: `${Math.min(nowAt, 96)}%` }}>
                  {clock(now).slice(0, 5)}
                </span>
              )}
            </div>
          </div>
          <div className="grid" aria-hidden="true" ref={lanes}>
            {scale.ticks.map((tick) => (
              <i key={tick.at} className="tick" style={{ left: `${tick.at}%` }} />
            ))}
            {scale.seams.map((seam) => (
              <i
                key={seam.at}
                className="seam"
                title={`${duration(seam.hiddenMs)} without work`}
                style={{ left: `${seam.at}%`, width: `${seam.width}%` }}
              />
            ))}
            {isNowSeen && <i className="now" style={{ left: `${nowAt}%` }} />}
          </div>
          <ol aria-label="Steps">
            {steps.map((step) => (
              <Row
                key={step.id}
                step={step}
                scale={scale}
                now={now}
                selected={selected}
                select={(at) => change({ at })}
              />
            ))}
          </ol>
        </div>
      )}
    </section>
  );
};

const Legend = () => (
  <div className="legend hide-m">
    <span>
      <i style={{ height: 4, background: 'var(--line-control)' }} />
      In queue
    </span>
    <span>
      <i className="f-completed" />
      Worked
    </span>
    <span>
      <i className="f-running" />
      Works now
    </span>
    <span>
      <i className="f-failed" />
      Failed try
    </span>
    <span>
      <i className="hatch-retrying" />
      Retry wait
    </span>
    <span>
      <i className="hatch-waiting" />
      Key closed
    </span>
  </div>
);

const Row = ({
  step,
  scale,
  now,
  selected,
  select,
}: {
  step: Step;
  scale: TimelineScale;
  now: number;
  selected: string | undefined;
  select: (at: string) => void;
}) => {
  const last = step.attempts.at(-1);
  const isSelected = step.attempts.some((attempt) => attemptKey(attempt) === selected);
  const waits = last?.outcome === 'failed' && last.nextAttemptAt !== null ? last : undefined;
  const waitKind = waits && (isHeldByKey(waits) ? 'waiting' : 'retrying');
  const method = last?.method;
  const bar = ({ from, to }: Span) => {
    const left = scale.place(from);
    return { left: `${left}%`, width: `${scale.place(to) - left}%` };
  };
  const ends = step.attempts.map((attempt, index) => {
    const wait = waitAfter(attempt, step.attempts[index + 1]);
    return wait?.to ?? endOf(attempt, now);
  });
  const end = within(scale.place(Math.max(...ends)));
  return (
    <li className={`g-row ${isSelected ? 'sel' : ''}`}>
      <div className="lab">
        <StateIcon kind={waitKind ?? last?.outcome ?? 'queued'} />
        <b className="cut" title={last?.activity}>
          {step.name}
        </b>
        <span className="t3">
          {method ? words(method).toLowerCase() : counted(step.attempts.length, 'try', 'tries')}
        </span>
      </div>
      <div className="lane">
        {step.attempts.map((attempt, index) => {
          const key = attemptKey(attempt);
          const queue = queueBefore(attempt, step.attempts[index - 1]);
          const wait = waitAfter(attempt, step.attempts[index + 1]);
          const work = { from: Date.parse(attempt.startedAt), to: endOf(attempt, now) };
          const said = attemptWords(attempt, now);
          return (
            <span key={key}>
              {queue && <i className="bar q" style={bar(queue)} />}
              {wait && (
                <i
                  className={`bar ${isHeldByKey(attempt) ? 'hatch-waiting' : 'hatch-retrying'}`}
                  style={bar(wait)}
                  title={isHeldByKey(attempt) ? 'Key closed' : 'Retry wait'}
                />
              )}
              <button
                type="button"
                className={`bar ${fills[attempt.outcome]}`}
                style={bar(work)}
                aria-label={said}
                aria-pressed={key === selected}
                title={said}
                onClick={() => select(key)}
              />
            </span>
          );
        })}
        <span className="bar lbl" style={notePlace(step, scale, end)}>
          {stepNote(step, now)}
        </span>
      </div>
    </li>
  );
};

/** On the lane: what lies beyond it is spoken of at its edge. */
const within = (at: number): number => Math.min(Math.max(at, 0), 100);

/** Right of the last bar where there is room, else left of the first, else over the end. */
function notePlace(step: Step, scale: TimelineScale, end: number): CSSProperties {
  const first = step.attempts[0];
  const start = first ? within(scale.place(Date.parse(first.queuedAt))) : 0;
  if (end < 72) return { left: `calc(${end}% + 8px)` };
  if (start > 28) return { right: `calc(${100 - start}% + 8px)` };
  return { right: `calc(${100 - end}% + 6px)`, background: 'var(--surface)', padding: '0 5px' };
}

/** From the start of the run to its end, or to now and the next try that is due. */
function scaleOf(
  { run, attempts }: RunDetail,
  steps: readonly Step[],
  now: number,
  isFolded: boolean,
  seen: Span | undefined,
): TimelineScale {
  const busy = busyOf(steps, now);
  const closed = run.closedAt === null ? now : Date.parse(run.closedAt);
  const due = attempts.flatMap((attempt) =>
    attempt.nextAttemptAt === null || run.closedAt !== null
      ? []
      : [Date.parse(attempt.nextAttemptAt)],
  );
  const from = Math.min(Date.parse(run.startedAt), ...busy.map((span) => span.from));
  const to = Math.max(closed, ...busy.map((span) => span.to), ...due);
  return timelineScale({ from, to: to + (to - from) * 0.02 }, busy, isFolded, seen);
}

/** When something was in line or worked. */
const busyOf = (steps: readonly Step[], now: number): readonly Span[] =>
  steps.flatMap((step) =>
    step.attempts.map((attempt, index) => ({
      from: queueBefore(attempt, step.attempts[index - 1])?.from ?? Date.parse(attempt.startedAt),
      to: endOf(attempt, now),
    })),
  );

/** From the first try to the last one, with a little room beside. */
function workOf(steps: readonly Step[], now: number): Span | undefined {
  const busy = busyOf(steps, now);
  if (busy.length === 0) return undefined;
  const from = Math.min(...busy.map((span) => span.from));
  const to = Math.max(...busy.map((span) => span.to));
  const room = Math.max(10, (to - from) * 0.03);
  return { from: from - room, to: to + room };
}
