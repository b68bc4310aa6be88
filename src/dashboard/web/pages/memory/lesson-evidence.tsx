import type { LessonExplanation } from '../../../../contracts/memory-views.ts';
import { useNow } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Empty } from '../../parts/view.tsx';
import { exact, when } from '../../time.ts';

type Evidence = LessonExplanation['evidence'][number];

const mostShown = 20;

/** What runs have shown about what a lesson speaks of, newest first, with the vendor's own words. */
export const LessonEvidence = ({
  explanation: { evidence },
}: {
  explanation: LessonExplanation;
}) => (
  <Card
    title="Evidence"
    tag={evidence.length === mostShown ? `the newest ${mostShown}` : evidence.length}
  >
    {evidence.length === 0 ? (
      <Empty>No run has shown anything about it: a person says so.</Empty>
    ) : (
      <ol className="list evidence">
        {evidence.map((seen) => (
          <li key={`${seen.entry} ${seen.seenIn.runId} ${seen.failure ?? ''}`} className="from-top">
            <Seen seen={seen} />
          </li>
        ))}
      </ol>
    )}
  </Card>
);

const Seen = ({ seen }: { seen: Evidence }) => {
  const now = useNow();
  const { at, entry, seenIn, method, tasks, failure, attempts } = seen;
  const family = failure === null ? 'completed' : 'failed';
  return (
    <>
      <span className={`${family} row`}>
        <Icon name={family} />
      </span>
      <span className="grow">
        <span className="block wrap">
          {counted(tasks, 'task')} with <code>{method}</code>{' '}
          {failure === null ? 'went well' : `failed: ${failure}`}
        </span>
        <span className="block s12 t3 wrap">
          <RunLink workflowId={seenIn.workflowId} runId={seenIn.runId} className="link">
            {seenIn.workflowId}
          </RunLink>
          {seenIn.eventId !== null && ` event ${count(seenIn.eventId)}`}, entry {entry}
        </span>
        {attempts.map(({ attempt, failure: how, vendorAnswer }) => (
          <span key={attempt} className="block gap-above">
            <span className="block s12 t2 wrap">
              Try {attempt}: {how?.message}
            </span>
            {vendorAnswer && (
              <pre className="wrap" tabIndex={0} aria-label="What the vendor said">
                {vendorAnswer.status} {vendorAnswer.body}
              </pre>
            )}
          </span>
        ))}
      </span>
      <time className="s12 t3 nowrap num" dateTime={at} title={exact(at)}>
        {when(at, now)}
      </time>
    </>
  );
};
