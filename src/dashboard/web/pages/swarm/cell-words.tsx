import type { ReactNode } from 'react';
import { count } from '../../numbers.ts';
import { countIn, tasksOf, type GridCells } from './grid-cells.ts';
import { shownStates, taskWord } from './task-state.tsx';

/** What a cell holds, exactly. */
export const CellWords = ({ cells, cell }: { cells: GridCells; cell: number }): ReactNode => {
  const { from, to } = tasksOf(cells, cell);
  const present = shownStates.filter((state) => countIn(cells, cell, state) > 0);
  if (cells.size === 1) {
    return `Task ${count(from)}: ${present.map(taskWord).join('').toLowerCase()}`;
  }
  const parts = present.map(
    (state) => `${count(countIn(cells, cell, state))} ${taskWord(state).toLowerCase()}`,
  );
  return `Tasks ${count(from)} – ${count(to - 1)}: ${parts.join(', ')}`;
};
