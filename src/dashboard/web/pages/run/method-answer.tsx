import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunDetail } from '../../../../contracts/api.ts';
import { answerRun } from '../../api-memory.ts';
import { useNow } from '../../live.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { exact, relative } from '../../time.ts';
import { HeededList } from './memory-tab.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** The question of a run all of whose methods memory refuses, the lessons that do, and the answers. */
export const MethodAnswer = ({ detail: { run, memory } }: { detail: RunDetail }) => {
  const client = useQueryClient();
  const now = useNow();
  const [act, setAct] = useState<Act>();
  const { state, workflowId, title, agent } = run;
  if (state.kind !== 'needs-you' || state.decision !== 'method') return null;

  const tell = async (done: string, word: Promise<unknown>) => {
    await word;
    say(done);
    await client.invalidateQueries();
  };
  const tryIt = (method: string): Act => ({
    title: `Try ${method} once anyway?`,
    consequence: `${title} is done with ${method}, whatever memory says. What comes of it is evidence for or against the lesson.`,
    verb: `Try ${method} once`,
    isReasonNeeded: true,
    run: (reason) =>
      tell(
        `${title} tries ${method} once.`,
        answerRun(workflowId, { action: 'try', method, reason }),
      ),
  });
  const leaveOut: Act = {
    title: 'Leave it out?',
    consequence: `${title} ends undone. Nothing was sent to the vendor.`,
    verb: 'Leave it out',
    isDangerous: true,
    isReasonNeeded: true,
    run: (reason) =>
      tell(`${title} is left out.`, answerRun(workflowId, { action: 'leave-out', reason })),
  };
  const methods = (memory?.heeded ?? []).flatMap(({ rule, status }) =>
    rule.kind === 'avoid' && status !== 'deprecated' ? [rule.method] : [],
  );
  return (
    <Card
      title="Memory refuses every method"
      more={
        <time className="more" dateTime={state.deadline} title={exact(state.deadline)}>
          ends undone {relative(state.deadline, now)}
        </time>
      }
    >
      {memory && agent !== null ? (
        <HeededList agent={agent} world={memory.world} heeded={memory.heeded} />
      ) : (
        <p className="pad t2 wrap">{state.question}</p>
      )}
      <div className="row w card-foot">
        {methods.map((method) => (
          <ActButton key={method} className="btn p" onClick={() => setAct(tryIt(method))}>
            <Icon name="play" size="m" />
            Try {method} once…
          </ActButton>
        ))}
        <ActButton className="btn d" onClick={() => setAct(leaveOut)}>
          Leave out…
        </ActButton>
        {methods.length === 0 && (
          <span className="s12 t3">
            People have deprecated every method: it can only be left out.
          </span>
        )}
      </div>
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </Card>
  );
};
