import { Graph, layout, type EdgeLabel, type GraphLabel, type NodeLabel } from '@dagrejs/dagre';
import type { PlannedStepInfo } from '../../../../contracts/pipeline.ts';

/** Size of a node, in pixels. */
export const node = { width: 200, height: 56 } as const;
const gaps = { nodesep: 24, edgesep: 16, ranksep: 40, marginx: 14, marginy: 18 };

interface Point {
  readonly x: number;
  readonly y: number;
}

/** One step in its place; `x` and `y` are its upper left corner. */
export interface PlacedStep extends Point {
  readonly step: PlannedStepInfo;
}

/** One line from a step to one that comes after it. */
export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** The line, as SVG draws it. */
  readonly path: string;
}

/** A graph from left to right: a step stands behind all that it comes after. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedStep[];
  readonly edges: readonly PlacedEdge[];
}

/** Places the steps of a definition; the same definition is always placed the same. */
export function layoutOf(plan: readonly PlannedStepInfo[]): GraphLayout {
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  graph.setGraph({ rankdir: 'LR', ...gaps });
  const ids = new Set(plan.map(({ id }) => id));
  const lines = plan.flatMap(({ id, after }) =>
    after.filter((before) => ids.has(before)).map((from) => ({ from, to: id })),
  );
  for (const { id } of plan) graph.setNode(id, { ...node });
  for (const { from, to } of lines) graph.setEdge(from, to, {});
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: plan.map((step) => {
      const { x = 0, y = 0 } = graph.node(step.id);
      return { step, x: x - node.width / 2, y: y - node.height / 2 };
    }),
    edges: lines.map(({ from, to }) => {
      const { points = [] } = graph.edge(from, to);
      const [start, end] = [graph.node(from), graph.node(to)];
      return {
        ...{ from, to },
        path: pathOf([sideOf(start, 0.5), ...points.slice(1, -1), sideOf(end, -0.5)]),
      };
    }),
  };
}

/** The middle of a node's right side, or with −0.5 of its left one. */
const sideOf = ({ x = 0, y = 0 }: NodeLabel, side: 0.5 | -0.5): Point => ({
  x: x + side * node.width,
  y,
});

/** A line through points that leaves and arrives level, with soft bends. */
function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${at(first)}`;
  let before = first;
  for (const point of rest) {
    const half = (before.x + point.x) / 2;
    path += ` C${at({ x: half, y: before.y })} ${at({ x: half, y: point.y })} ${at(point)}`;
    before = point;
  }
  return path;
}

const at = ({ x, y }: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;

/** Which step an arrow key leads to: along the lines to the sides, to the neighbours up and down. */
export function neighbourOf(
  { nodes, edges }: GraphLayout,
  id: string,
  key: string,
): string | undefined {
  const here = nodes.find(({ step }) => step.id === id);
  if (!here) return nodes[0]?.step.id;
  const placeOf = (other: string) => nodes.find(({ step }) => step.id === other);
  const nearest = (found: readonly (PlacedStep | undefined)[]) =>
    found
      .flatMap((each) => each ?? [])
      .sort((a, b) => Math.abs(a.y - here.y) - Math.abs(b.y - here.y))[0]?.step.id;
  const column = nodes.filter(({ x }) => Math.abs(x - here.x) < node.width / 2);
  switch (key) {
    case 'ArrowRight':
      return nearest(edges.filter(({ from }) => from === id).map(({ to }) => placeOf(to)));
    case 'ArrowLeft':
      return nearest(edges.filter(({ to }) => to === id).map(({ from }) => placeOf(from)));
    case 'ArrowUp':
      return nearest(column.filter(({ y }) => y < here.y));
    case 'ArrowDown':
      return nearest(column.filter(({ y }) => y > here.y));
    default:
      return undefined;
  }
}
