import type { Attempt, RunDetail } from '../../../../contracts/api.ts';
import { useNow } from '../../live.ts';
import { words } from '../../numbers.ts';
import { Copy } from '../../parts/copy.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { clock, duration, exact } from '../../time.ts';
import { endOf, isHeldByKey, queueBefore } from './attempts.ts';

/** Everything about one try: times, the vendor's answer, and what happens next. */
export const AttemptPanel = ({ detail, attempt }: { detail: RunDetail; attempt: Attempt }) => {
  const now = useNow();
  const tries = detail.attempts.filter((each) => each.activityId === attempt.activityId);
  const previous = tries.find((each) => each.attempt === attempt.attempt - 1);
  const queue = queueBefore(attempt, previous);
  return (
    <aside className="card" aria-label="Selected attempt">
      <header className="b">
        <h2 className="cut">
          {words(attempt.activity.split('.').at(-1) ?? '')} · attempt {attempt.attempt}
        </h2>
        <span className="more row g1" aria-hidden="true">
          <kbd>j</kbd>
          <kbd>k</kbd>
        </span>
      </header>
      <div className="pad stackv">
        <div className="row">
          <StateBadge kind={attempt.outcome} />
          {attempt.failure && <span className="t3 s12 cut">{attempt.failure.type}</span>}
          {attempt.failure && <span className="tag end">{attempt.failure.class}</span>}
        </div>
        {attempt.failure && <p className="s12 t2 wrap">{attempt.failure.message}</p>}
        <dl className="kv">
          <dt>Activity</dt>
          <dd className="mono">{attempt.activity}</dd>
          {attempt.method !== null && (
            <>
              <dt>Method</dt>
              <dd className="mono">{attempt.method}</dd>
            </>
          )}
          <dt>Started</dt>
          <dd className="num">{exact(attempt.startedAt)}</dd>
          <dt>In queue</dt>
          <dd className="num">{queue ? duration(queue.to - queue.from) : '–'}</dd>
          <dt>{attempt.outcome === 'running' ? 'Works for' : 'Worked for'}</dt>
          <dd className="num">{duration(endOf(attempt, now) - Date.parse(attempt.startedAt))}</dd>
          <dt>Worker</dt>
          <dd className="mono">{attempt.worker}</dd>
        </dl>
        {attempt.vendorAnswer && (
          <div>
            <h3 className="gap-below">The vendor’s answer</h3>
            <pre className="wrap" tabIndex={0} aria-label="The vendor’s answer">
              <b>{attempt.vendorAnswer.status}</b>
              {attempt.vendorAnswer.retryAfter !== null &&
                `\nRetry-After: ${attempt.vendorAnswer.retryAfter}`}
              {attempt.vendorAnswer.body !== '' && `\n${pretty(attempt.vendorAnswer.body)}`}
            </pre>
          </div>
        )}
        <div>
          <h3 className="gap-below">What happens next</h3>
          <p className="s12 t2">
            <Next detail={detail} attempt={attempt} now={now} />
          </p>
        </div>
        <div className="row">
          <Copy text={JSON.stringify(attempt, null, 2)} name="Copy as JSON" />
        </div>
      </div>
    </aside>
  );
};

const Next = ({ detail, attempt, now }: { detail: RunDetail; attempt: Attempt; now: number }) => {
  switch (attempt.outcome) {
    case 'completed':
      return 'Nothing more: this try did its step.';
    case 'running':
      return 'It is under way. If its worker dies, the step is tried again.';
    case 'cancelled':
      return 'Nothing more: the run was asked to stop.';
    case 'failed':
      return <AfterFailure detail={detail} attempt={attempt} now={now} />;
  }
};

const AfterFailure = ({
  detail,
  attempt,
  now,
}: {
  detail: RunDetail;
  attempt: Attempt;
  now: number;
}) => {
  const later = detail.attempts
    .filter((each) => each.startedAt > attempt.startedAt)
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  const next = later.find((each) => each.activityId === attempt.activityId);
  if (next) {
    return `Attempt ${next.attempt} started at ${clock(next.startedAt)} and ${next.outcome === 'running' ? 'is under way' : next.outcome}.`;
  }
  if (attempt.nextAttemptAt !== null && detail.run.closedAt === null) {
    const wait = Date.parse(attempt.nextAttemptAt) - now;
    const reason =
      attempt.vendorAnswer?.retryAfter != null
        ? 'the vendor named the time.'
        : isHeldByKey(attempt)
          ? 'its flow key lets no call through before.'
          : 'the pause between tries grows with each one.';
    return (
      <>
        Attempt {attempt.attempt + 1} at <b>{clock(attempt.nextAttemptAt)}</b>
        {wait > 0 ? `, in ${duration(wait)}` : ', due now'}: {reason}
      </>
    );
  }
  const other = later.find((each) => each.method !== null && each.method !== attempt.method);
  if (other)
    return `The run went on with the method ${other.method ?? ''} at ${clock(other.startedAt)}.`;
  return detail.run.closedAt === null
    ? 'The run decides how to go on.'
    : 'No further try: the run ended with this failure.';
};

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
