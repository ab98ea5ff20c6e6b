import type { Place } from '../workspace/journey.ts';
import type { Point } from './geometry.ts';
import type { ClusterLayout } from './layout.ts';

/** The way of a dot between two places, always by the API server: a line of points. Undefined when a place is not in the picture. */
export function route(layout: ClusterLayout, from: Place, to: Place): readonly Point[] | undefined {
  const start = landing(layout, from);
  const end = landing(layout, to);
  if (start === undefined || end === undefined) return undefined;
  const { bar } = layout;
  const deck = bar.y + bar.h / 2;
  // On the deck a dot walks along the API server.
  const onDeck = (point: Point): Point => ({ x: Math.min(Math.max(point.x, bar.x + 10), bar.x + bar.w - 10), y: deck });
  const centre = { x: bar.x + bar.w / 2, y: deck };
  if (from === 'api') return [centre, onDeck(end.at(-1)!), ...[...end].reverse()];
  return [...start, onDeck(start.at(-1)!), centre];
}

/** From the learner to the API server: straight where there is room beside the bridge, else down along its wall. */
export function wayFromYou({ you, bar }: Pick<ClusterLayout, 'you' | 'bar'>): Point[] {
  const deck = bar.y + bar.h / 2;
  if (you.y >= bar.y) return [you, { x: bar.x, y: you.y }];
  return [
    { x: bar.x - 6, y: you.y },
    { x: bar.x - 6, y: deck },
    { x: bar.x, y: deck },
  ];
}

/** Points from a place to where it meets the API server. */
function landing(layout: ClusterLayout, place: Place): Point[] | undefined {
  const { bar, parts } = layout;
  if (place === 'api') return [{ x: bar.x + bar.w / 2, y: bar.y + bar.h / 2 }];
  if (place === 'you') return wayFromYou(layout);
  const part =
    place === 'etcd'
      ? parts.etcd
      : place === 'scheduler'
        ? parts['kube-scheduler']
        : place === 'controllers'
          ? parts['kube-controller-manager']
          : undefined;
  if (part !== undefined) {
    const x = part.x + part.w / 2;
    return [
      { x, y: part.y + part.h / 2 },
      { x, y: bar.y },
    ];
  }
  const name = place.slice('node/'.length);
  const room = layout.rooms.find(({ node }) => node.name === name);
  if (room !== undefined) return [{ x: room.x + room.w / 2, y: room.y + 14 }, ...[...room.wire].reverse()];
  return undefined;
}
