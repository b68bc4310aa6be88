import { lazy, Suspense, type ReactNode } from 'react';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useIsNarrow } from '../../parts/narrow.ts';
import { Skeleton } from '../../parts/view.tsx';
import type { StepFacts } from './step-facts.ts';
import { StepList } from './step-list.tsx';

/** Loaded with the first graph: most pages never need to place one. */
const Graph = lazy(async () => ({ default: (await import('./graph.tsx')).Graph }));

/** Above so many steps a list tells more than a graph. */
const mostInGraph = 60;

/** The steps of a pipeline: as a graph, or as a list on narrow screens and for those who ask. */
export const StepsView = ({
  title,
  facts,
  selected,
  select,
  view,
  setView,
  isPlan = false,
  panel,
}: {
  title: string;
  facts: readonly StepFacts[];
  selected: string | undefined;
  select: (id: string) => void;
  view: 'graph' | 'list' | undefined;
  setView: (view: 'graph' | 'list') => void;
  /** A definition that does not run: steps have no states. */
  isPlan?: boolean;
  /** What belongs to the selected step; stands beside the steps, or on narrow screens below it. */
  panel?: ReactNode;
}) => {
  const isNarrow = useIsNarrow();
  const isList = isNarrow || (view ?? (facts.length > mostInGraph ? 'list' : 'graph')) === 'list';
  const shared = { facts, selected, select, isPlan };
  const steps = (
    <Card
      title={title}
      tag={facts.length}
      line
      more={
        !isNarrow && (
          <div className="seg end" role="group" aria-label="Shown as">
            <button type="button" aria-pressed={!isList} onClick={() => setView('graph')}>
              Graph
            </button>
            <button type="button" aria-pressed={isList} onClick={() => setView('list')}>
              <Icon name="list" size="s" /> List
            </button>
          </div>
        )
      }
    >
      {isList ? (
        <StepList {...shared} below={isNarrow && panel} />
      ) : (
        <Suspense fallback={<Skeleton rows={4} />}>
          <Graph {...shared} />
        </Suspense>
      )}
    </Card>
  );
  return isNarrow || panel === undefined ? (
    steps
  ) : (
    <div className="cols aside">
      {steps}
      {panel}
    </div>
  );
};
