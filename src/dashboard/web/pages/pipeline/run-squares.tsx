import type { RunSummary } from '../../../../contracts/api.ts';
import { useNow } from '../../live.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { lookOf } from '../../parts/state-badge.tsx';
import { clockZone, when } from '../../time.ts';

/** The last runs as squares, oldest first, each a link to its run. */
export const RunSquares = ({ runs }: { runs: readonly RunSummary[] }) => {
  const now = useNow();
  if (runs.length === 0) return <span className="t3 s12">not run yet</span>;
  return (
    <span className="squares wide" role="list" aria-label="Last runs">
      {runs.toReversed().map((run) => {
        const { word, family } = lookOf(run.state.kind);
        const words = `${word}, started ${when(run.startedAt, now)} ${clockZone()}`;
        return (
          <span key={run.runId} role="listitem" className={`f-${family}`} title={words}>
            <RunLink workflowId={run.workflowId} runId={run.runId}>
              <span className="hidden">{words}</span>
            </RunLink>
          </span>
        );
      })}
    </span>
  );
};
