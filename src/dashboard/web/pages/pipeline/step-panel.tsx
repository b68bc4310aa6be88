import type { ReactNode } from 'react';
import type { PipelineDetail, StepState } from '../../../../contracts/pipeline.ts';
import { useNow } from '../../live.ts';
import { count } from '../../numbers.ts';
import { StandInTag } from '../../parts/card.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Values } from '../../parts/values.tsx';
import { clockZone, duration, exact, relative, when } from '../../time.ts';
import { StepActs, type WaitingStep } from './step-acts.tsx';
import { kindOf, laterSteps, type StepFacts } from './step-facts.ts';

/** Everything about one step: what it waits for and how to answer, what it did, with what. */
export const StepPanel = ({
  detail,
  facts,
  heading,
}: {
  detail: PipelineDetail;
  facts: StepFacts;
  /** What stands above it, where the run is not around it. */
  heading?: ReactNode;
}) => {
  const { step, status } = facts;
  const state = status?.state;
  const waiting = waitingStep(detail, facts);
  return (
    <aside className="card" aria-label="Selected step">
      <header className="b">
        <h2 className="cut" title={step.title}>
          {step.title}
        </h2>
        <span className="more">
          <StateBadge kind={kindOf(facts)} />
        </span>
      </header>
      <div className="pad stackv">
        {heading}
        {state && <Said state={state} detail={detail} facts={facts} />}
        {waiting && <StepActs key={`${step.id} ${waiting.decision}`} step={waiting} />}
        <Facts facts={facts} />
        <Work detail={detail} facts={facts} />
      </div>
    </aside>
  );
};

/** The step as one that waits for a person; undefined when it does not. */
export function waitingStep(
  { workflowId, definition }: PipelineDetail,
  { step: { id, title }, status }: StepFacts,
): WaitingStep | undefined {
  if (status?.state.kind !== 'needs-you') return undefined;
  const own = definition?.steps.find((each) => each.id === id);
  return { workflowId, id, title, decision: status.state.decision, definition: own };
}

/** What the state says in words. */
const Said = ({
  state,
  detail,
  facts,
}: {
  state: StepState;
  detail: PipelineDetail;
  facts: StepFacts;
}) => {
  switch (state.kind) {
    case 'needs-you':
      return state.decision === 'approval' ? (
        <Question state={state} detail={detail} facts={facts} />
      ) : (
        <Failure text={state.question} />
      );
    case 'failed':
      return <Failure text={`${state.failure}: ${state.message}`} />;
    case 'rejected':
      return (
        <p className="t2 wrap">
          Refused by <b>{state.by}</b>: {state.reason}
        </p>
      );
    case 'skipped':
      return <p className="t2 wrap">Left out: {state.why}</p>;
    case 'running':
      return facts.status?.failure ? (
        <Failure
          text={`The try before: ${facts.status.failure.failure}: ${facts.status.failure.message}`}
        />
      ) : null;
    case 'queued':
    case 'completed':
    case 'cancelled':
      return null;
  }
};

const Failure = ({ text }: { text: string }) => (
  <p className="step-failure wrap" role="note">
    {text}
  </p>
);

type Asking = Extract<StepState, { readonly kind: 'needs-you' }>;
const timeouts = {
  fail: 'the step fails',
  approve: 'it counts as approved',
  reject: 'it counts as refused',
} as const;

const Question = ({
  state,
  detail: { plan, definition },
  facts: { step },
}: {
  state: Asking;
  detail: PipelineDetail;
  facts: StepFacts;
}) => {
  const now = useNow();
  const later = laterSteps(plan, step.id);
  const timeout = definition?.steps.find(({ id }) => id === step.id)?.approval?.onTimeout;
  return (
    <>
      <p className="step-question">{state.question}</p>
      {Object.keys(state.show).length > 0 && <Values value={state.show} />}
      <dl className="kv">
        <dt>If approved</dt>
        <dd>
          {later.length === 0
            ? 'Nothing comes after it'
            : later.map(({ id, title, capability }) => (
                <span key={id} className="block">
                  {title}
                  {capability !== null && <span className="mono t3 s11"> {capability}</span>}
                </span>
              ))}
        </dd>
        <dt>If nobody answers</dt>
        <dd title={exact(state.deadline)}>
          {timeout === undefined ? 'it ends' : timeouts[timeout]}, {relative(state.deadline, now)}
        </dd>
      </dl>
    </>
  );
};

const kinds = { task: 'one task', 'for-each': 'a task for each item', approval: 'a question' };

const Facts = ({ facts: { step, status, run } }: { facts: StepFacts }) => {
  const now = useNow();
  return (
    <dl className="kv">
      <dt>Step</dt>
      <dd>
        <span className="mono">{step.id}</span>, {kinds[step.kind]}
      </dd>
      {step.capability !== null && (
        <>
          <dt>Capability</dt>
          <dd className="mono">{step.capability}</dd>
        </>
      )}
      <dt>Comes after</dt>
      <dd>{step.after.length === 0 ? 'nothing' : step.after.join(', ')}</dd>
      {step.when !== null && (
        <>
          <dt>Only if</dt>
          <dd>{step.when}</dd>
        </>
      )}
      {status && status.state.kind !== 'queued' && (
        <>
          <dt>Since</dt>
          <dd className="num" title={exact(status.since)}>
            {when(status.since, now)} {clockZone()}
          </dd>
        </>
      )}
      {status && status.attempts > 0 && step.kind !== 'approval' && (
        <>
          <dt>Tries</dt>
          <dd className="num">{count(status.attempts)}</dd>
        </>
      )}
      {run && (
        <>
          <dt>{run.closedAt === null ? 'Works for' : 'Took'}</dt>
          <dd className="num">
            {duration(
              (run.closedAt === null ? now : Date.parse(run.closedAt)) - Date.parse(run.startedAt),
            )}
          </dd>
        </>
      )}
      {status?.run != null && (
        <>
          <dt>Done by</dt>
          <dd>
            <RunLink
              workflowId={status.run}
              runId={run?.runId}
              type={run?.type ?? (step.kind === 'for-each' ? 'swarm' : 'task')}
              className="link mono s11"
            >
              {status.run}
            </RunLink>{' '}
            {status.isStandIn && <StandInTag />}
          </dd>
        </>
      )}
    </dl>
  );
};

/** What goes in, and what came out. */
const Work = ({
  detail,
  facts: { step, status },
}: {
  detail: PipelineDetail;
  facts: StepFacts;
}) => {
  const own = detail.definition?.steps.find(({ id }) => id === step.id);
  const task = own?.task ?? own?.['for-each']?.task;
  const hasOutput = status?.output !== null && status?.output !== undefined;
  return (
    <>
      {task && Object.keys(task.input).length > 0 && (
        <div>
          <h3 className="gap-below">Input</h3>
          <pre className="wrap" tabIndex={0} aria-label="Input">
            {JSON.stringify(task.input, null, 2)}
          </pre>
        </div>
      )}
      {hasOutput && (
        <div>
          <h3 className="gap-below">Handed on</h3>
          <pre className="wrap" tabIndex={0} aria-label="Handed on">
            {typeof status.output === 'string'
              ? status.output
              : JSON.stringify(status.output, null, 2)}
          </pre>
        </div>
      )}
    </>
  );
};
