import type { ClusterView, PodView, WorkloadView } from '../workspace/view.ts';
import { type Box, type Point, textWidth } from './geometry.ts';
import type { BracketPlace } from './layout.ts';

/** Half the size of a slot in a bracket. */
export const SLOT = 7;

const ROW = 50;
const MOST_SLOTS = 12;

/** What was asked for, in brackets side by side; pods that nobody owns and no node has after them. */
export function layoutLane(view: ClusterView, lane: Box) {
  const brackets: BracketPlace[] = [];
  let x = lane.x;
  let y = lane.y;
  let hidden = 0;
  const rows = 3;
  for (const workload of view.workloads) {
    const w = Math.min(lane.w, bracketWidth(workload));
    if (x > lane.x && x + w > lane.x + lane.w) {
      x = lane.x;
      y += ROW + 8;
    }
    if (y >= lane.y + rows * (ROW + 8)) {
      hidden++;
      continue;
    }
    brackets.push(layoutBracket(workload, { x, y, w, h: ROW }));
    x += w + 14;
  }
  const loose = view.unscheduled.slice(0, 12).map((pod, index) => ({
    pod,
    x: x + 16 + index * 30,
    y: y + ROW / 2,
    r: 11,
    text: 0,
  }));
  return { box: { ...lane, h: y - lane.y + ROW }, brackets, loose, hidden };
}

function slotCount({ desired, pods }: { desired: number; pods: readonly PodView[] }): number {
  return Math.max(desired, pods.length);
}

function setWidth(set: { desired: number; pods: readonly PodView[] }): number {
  const count = slotCount(set);
  return Math.max(1, Math.min(count, MOST_SLOTS)) * (2 * SLOT + 4) + (count > MOST_SLOTS ? 34 : 0) + 16;
}

/** `web 2/3`: what is written above a bracket. */
export function bracketTitle({ name, ready, desired }: WorkloadView): string {
  return `${name} ${ready}/${desired}`;
}

function bracketWidth(workload: WorkloadView): number {
  const sets = workload.sets.reduce((sum, set) => sum + setWidth(set) + 6, 0);
  const title = textWidth(bracketTitle(workload), 13, 'bold') + textWidth(workload.kind, 11.5) + 38;
  return Math.max(sets + 14, title);
}

function layoutBracket(workload: WorkloadView, box: Box): BracketPlace {
  let x = box.x + 9;
  const sets = workload.sets.map((set) => {
    const w = setWidth(set);
    const slots: (Point & { pod: PodView | undefined })[] = [];
    const count = Math.min(slotCount(set), MOST_SLOTS);
    for (let index = 0; index < count; index++) {
      slots.push({ pod: set.pods[index], x: x + 8 + SLOT + 2 + index * (2 * SLOT + 4), y: box.y + 34 });
    }
    const place = { uid: set.uid, name: set.name, x, y: box.y + 22, w, h: 24, slots, hidden: slotCount(set) - count };
    x += w + 6;
    return place;
  });
  return { ...box, workload, sets };
}
