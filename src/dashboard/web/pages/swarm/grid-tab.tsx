import { useMediaQuery } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { SwarmDetail, SwarmTiles } from '../../../../contracts/swarm.ts';
import { readTasks, tilesResource, type SwarmRef } from '../../api-swarms.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { View } from '../../parts/view.tsx';
import type { SwarmSearch } from '../../search.ts';
import { CellWords } from './cell-words.tsx';
import { cellCount, cellsOf, countIn, merged, tasksOf, type GridCells } from './grid-cells.ts';
import { GridCanvas } from './grid-canvas.tsx';
import { levelOf, levelsFor, type GridLevel } from './grid-layout.ts';
import { TaskLines } from './task-lines.tsx';
import { TilePanel } from './tile-panel.tsx';
import { TaskPanel } from './task-panel.tsx';

interface TabProps {
  readonly detail: SwarmDetail;
  readonly swarm: SwarmRef;
  readonly search: SwarmSearch;
  readonly change: (next: Partial<SwarmSearch>) => void;
}

const mostDensityTiles = 1_000;

/** Every task of the swarm at its place, from one to a million. */
export const GridTab = (props: TabProps) => {
  const { detail, swarm, search, change } = props;
  const tiles = useResource(tilesResource(swarm));
  const isNarrow = useMediaQuery('(max-width: 760px)', undefined, {
    getInitialValueInEffect: false,
  });
  const level = levelFor(search, detail.counts.total, isNarrow);
  const task = search.task === undefined ? undefined : Number(search.task);
  const hasPanel = task !== undefined || search.tile !== undefined;
  return (
    <div className={hasPanel ? 'cols aside' : 'cols'}>
      {level === 'list' ? (
        <FewTasks {...props} version={tiles.dataUpdatedAt} />
      ) : (
        <View query={tiles} what="The grid" rows={9}>
          {(data) => <Grid {...props} tiles={data} level={level} isNarrow={isNarrow} />}
        </View>
      )}
      {hasPanel && (
        <aside className="card tile-panel" aria-label="Selected tasks">
          {level !== 'list' && search.tile !== undefined && (
            <TilePanel
              key={search.tile}
              swarm={swarm}
              from={Number(search.tile)}
              size={Number(search.size ?? 1)}
              version={tiles.dataUpdatedAt}
              selected={task}
              select={(index) => change({ task: String(index) })}
              close={() => change({ tile: undefined, size: undefined, task: undefined })}
            />
          )}
          {task !== undefined && (
            <TaskPanel
              key={task}
              detail={detail}
              swarm={swarm}
              index={task}
              isRunning={detail.run.closedAt === null}
              alike={(failure) =>
                change({ tab: 'tasks', state: 'failed', failure, task: undefined, tile: undefined })
              }
              close={() => change({ task: undefined })}
            />
          )}
        </aside>
      )}
    </div>
  );
};

function levelFor(search: SwarmSearch, total: number, isNarrow: boolean): GridLevel {
  const wanted = search.level;
  const isFit = wanted !== undefined && levelsFor(total).includes(wanted) && !isNarrow;
  return isFit ? wanted : levelOf(total, isNarrow);
}

