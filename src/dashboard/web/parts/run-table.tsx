import type { ReactNode } from 'react';
import type { RunSummary } from '../../../contracts/api.ts';
import { useNow } from '../live.ts';
import { duration, exact, when } from '../time.ts';
import { Ago } from './ago.tsx';
import { StandInTag } from './card.tsx';
import { Progress } from './progress.tsx';
import { RunLink } from './run-link.tsx';
import { StateBadge, StateIcon, stateNote } from './state-badge.tsx';

/** State of a run as a cell. */
export const StateCell = ({ run, tick }: { run: RunSummary; tick?: ReactNode }) => (
  <td>
    <span className="row">
      {tick}
      <StateBadge kind={run.state.kind} />
    </span>
  </td>
);

/** Name and id of a run, the name a link to its page. */
export const NameCell = ({ run }: { run: RunSummary }) => (
  <th scope="row" className="full" style={{ fontWeight: 400 }}>
    <span className="row">
      <RunLink
        workflowId={run.workflowId}
        runId={run.runId}
        type={run.type}
        className="cut strong quiet-link"
      >
        {run.title}
      </RunLink>
      {run.isStandIn && <StandInTag />}
    </span>
    <span className="mono t3 cut block s11" title={run.workflowId}>
      {run.workflowId}
    </span>
  </th>
);

/** When a run started, and how long it took or takes. */
export const TimeCells = ({ run }: { run: RunSummary }) => {
  const now = useNow();
  const end = run.closedAt === null ? now : Date.parse(run.closedAt);
  return (
    <>
      <td className="r t2 s12 hide-m" title={exact(run.startedAt)}>
        {when(run.startedAt, now)}
      </td>
      <td className="r t2 s12 aside-m">{duration(Math.max(0, end - Date.parse(run.startedAt)))}</td>
    </>
  );
};

/** What to know next to the state: the step, the next try, the failure, how far a swarm is. */
export const NoteCell = ({ run }: { run: RunSummary }) => {
  const note = stateNote(run.state, useNow());
  return (
    <td className="full t2 s12 cut" title={note}>
      {run.progress ? <SwarmProgress run={run} /> : note}
    </td>
  );
};

/** How far a swarm is, and why it does not go on. */
export const SwarmProgress = ({ run }: { run: RunSummary }) => {
  const { state, progress } = run;
  const isHeldUp = ['queued', 'paused', 'failed', 'terminated'].includes(state.kind);
  const note = stateNote(state, useNow());
  return progress ? <Progress progress={progress} note={isHeldUp ? note : ''} /> : note;
};

/** A short list of runs for cards: state, name, and what is worth knowing. */
export const RunList = ({ runs }: { runs: readonly RunSummary[] }) => (
  <ul className="list">
    {runs.map((run) => (
      <li key={run.runId}>
        <StateIcon kind={run.state.kind} />
        <span className="grow">
          <RunLink
            workflowId={run.workflowId}
            runId={run.runId}
            type={run.type}
            className="cut block strong quiet-link"
          >
            {run.title}
          </RunLink>
          <span className="cut block mono t3 s11" title={run.workflowId}>
            {run.workflowId}
          </span>
        </span>
        <span className="s12 t3 nowrap">
          <Ago at={run.closedAt ?? run.startedAt} />
        </span>
      </li>
    ))}
  </ul>
);

/** Who asked for a run, in words. */
export function requesterWords(run: RunSummary): ReactNode {
  switch (run.requestedBy?.kind) {
    case undefined:
      return 'unknown';
    case 'person':
      return run.requestedBy.name;
    case 'cli':
      return `${run.requestedBy.name}, command line`;
    case 'schedule':
      return `schedule ${run.requestedBy.name}`;
    case 'tour':
      return 'the tour';
    case 'temporal':
      return 'Temporal, by hand';
  }
}
