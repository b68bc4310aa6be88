import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { NeedItem } from '../../../../contracts/needs.ts';
import { isTaken } from '../../frame/keys.tsx';
import { runResource } from '../../api.ts';
import { pipelineResource } from '../../api-pipelines.ts';
import { changeSwarm } from '../../api-swarms.ts';
import { useResource } from '../../live.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { say } from '../../parts/toast.tsx';
import { Empty, View } from '../../parts/view.tsx';
import { EffectPanel } from '../ledger/effect-panel.tsx';
import { StepDialog, type StepVerb } from '../pipeline/step-acts.tsx';
import { factsOf } from '../pipeline/step-facts.ts';
import { StepPanel, waitingStep } from '../pipeline/step-panel.tsx';
import { MethodAnswer } from '../run/method-answer.tsx';
import { ActButton } from '../../parts/act-button.tsx';

type Decision = Extract<NeedItem, { readonly kind: 'approval' | 'repair' }>;
type Refusal = Extract<NeedItem, { readonly kind: 'method' }>;
type Halt = Extract<NeedItem, { readonly kind: 'halted-swarm' }>;
type Login = Extract<NeedItem, { readonly kind: 'refused-login' }>;

/** The one that is looked at, with all there is to know before deciding, and the word to say. */
export const NeedCase = ({ need }: { need: NeedItem }) => {
  switch (need.kind) {
    case 'approval':
    case 'repair':
      return <DecisionCase need={need} />;
    case 'method':
      return <RefusalCase need={need} />;
    case 'unknown-outcome':
      return <EffectPanel effectKey={need.effect.key} />;
    case 'halted-swarm':
      return <HaltCase need={need} />;
    case 'refused-login':
      return <LoginCase need={need} />;
  }
};

const DecisionCase = ({ need }: { need: Decision }) => {
  const { workflowId, runId, step } = need;
  const query = useResource(pipelineResource({ workflowId, run: runId }));
  const [verb, setVerb] = useState<StepVerb>();
  useAnswerKeys(need.kind === 'approval' ? setVerb : undefined);
  return (
    <View query={query} what="The pipeline">
      {(detail) => {
        const facts = factsOf(detail).find((each) => each.step.id === step);
        if (!facts) {
          return (
            <div className="card">
              <Empty>
                <p>No worker answers for this run, so nobody can decide now.</p>
                <RunLink workflowId={workflowId} className="btn">
                  Open the run
                </RunLink>
              </Empty>
            </div>
          );
        }
        const waiting = waitingStep(detail, facts);
        return (
          <div className="col">
            <StepPanel
              detail={detail}
              facts={facts}
              heading={
                <p className="s12 t3">
                  {need.kind === 'approval' ? 'A question of ' : 'A step of '}
                  <RunLink workflowId={workflowId} runId={runId} className="link">
                    {need.run}
                  </RunLink>
                </p>
              }
            />
            {waiting && (
              <StepDialog step={waiting} verb={verb} onClose={() => setVerb(undefined)} />
            )}
          </div>
        );
      }}
    </View>
  );
};

/** `a` approves, `d` declines; both ask for the reason first. */
function useAnswerKeys(answer: ((verb: StepVerb) => void) | undefined): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!answer || isTaken(event)) return;
      if (event.key === 'a') answer('approve');
      if (event.key === 'd') answer('reject');
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}

/** The lessons that refuse the run, and the answers there are. */
const RefusalCase = ({ need: { workflowId, runId, run } }: { need: Refusal }) => {
  const query = useResource(runResource(workflowId, runId));
  return (
    <View query={query} what="The run">
      {(detail) => (
        <div className="col">
          <p className="s12 t3">
            A question of{' '}
            <RunLink {...{ workflowId, runId }} type="task" className="link">
              {run}
            </RunLink>
          </p>
          <MethodAnswer detail={detail} />
        </div>
      )}
    </View>
  );
};

const HaltCase = ({ need }: { need: Halt }) => {
  const [isAsked, setAsked] = useState(false);
  const { workflowId } = need;
  const resume: Act = {
    title: 'Resume the swarm?',
    consequence:
      'Its open tasks go on. When what stopped it is not mended, it stops again; nothing is done twice.',
    verb: 'Resume the swarm',
    isReasonNeeded: true,
    async run(reason) {
      await changeSwarm({ workflowId }, 'resume', { reason });
      say('Resumed the swarm.');
    },
  };
  return (
    <aside className="card" aria-label="Selected swarm">
      <header className="b">
        <h2 className="cut">{need.title}</h2>
      </header>
      <div className="pad stackv">
        <p className="t2 wrap">{need.text}</p>
        <div className="row w">
          <ActButton className="btn p" onClick={() => setAsked(true)}>
            <Icon name="play" size="m" />
            Resume…
          </ActButton>
          <RunLink workflowId={workflowId} type="swarm" className="btn">
            Open the swarm
          </RunLink>
        </div>
      </div>
      <ReasonDialog act={isAsked ? resume : undefined} onClose={() => setAsked(false)} />
    </aside>
  );
};

const LoginCase = ({ need }: { need: Login }) => (
  <aside className="card" aria-label="Selected login">
    <header className="b">
      <h2 className="cut">
        {need.agent}, account {need.account}
      </h2>
    </header>
    <div className="pad stackv">
      <p className="t2 wrap">{need.text}</p>
      <p className="t2">
        Put a key that works into the settings of the worker and start it again: it checks its
        logins at once. Runs that failed on it can then be started again; swarms are resumed.
      </p>
      <div className="row w">
        <Link to="/agents" className="btn">
          See the agent
        </Link>
        <Link
          to="/runs"
          search={{ agent: need.agent, account: need.account, state: 'failed', last: '7d' }}
          className="btn"
        >
          Its failed runs
        </Link>
      </div>
    </div>
  </aside>
);
