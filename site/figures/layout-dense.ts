import type { NodeView, PodState } from '../workspace/view.ts';
import type { Box } from './geometry.ts';
import type { RoomPlace } from './layout.ts';

/** From so many nodes on (and on a phone so many), a room tells how many pods it has of each state instead of drawing them. */
const MANY = 30;
const MANY_ON_A_PHONE = 16;

const LEAST_WIDTH = 58;
const HEIGHT = 36;
const GAP = 5;
/** A bar of so many pods fills its room, unless there are more in another. */
const FULL = 10;

/** Good news first, as a bar is read. */
const ORDER: readonly PodState[] = [
  'ready',
  'succeeded',
  'unready',
  'creating',
  'pending',
  'terminating',
  'lost',
  'failed',
];

/** A piece of a bar: the pods of one state. */
export interface PodSum {
  readonly state: PodState;
  readonly count: number;
  readonly x: number;
  readonly w: number;
}

export function isDense(nodes: number, width: number): boolean {
  return nodes > (width < 560 ? MANY_ON_A_PHONE : MANY);
}

/** Rooms for very many nodes: a name, a number and a bar each. */
export function layoutDenseRooms(nodes: readonly NodeView[], area: Box, bar: Box): RoomPlace[] {
  const columns = Math.max(1, Math.floor((area.w + GAP) / (LEAST_WIDTH + GAP)));
  const w = (area.w - (columns - 1) * GAP) / columns;
  const most = nodes.reduce((highest, { pods }) => Math.max(highest, pods.length), FULL);
  return nodes.map((node, index) => {
    const x = area.x + (index % columns) * (w + GAP);
    const y = area.y + Math.floor(index / columns) * (HEIGHT + GAP);
    const middle = x + w / 2;
    const lift = Math.min(Math.max(middle, bar.x + 10), bar.x + bar.w - 10);
    return {
      x,
      y,
      w,
      h: HEIGHT,
      node,
      tiles: [],
      small: [],
      hidden: node.pods.length,
      narrow: true,
      sums: sumsOf(node, { x: x + 6, w: w - 12 }, most),
      wire: [
        { x: lift, y: bar.y + bar.h },
        { x: lift, y: area.y - 6 },
        { x: middle, y: area.y - 6 },
        { x: middle, y },
      ],
    };
  });
}

function sumsOf({ pods }: NodeView, { x, w }: { x: number; w: number }, most: number): PodSum[] {
  const counts = new Map<PodState, number>();
  for (const { state } of pods) counts.set(state, (counts.get(state) ?? 0) + 1);
  let start = x;
  return ORDER.flatMap((state) => {
    const count = counts.get(state);
    if (count === undefined) return [];
    const sum = { state, count, x: start, w: (w * count) / most };
    start += sum.w;
    return [sum];
  });
}
