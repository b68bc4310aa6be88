import { useElementSize } from '@mantine/hooks';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useNow } from '../../live.ts';
import { Icon } from '../../parts/icon.tsx';
import { ProgressBar } from '../../parts/progress.tsx';
import { lookOf } from '../../parts/state-badge.tsx';
import { layoutOf, neighbourOf, node, type PlacedEdge, type PlacedStep } from './graph-layout.ts';
import { kindOf, noteOf, type StepFacts } from './step-facts.ts';

const smallest = 0.8;
const largest = 1.4;
const zoomStep = 0.2;

/** The steps as a graph from left to right. Arrow keys follow the lines, Enter opens. */
export const Graph = ({
  facts,
  selected,
  select,
  isPlan = false,
}: {
  facts: readonly StepFacts[];
  selected: string | undefined;
  select: (id: string) => void;
  /** A definition that does not run: steps have no states. */
  isPlan?: boolean;
}) => {
  const plan = facts.map(({ step }) => step);
  // placed once for each definition, not for each beat
  const layout = useMemo(() => layoutOf(plan), [JSON.stringify(plan)]);
  const { ref, width } = useElementSize();
  const [zoom, setZoom] = useState<number>();
  const fit = width === 0 ? 1 : Math.min(1, Math.max(smallest, width / layout.width));
  const scale = zoom ?? fit;
  const nodes = useRef(new Map<string, HTMLButtonElement>());
  const byId = new Map(facts.map((each) => [each.step.id, each]));
  const inTabOrder = selected ?? plan[0]?.id;

  const onKey = (event: KeyboardEvent, id: string) => {
    const next = neighbourOf(layout, id, event.key);
    if (next === undefined) return;
    event.preventDefault();
    nodes.current.get(next)?.focus();
    select(next);
  };
  return (
    <div className="graph">
      <div
        className="graph-scroll"
        ref={ref}
        role="group"
        aria-label={`Graph of ${plan.length} steps. Arrow keys follow the order`}
      >
        <div
          className="graph-size"
          style={{ width: layout.width * scale, height: layout.height * scale }}
        >
          <div
            className="graph-plane"
            style={{
              width: layout.width,
              height: layout.height,
              transform: scale === 1 ? undefined : `scale(${scale})`,
            }}
          >
            <svg width={layout.width} height={layout.height} aria-hidden="true">
              {layout.edges.map((edge) => (
                <path
                  key={`${edge.from} ${edge.to}`}
                  d={edge.path}
                  className={isPlan ? 'ahead' : edgeClass(edge, byId)}
                />
              ))}
            </svg>
            {layout.nodes.map((placed) => (
              <Node
                key={placed.step.id}
                placed={placed}
                facts={byId.get(placed.step.id)}
                isPlan={isPlan}
                isSelected={placed.step.id === selected}
                tabIndex={placed.step.id === inTabOrder ? 0 : -1}
                keep={(element) => {
                  if (element) nodes.current.set(placed.step.id, element);
                  else nodes.current.delete(placed.step.id);
                }}
                select={() => select(placed.step.id)}
                onKey={(event) => onKey(event, placed.step.id)}
              />
            ))}
          </div>
        </div>
      </div>
      {(zoom !== undefined || layout.width > width) && width > 0 && (
        <div className="graph-zoom row g1" role="group" aria-label="Size of the graph">
          <button
            type="button"
            className="btn q xs"
            aria-label="Smaller"
            disabled={scale <= smallest}
            onClick={() => setZoom(Math.max(smallest, scale - zoomStep))}
          >
            −
          </button>
          <button type="button" className="btn q xs" onClick={() => setZoom(undefined)}>
            Fit
          </button>
          <button
            type="button"
            className="btn q xs"
            aria-label="Larger"
            disabled={scale >= largest}
            onClick={() => setZoom(Math.min(largest, scale + zoomStep))}
          >
            +
          </button>
        </div>
      )}
    </div>
  );
};

/** `/steps/look/output/approved is true` → `look approved is true`. */
const shortCondition = (words: string): string =>
  words.replaceAll(/\/steps\/([^/\s]+)\/(output\/)?/g, '$1 ').replaceAll('/params/', '');

/** A line that was gone, leads to what waits for a person, or will not be gone. */
function edgeClass({ from, to }: PlacedEdge, facts: ReadonlyMap<string, StepFacts>): string {
  const [start, end] = [facts.get(from), facts.get(to)];
  if (!start || !end) return 'ahead';
  const [before, after] = [kindOf(start), kindOf(end)];
  if (after === 'needs-you') return 'asks';
  if (after === 'skipped' || after === 'cancelled') return 'left-out';
  return before === 'completed' && after !== 'queued' ? 'gone' : 'ahead';
}

const Node = ({
  placed: { step, x, y },
  facts,
  isPlan,
  isSelected,
  tabIndex,
  keep,
  select,
  onKey,
}: {
  placed: PlacedStep;
  facts: StepFacts | undefined;
  isPlan: boolean;
  isSelected: boolean;
  tabIndex: 0 | -1;
  keep: (element: HTMLButtonElement | null) => void;
  select: () => void;
  onKey: (event: KeyboardEvent) => void;
}) => {
  const now = useNow();
  const kind = facts ? kindOf(facts) : 'queued';
  const look = lookOf(kind);
  // why it was skipped stands in its condition, and in the panel
  const note = facts && !isPlan && kind !== 'skipped' ? noteOf(facts, now) : '';
  const second = isPlan ? (step.capability ?? 'asks a person') : look.word;
  const progress = facts?.run?.progress;
  return (
    <button
      ref={keep}
      type="button"
      className={`graph-node ${isPlan ? '' : kind} k-${step.kind}`}
      style={{ left: x, top: y, width: node.width, height: node.height }}
      aria-pressed={isSelected}
      tabIndex={tabIndex}
      onClick={select}
      onKeyDown={onKey}
    >
      <span className={`${isPlan ? 't3' : look.family} row`}>
        <Icon name={isPlan ? planIcons[step.kind] : look.icon} />
      </span>
      <span className="grow">
        <span className="cut block strong" title={step.title}>
          {step.title}
        </span>
        <span className="row s11 t3">
          <span className={isPlan ? 'mono cut' : 'nowrap'}>{second}</span>
          {note && (
            <span className="num cut end" title={note}>
              {note}
            </span>
          )}
        </span>
        {progress && <ProgressBar progress={progress} />}
      </span>
      {step.when !== null && (
        <span className="graph-if" title={`Only if ${step.when}`}>
          if {shortCondition(step.when)}
        </span>
      )}
    </button>
  );
};

const planIcons = { task: 'play', 'for-each': 'swarm', approval: 'needs-you' } as const;
