import type { VolumeView } from '../workspace/volume-view.ts';
import { type Box, type Point, round, textWidth } from './geometry.ts';
import type { TilePlace } from './layout.ts';

/** A cylinder and its words; `x` and `y` are its middle. */
export interface VolumePlace extends Point {
  readonly volume: VolumeView;
  /** Width with its words. */
  readonly w: number;
  /** Lines to the pods that mount it. */
  readonly ropes: readonly { readonly pod: string; readonly path: string }[];
}

/** Half the width and half the height of a cylinder. */
export const CYLINDER = { x: 9, y: 11 };
const ROW = 40;
const GAP = 12;
const MOST_ROWS = 3;

/** Volumes lie in the hold, below their pods as far as there is room; those for which there is none are counted. */
export function layoutVolumes(
  volumes: readonly VolumeView[],
  hold: Omit<Box, 'h'>,
  tiles: readonly TilePlace[],
): { places: VolumePlace[]; height: number; hidden: number } {
  if (volumes.length === 0) return { places: [], height: 0, hidden: 0 };
  const byPod = new Map(tiles.map((tile) => [tile.pod.uid, tile]));
  const wish = ({ pods }: VolumeView): number => {
    const xs = pods.flatMap((uid) => byPod.get(uid)?.x ?? []);
    return xs.length === 0 ? Number.POSITIVE_INFINITY : xs.reduce((sum, x) => sum + x, 0) / xs.length;
  };
  const inOrder = volumes
    .map((volume) => ({ volume, at: wish(volume) }))
    .sort((left, right) => (left.at === right.at ? 0 : left.at - right.at));
  const places: VolumePlace[] = [];
  const end = hold.x + hold.w;
  let x = hold.x + 6;
  let y = hold.y + ROW / 2;
  for (const [index, { volume, at }] of inOrder.entries()) {
    const w = Math.min(hold.w - 12, widthOf(volume));
    if (x > hold.x + 6 && x + w > end) {
      x = hold.x + 6;
      y += ROW;
    }
    if (y > hold.y + MOST_ROWS * ROW) break;
    const rest = inOrder.slice(index + 1).reduce((sum, next) => sum + widthOf(next.volume) + GAP, 0);
    x = Math.max(x, Math.min(at - CYLINDER.x, end - w - Math.min(rest, end - x - w)));
    const middle = { x: x + CYLINDER.x, y };
    const ropes = volume.pods.flatMap((pod) => {
      const tile = byPod.get(pod);
      if (tile === undefined) return [];
      const foot = tile.y + tile.r + (tile.text > 0 ? 15 : 1);
      const top = round(y - CYLINDER.y - 1);
      return [
        {
          pod,
          path: `M${round(middle.x)} ${top}C${round(middle.x)} ${top - 30} ${round(tile.x)} ${round(foot + 40)} ${round(tile.x)} ${round(foot)}`,
        },
      ];
    });
    places.push({ ...middle, volume, w, ropes });
    x += w + GAP;
  }
  return { places, height: y - hold.y + ROW / 2 + 4, hidden: volumes.length - places.length };
}

/** `1Gi Bound`: what is written below its name. */
export function volumeWords({ size, phase }: VolumeView): string {
  return `${size} ${phase}`;
}

function widthOf(volume: VolumeView): number {
  return Math.max(textWidth(volume.name, 13), textWidth(volumeWords(volume), 11.5)) + 2 * CYLINDER.x + 16;
}
