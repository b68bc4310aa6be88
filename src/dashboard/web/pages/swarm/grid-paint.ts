import type { TaskState } from '../../../../contracts/swarm.ts';
import { count } from '../../numbers.ts';
import { countIn, tasksOf, tileParts, worstIn, type GridCells } from './grid-cells.ts';
import { boxAt, numberedRows, type Box, type GridShape } from './grid-layout.ts';

/** The colours of the grid, as the theme has them now. */
export interface GridColours {
  readonly cell: Readonly<Record<TaskState, string>>;
  readonly edge: string;
  readonly calm: string;
  readonly calmEdge: string;
  readonly ground: string;
  readonly text: string;
  readonly font: string;
}

/** Reads the colours from the tokens, so that the canvas follows the theme. */
export function readColours(): GridColours {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    cell: {
      completed: token('--completed-calm'),
      open: token('--sunken'),
      retrying: token('--retrying-fill'),
      failed: token('--failed-fill'),
    },
    edge: token('--line'),
    calm: token('--completed-calm'),
    calmEdge: token('--completed-edge'),
    ground: token('--surface'),
    text: token('--text-3'),
    font: `11px ${token('--font')}`,
  };
}

/** What a grid looks like at a moment. */
export interface GridPicture {
  readonly cells: GridCells;
  /** Which cell stands at each place. */
  readonly order: Uint32Array;
  readonly shape: GridShape;
  readonly style: 'task' | 'tile' | 'density';
  readonly colours: GridColours;
  /** Places stand for indices, so rows may carry the numbers of their tasks. */
  readonly isInOrder: boolean;
}

/** Paints the cells at some places, and nothing else. */
export function paintPlaces(
  context: CanvasRenderingContext2D,
  picture: GridPicture,
  places: Iterable<number>,
): void {
  for (const place of places) {
    const cell = picture.order[place];
    if (cell === undefined) continue;
    const box = boxAt(picture.shape, place);
    context.fillStyle = picture.colours.ground;
    context.fillRect(box.x, box.y, box.width, box.height);
    paintCell[picture.style](context, picture, cell, box);
  }
}

/** Paints everything: the ground, the numbers of the rows, all cells. */
export function paintAll(context: CanvasRenderingContext2D, picture: GridPicture): void {
  const { shape, colours, order, cells } = picture;
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  if (picture.isInOrder) {
    context.fillStyle = colours.text;
    context.font = colours.font;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const row of numberedRows(shape)) {
      const box = boxAt(shape, row * shape.columns);
      const label = count(cells.first + row * shape.columns * cells.size);
      const middle = Math.min(Math.max(box.y + box.height / 2 + 0.5, 6), shape.height - 6);
      context.fillText(label, shape.left - 8, middle);
    }
  }
  paintPlaces(context, picture, order.keys());
}

type PaintCell = (
  context: CanvasRenderingContext2D,
  picture: GridPicture,
  cell: number,
  box: Box,
) => void;

const paintTask: PaintCell = (context, { cells, colours }, cell, box) => {
  const state = worstIn(cells, cell);
  const isQuiet = state === 'completed' || state === 'open';
  const hasEdge = isQuiet && box.width >= 8;
  shapeOfCell(context, box, hasEdge ? 0.5 : 0);
  // too small for an outline, an open cell would vanish on the dark ground
  context.fillStyle = state === 'open' && !hasEdge ? colours.edge : colours.cell[state];
  context.fill();
  if (!isQuiet) return;
  context.strokeStyle = state === 'completed' ? colours.calmEdge : colours.edge;
  context.lineWidth = 1;
  if (hasEdge) context.stroke();
  // too small for an outline: one line below keeps done and queued apart in grey, too
  else if (state === 'completed') fillRow(context, box, colours.calmEdge);
};

const paintTile: PaintCell = (context, { cells, colours }, cell, box) => {
  context.save();
  shapeOfCell(context, box, 0);
  context.clip();
  context.fillStyle = colours.cell.open;
  context.fillRect(box.x, box.y, box.width, box.height);
  for (const part of tileParts(cells, cell, box.height)) {
    context.fillStyle = colours.cell[part.state];
    context.fillRect(box.x, box.y + part.from, box.width, part.to - part.from);
  }
  context.restore();
  shapeOfCell(context, box, 0.5);
  const { from, to } = tasksOf(cells, cell);
  const settled = countIn(cells, cell, 'completed') + countIn(cells, cell, 'failed');
  context.strokeStyle = settled === to - from ? colours.calmEdge : colours.edge;
  context.lineWidth = 1;
  context.stroke();
};

const paintDensity: PaintCell = (context, { cells, colours }, cell, box) => {
  const { from, to } = tasksOf(cells, cell);
  const share = countIn(cells, cell, 'completed') / Math.max(1, to - from);
  context.save();
  shapeOfCell(context, box, 0);
  context.clip();
  context.fillStyle = colours.cell.open;
  context.fillRect(box.x, box.y, box.width, box.height);
  context.globalAlpha = share;
  context.fillStyle = colours.calm;
  context.fillRect(box.x, box.y, box.width, box.height);
  context.restore();
  shapeOfCell(context, box, 0.5);
  context.strokeStyle = colours.edge;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = share;
  context.strokeStyle = colours.calmEdge;
  context.stroke();
  context.globalAlpha = 1;
  const worst = worstIn(cells, cell);
  if (worst === 'completed' || worst === 'open') return;
  const size = Math.max(4, Math.round(box.width * 0.45));
  context.fillStyle = colours.cell[worst];
  context.beginPath();
  context.moveTo(box.x + box.width - size, box.y);
  context.lineTo(box.x + box.width, box.y);
  context.lineTo(box.x + box.width, box.y + size);
  context.fill();
};

const paintCell: Readonly<Record<GridPicture['style'], PaintCell>> = {
  task: paintTask,
  tile: paintTile,
  density: paintDensity,
};

function shapeOfCell(context: CanvasRenderingContext2D, box: Box, inset: number): void {
  const radius = Math.min(3, Math.floor(box.width / 5));
  context.beginPath();
  context.roundRect(
    box.x + inset,
    box.y + inset,
    box.width - 2 * inset,
    box.height - 2 * inset,
    radius,
  );
}

function fillRow(context: CanvasRenderingContext2D, box: Box, colour: string): void {
  context.fillStyle = colour;
  context.fillRect(box.x, box.y + box.height - 1, box.width, 1);
}
