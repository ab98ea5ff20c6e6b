import type { PodView } from '../workspace/view.ts';
import type { Box } from './geometry.ts';
import type { TilePlace } from './layout.ts';

const RADII = [21, 17, 14, 11, 8, 6, 4.5] as const;

/** Tiny tiles in a row that ends at `right`. */
export function smallRow(pods: readonly PodView[], right: number, y: number, most: number): TilePlace[] {
  const shown = pods.slice(0, most);
  return shown.map((pod, index) => ({ pod, x: right - (shown.length - 1 - index) * 13, y, r: 4.5, text: 0 }));
}

/** Tiles as large as the room allows; where not even the smallest fit, some are left out. */
export function fillTiles(pods: readonly PodView[], area: Box): { tiles: TilePlace[]; hidden: number } {
  // What is in trouble says so in a word, which needs room.
  const wordy = pods.some(({ state }) => state === 'failed');
  for (const r of RADII) {
    const words = r >= 17;
    const cell = {
      w: words
        ? Math.max(2 * r + 10, wordy ? Math.min(104, area.w / Math.min(pods.length, 2)) : 52)
        : 2 * r + (r > 6 ? 6 : 3),
      h: 2 * r + (words ? 20 : r > 6 ? 6 : 3),
    };
    const columns = Math.floor(area.w / cell.w);
    const rows = Math.floor(area.h / cell.h);
    const smallest = r === RADII.at(-1);
    if (columns * rows < pods.length && !smallest) continue;
    const room = Math.max(0, columns * rows);
    const shown = pods.slice(0, pods.length > room ? Math.max(0, room - columns) : room);
    const used = Math.min(columns, Math.max(1, shown.length));
    const lines = Math.ceil(shown.length / Math.max(1, used));
    const left = area.x + (area.w - used * cell.w) / 2;
    const top = area.y + Math.max(0, (area.h - lines * cell.h) / 2);
    return {
      tiles: shown.map((pod, index) => ({
        pod,
        x: left + ((index % used) + 0.5) * cell.w,
        y: top + Math.floor(index / used) * cell.h + r + 2,
        r,
        text: words ? cell.w - 2 : 0,
      })),
      hidden: pods.length - shown.length,
    };
  }
  return { tiles: [], hidden: pods.length };
}
