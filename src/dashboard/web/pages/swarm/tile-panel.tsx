import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { readTiles, type SwarmRef } from '../../api-swarms.ts';
import { count } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { Skeleton, Trouble } from '../../parts/view.tsx';
import { CellWords } from './cell-words.tsx';
import { cellsOf } from './grid-cells.ts';
import { GridCanvas } from './grid-canvas.tsx';

/** One tile with a cell for each of its tasks. */
export const TilePanel = ({
  swarm,
  from,
  size,
  version,
  selected,
  select,
  close,
}: {
  swarm: SwarmRef;
  from: number;
  size: number;
  /** Changes when the tiles have changed: then this one is read again, too. */
  version: number;
  selected: number | undefined;
  select: (index: number) => void;
  close: () => void;
}) => {
  const query = useQuery({
    queryKey: ['swarm-tile', swarm, from, size, version],
    queryFn: ({ signal }) => readTiles(swarm, { from, to: from + size }, signal),
    placeholderData: keepPreviousData,
  });
  const cells = useMemo(() => query.data && cellsOf(query.data), [query.data]);
  return (
    <section aria-label="Selected tile">
      <header className="row">
        <h2>Tile</h2>
        <span className="t3 s12 num">
          tasks {count(from)} – {count(from + size - 1)}
        </span>
        <span className="grow" />
        <button type="button" className="btn q xs" onClick={close} aria-label="Close the tile">
          <Icon name="close" size="m" />
        </button>
      </header>
      {query.error && (
        <Trouble
          what="The tile"
          error={query.error}
          at={query.errorUpdatedAt}
          shownAt={cells ? query.dataUpdatedAt : 0}
          retry={() => void query.refetch()}
        />
      )}
      {cells ? (
        <div className="grid-box">
          <GridCanvas
            cells={cells}
            level="tasks"
            isNarrow
            isProblemsFirst={false}
            label={`The tasks ${count(from)} to ${count(from + size - 1)}`}
            selected={selected === undefined ? undefined : selected - from}
            wordsOf={(cell) => <CellWords cells={cells} cell={cell} />}
            open={(cell) => select(from + cell)}
          />
        </div>
      ) : (
        !query.error && <Skeleton rows={4} />
      )}
    </section>
  );
};
