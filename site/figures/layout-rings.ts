import type { ServiceView } from '../workspace/view.ts';
import { type Box, round, textWidth } from './geometry.ts';
import type { RingPlace, RoomPlace, TilePlace } from './layout.ts';

/** Services at the quay, each below its pods, with a spoke to every one. */
export function layoutRings(
  services: readonly ServiceView[],
  quay: Box,
  rooms: readonly RoomPlace[],
  loose: readonly TilePlace[],
) {
  const tiles = new Map<string, TilePlace>();
  for (const tile of [...rooms.flatMap((room) => room.tiles), ...loose]) tiles.set(tile.pod.uid, tile);
  const r = 12;
  const rings: RingPlace[] = [];
  const end = quay.x + quay.w;
  let x = quay.x + 6;
  let y = quay.y + 24;
  let hidden = 0;
  for (const [index, service] of services.entries()) {
    const w = ringWidth(service, r);
    if (x > quay.x + 6 && x + w > end) {
      x = quay.x + 6;
      y += 42;
    }
    if (y > quay.y + quay.h - 10) {
      hidden++;
      continue;
    }
    // A ring stands below its pods, as far as the rings after it leave room.
    const wish = middleOf(service.readyPods.flatMap((pod) => tiles.get(pod)?.x ?? [])) - r;
    const rest = services.slice(index + 1).reduce((sum, next) => sum + ringWidth(next, r) + 10, 0);
    x = Math.max(x, Math.min(wish, end - w - Math.min(rest, end - x - w)));
    const centre = { x: x + r, y };
    const spoke = (waiting: boolean) => (pod: string) => {
      const tile = tiles.get(pod);
      if (tile === undefined) return [];
      const foot = tile.y + tile.r + (tile.text > 0 ? 15 : 1);
      const path = `M${round(centre.x)} ${round(centre.y - r)}C${round(centre.x)} ${round(centre.y - r - 26)} ${round(tile.x)} ${round(foot + 34)} ${round(tile.x)} ${round(foot)}`;
      return [{ pod, path, waiting }];
    };
    const spokes = [...service.readyPods.flatMap(spoke(false)), ...service.waitingPods.flatMap(spoke(true))];
    rings.push({ ...centre, service, r, w, spokes });
    x += w + 10;
  }
  return { rings, hidden };
}

function ringWidth({ name, type, ports }: ServiceView, r: number): number {
  return Math.max(textWidth(name, 13), textWidth(`${type} ${ports}`, 11)) + 2 * r + 22;
}

function middleOf(places: readonly number[]): number {
  return places.length === 0 ? 0 : places.reduce((sum, place) => sum + place, 0) / places.length;
}