/** A swarm small enough for words. */
const FewTasks = ({
  detail,
  swarm,
  search,
  change,
  version,
}: TabProps & { readonly version: number }) => {
  const query = useQuery({
    queryKey: ['swarm-few', swarm, version],
    queryFn: ({ signal }) => readTasks(swarm, { limit: 60 }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <View query={query} what="The tasks" rows={6}>
      {({ tasks }) => (
        <Card title={counted(detail.counts.total, 'task')} line>
          <TaskLines
            tasks={tasks}
            hasEnded={detail.run.closedAt !== null}
            selected={search.task === undefined ? undefined : Number(search.task)}
            select={(index) => change({ task: String(index) })}
          />
        </Card>
      )}
    </View>
  );
};

const wordStates = ['completed', 'failed', 'retrying', 'open'] as const;
const levelNames = { list: 'List', tasks: 'Tasks', tiles: 'Tiles', density: 'Density' } as const;

const Grid = ({
  detail,
  search,
  change,
  tiles,
  level,
  isNarrow,
}: TabProps & {
  readonly tiles: SwarmTiles;
  readonly level: Exclude<GridLevel, 'list'>;
  readonly isNarrow: boolean;
}) => {
  const cells = useMemo(() => {
    const finest = cellsOf(tiles);
    if (level === 'tasks') return finest;
    return merged(finest, Math.ceil(cellCount(finest) / mostDensityTiles));
  }, [tiles, level]);
  const label = useMemo(() => labelOf(cells), [cells]);
  const isProblemsFirst = search.order === 'problems';
  const levels = levelsFor(detail.counts.total);
  const step = (by: number) => {
    const next = levels[levels.indexOf(level) + by];
    if (next && next !== 'list') change({ level: next, tile: undefined, size: undefined });
  };
  const open = (cell: number) => {
    const { from, to } = tasksOf(cells, cell);
    if (cells.size === 1) change({ task: String(from), tile: undefined, size: undefined });
    else change({ tile: String(from), size: String(to - from), task: undefined });
  };
  const chosen = Number(search.tile ?? search.task ?? -1);
  return (
    <section className="card" aria-label="Grid of tasks">
      <header className="grid-head">
        <h2>
          {cells.size === 1
            ? counted(detail.counts.total, 'task')
            : counted(cellCount(cells), 'tile')}
        </h2>
        <span className="t3 s12">
          {cells.size === 1 ? 'one cell = one task' : `one tile = ${counted(cells.size, 'task')}`}
          {isProblemsFirst && ', in order of trouble, not of index'}
        </span>
        <span className="grow" />
        {!isNarrow && levels.length > 1 && (
          <Choice
            label="Drawn as"
            options={levels.map((each) => [each, levelNames[each]])}
            value={level}
            onChange={(each) => {
              if (each !== 'list') change({ level: each, tile: undefined, size: undefined });
            }}
          />
        )}
        <Choice
          label="Order"
          options={[
            ['index', 'All'],
            ['problems', 'Problems first'],
          ]}
          value={isProblemsFirst ? 'problems' : 'index'}
          onChange={(order) => change({ order: order === 'problems' ? order : undefined })}
        />
      </header>
      <div className="grid-box">
        <GridCanvas
          cells={cells}
          level={level}
          isNarrow={isNarrow}
          isProblemsFirst={isProblemsFirst}
          label={label}
          selected={chosen < 0 ? undefined : Math.floor((chosen - cells.first) / cells.size)}
          wordsOf={(cell) => <CellWords cells={cells} cell={cell} />}
          open={open}
          step={step}
        />
      </div>
      <footer className="grid-foot">
        <Legend level={level} />
        <span className="t3 s12 grow hide-m" id="grid-keys">
          Arrows move · Enter opens · <kbd>f</kbd> next failure · <kbd>+</kbd> <kbd>-</kbd> finer,
          coarser
        </span>
      </footer>
    </section>
  );
};

/** The grid in words, by its own cells: it may be a moment older than the counts above it. */
function labelOf(cells: GridCells): string {
  const parts = wordStates.map((state) => {
    let all = 0;
    for (let cell = 0; cell < cellCount(cells); cell += 1) all += countIn(cells, cell, state);
    return `${count(all)} ${state}`;
  });
  const what = counted(cellCount(cells), cells.size === 1 ? 'task' : 'tile');
  return `${what}: ${parts.join(', ')}. The tab Tasks shows the same as a table`;
}

/** Two or three choices side by side. */
function Choice<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly (readonly [value: T, label: string])[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <div className="seg" role="group" aria-label={label}>
      {options.map(([each, name]) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => onChange(each)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

const Legend = ({ level }: { level: GridLevel }) => (
  <span className="legend">
    <span>
      <i className="cell-completed" />
      Completed
    </span>
    <span>
      <i className="f-retrying" />
      Retrying
    </span>
    <span>
      <i className="f-failed" />
      {level === 'tiles' ? 'Failed, drawn 3 px at least' : 'Failed'}
    </span>
    <span>
      <i className="cell-open" />
      Open
    </span>
    {level === 'density' && <span>A corner marks the worst of a tile</span>}
  </span>
);
