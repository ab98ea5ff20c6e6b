import type { NodeView } from '../workspace/view.ts';
import { type Box, textWidth } from './geometry.ts';
import type { RoomPlace } from './layout.ts';
import { fillTiles, smallRow } from './layout-tiles.ts';

/** Rooms in as few rows as leave each wide enough, all of one size. */
export function layoutRooms(nodes: readonly NodeView[], area: Box, bar: Box): RoomPlace[] {
  if (nodes.length === 0) return [];
  const most = nodes.length > 24 ? 64 : nodes.length > 8 ? 92 : 98;
  const gap = nodes.length > 12 || area.w < 400 ? 6 : 10;
  const fit = Math.max(1, Math.floor((area.w + gap) / (most + gap)));
  const rows = Math.ceil(nodes.length / Math.min(fit, nodes.length));
  const columns = Math.ceil(nodes.length / rows);
  const w = (area.w - (columns - 1) * gap) / columns;
  const least = rows === 1 ? 96 : rows === 2 ? 104 : 66;
  const h = Math.min(rows === 1 ? 260 : 180, Math.max(least, (area.h - (rows - 1) * (gap + 6)) / rows));
  return nodes.map((node, index) => {
    const row = Math.floor(index / columns);
    const x = area.x + (index % columns) * (w + gap);
    const y = area.y + row * (h + gap + 6);
    const middle = x + w / 2;
    const lift = Math.min(Math.max(middle, bar.x + 10), bar.x + bar.w - 10);
    const from = bar.y + bar.h;
    const wire =
      row === 0
        ? [
            { x: lift, y: from },
            ...(lift === middle
              ? []
              : [
                  { x: lift, y: y - 8 },
                  { x: middle, y: y - 8 },
                ]),
            { x: middle, y },
          ]
        : [
            { x: Math.max(x - gap / 2, bar.x + 4), y: from },
            { x: Math.max(x - gap / 2, area.x - 4), y: y - 6 },
            { x: middle, y: y - 6 },
            { x: middle, y },
          ];
    return { ...layoutRoom(node, { x, y, w, h }), wire };
  });
}

function layoutRoom(node: NodeView, box: Box): Omit<RoomPlace, 'wire'> {
  const narrow = box.w < 100;
  // The cluster's own pods stand beside the name, as far as it leaves room.
  const room = Math.floor((box.w - textWidth(node.name, 14.5) - (narrow ? 14 : 26)) / 13);
  const small = smallRow(
    node.systemPods,
    box.x + box.w - (narrow ? 8 : 12),
    box.y + 16,
    Math.max(0, Math.min(6, room)),
  );
  const area = { x: box.x + 6, y: box.y + 28, w: box.w - 12, h: box.h - 34 };
  const { tiles, hidden } = fillTiles(node.pods, area);
  return { ...box, node, tiles, small, hidden, narrow };
}
