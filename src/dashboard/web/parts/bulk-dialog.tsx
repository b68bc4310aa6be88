import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import type { BulkAct, BulkPreview, BulkQuestion } from '../../../contracts/bulk.ts';
import { previewBulk, startBulk } from '../api-bulk.ts';
import { count, counted } from '../numbers.ts';
import { effectWords } from './effect.ts';
import { ReasonDialog, type Act } from './reason-dialog.tsx';
import { say } from './toast.tsx';

const words: Readonly<
  Record<BulkAct, { readonly verb: string; readonly means: string; readonly isDangerous?: true }>
> = {
  cancel: {
    verb: 'Cancel',
    means:
      'They stop after the calls that are under way. What is stored or sent stays so; a later run of the same work carries on. A swarm ends whole, with its other tasks.',
    isDangerous: true,
  },
  retry: {
    verb: 'Retry',
    means:
      'Each starts again as it was asked for, a pipeline from its first step, of a swarm the failed tasks alone. Nothing already sent is sent again.',
  },
  'retry-now': {
    verb: 'Retry now',
    means: 'What waits for its next try is tried at once; the tries keep their count.',
  },
  pause: {
    verb: 'Pause',
    means: 'They begin no more tasks; those at work end first. Nothing is lost.',
  },
  resume: { verb: 'Resume', means: 'They begin tasks again.' },
};

/** What a kind of run is called. */
const kinds: Readonly<Record<string, string>> = {
  task: 'task',
  swarm: 'swarm',
  pipeline: 'pipeline',
  starter: 'starter of a schedule',
};

/** Says to how many runs an act is done, asks for the reason, and starts it as a run of its own. */
export const BulkDialog = ({
  question,
  onClose,
  done,
}: {
  question: BulkQuestion | undefined;
  onClose: () => void;
  /** Called once it has begun. */
  done?: () => void;
}) => {
  const navigate = useNavigate();
  const id = useRef('');
  const preview = useQuery({
    queryKey: ['bulk-preview', question],
    queryFn: () => {
      id.current = crypto.randomUUID();
      return question ? previewBulk(question) : undefined;
    },
    enabled: question !== undefined,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const found = preview.data;
  const act: Act | undefined = question && {
    title: found
      ? `${words[question.act].verb} ${counted(found.total, 'run')}?`
      : `${words[question.act].verb}: counting…`,
    consequence: preview.error ? (
      <p className="failed">{preview.error.message}</p>
    ) : found ? (
      <Consequence act={question.act} found={found} />
    ) : (
      'Counts the runs that are meant.'
    ),
    verb: found
      ? `${words[question.act].verb} ${counted(found.total, 'run')}`
      : words[question.act].verb,
    isDangerous: words[question.act].isDangerous === true,
    isReasonNeeded: true,
    isReady: found !== undefined && found.total > 0,
    size: 520,
    run: async (reason) => {
      const expected = found?.total ?? 0;
      const { workflowId } = await startBulk({ ...question, id: id.current, expected, reason });
      say(`Began: ${words[question.act].verb.toLowerCase()} ${counted(expected, 'run')}.`);
      done?.();
      await navigate({ to: '/runs/$workflowId', params: { workflowId }, search: {} });
    },
  };
  return <ReasonDialog act={act} onClose={onClose} />;
};

const Consequence = ({ act, found }: { act: BulkAct; found: BulkPreview }) => (
  <>
    <p>
      {found.total === 0
        ? 'None of them is in a state for this.'
        : `${found.kinds.map(({ type, count: size }) => counted(size, kinds[type] ?? type)).join(', ')}. ${words[act].means}`}
    </p>
    {found.leftOut > 0 && (
      <p>
        {count(found.leftOut)} more {found.leftOut === 1 ? 'is' : 'are'} left out: ended already, or
        nothing to {words[act].verb.toLowerCase()}.
      </p>
    )}
    {found.effects.length > 0 && (
      <p className="row w g1">
        {found.effects.map(({ effect, count: size }) => (
          <span key={effect} className={`tag ${effect === 'destroy' ? 'danger' : ''}`}>
            {count(size)} {effectWords[effect]}
          </span>
        ))}
      </p>
    )}
    {found.examples.length > 0 && (
      <ul className="examples">
        {found.examples.map((title, index) => (
          <li key={index} className="cut" title={title}>
            {title}
          </li>
        ))}
        {found.total > found.examples.length && (
          <li className="t3">and {count(found.total - found.examples.length)} more</li>
        )}
      </ul>
    )}
  </>
);
