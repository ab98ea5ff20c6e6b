import type { Stop } from '../workspace/flights.ts';
import type { Point } from './geometry.ts';
import type { ClusterLayout, RoomPlace, TilePlace } from './layout.ts';

export interface FlightPath {
  readonly points: readonly Point[];
  /** Which part of the way (0–1) lies behind a packet at each of its stops. */
  readonly reached: readonly number[];
}

/** How far below the floor of its room a node's packets go. */
const BELOW = 6;
/** How far from the picture's sides they go up and down. */
const SIDE = 3;

/** A place in the picture: the level on which ways lead there, and what stands off that level. */
interface Spot {
  readonly level: Point;
  /** The side by which levels are changed from here. */
  readonly side: 'left' | 'right';
  readonly off?: Point;
}

/**
 * The way of a packet over the map: out of a pod to the floor of its node, where the node's rules are, along below the rooms, and into the
 * other pod. Where a row of rooms or the bridge is between, by the side of the picture.
 */
export function flightPath(layout: ClusterLayout, stops: readonly Stop[]): FlightPath {
  const points: Point[] = [];
  const indices: number[] = [];
  let here: Spot | undefined;
  const to = (point: Point) => {
    const last = points.at(-1);
    if (last === undefined || last.x !== point.x || last.y !== point.y) points.push(point);
  };
  for (const stop of stops) {
    const there = spotOf(layout, stop, here);
    if (here === undefined) {
      if (there.off !== undefined) to(there.off);
      if (there.off === undefined || stops.length === 1) to(there.level);
    } else {
      to(here.level);
      if (here.level.y !== there.level.y) {
        const x = here.side === 'left' || there.side === 'left' ? SIDE : layout.width - SIDE;
        to({ x, y: here.level.y });
        to({ x, y: there.level.y });
      }
      to(there.level);
      if (there.off !== undefined) to(there.off);
    }
    indices.push(points.length - 1);
    here = there;
  }
  return { points, reached: partsOf(points, indices) };
}

function spotOf(layout: ClusterLayout, stop: Stop, before: Spot | undefined): Spot {
  const { you, bridge } = layout;
  if (stop === 'you') return { level: { x: SIDE, y: you.y }, side: 'left', off: you };
  const name = stop.slice(stop.indexOf('/') + 1);
  if (stop.startsWith('node/')) {
    const room = layout.rooms.find(({ node }) => node.name === name);
    if (room !== undefined) return spotInRoom(room, before?.level.x ?? room.x + room.w / 2);
    const isBridge = [...layout.bridgePods, ...layout.bridgeSmall].some(({ pod }) => pod.node === name);
    if (isBridge) return { level: { x: bridge.x + bridge.w - 14, y: bridge.y + bridge.h + BELOW }, side: 'right' };
    return outside(layout, before);
  }
  const isIt = ({ pod }: TilePlace) => `${pod.namespace}/${pod.name}` === name;
  for (const room of layout.rooms) {
    const tile = [...room.tiles, ...room.small].find(isIt);
    if (tile !== undefined) return { ...spotInRoom(room, tile.x), off: { x: tile.x, y: tile.y } };
    // A pod for which there is no room in the picture is somewhere in that of its node.
    if ([...room.node.pods, ...room.node.systemPods].some((pod) => `${pod.namespace}/${pod.name}` === name))
      return spotInRoom(room, room.x + room.w / 2);
  }
  const small = [...layout.bridgePods, ...layout.bridgeSmall].find(isIt);
  return small === undefined ? outside(layout, before) : { level: { x: small.x, y: small.y }, side: 'right' };
}

function spotInRoom(room: RoomPlace, x: number): Spot {
  const inner = Math.min(Math.max(x, room.x + 8), room.x + room.w - 8);
  return { level: { x: inner, y: room.y + room.h + BELOW }, side: 'right' };
}

/** Beyond the nodes: off to the left, on the level of where it came from. */
function outside({ you }: ClusterLayout, before: Spot | undefined): Spot {
  return { level: { x: SIDE, y: before?.level.y ?? you.y }, side: 'left' };
}

function partsOf(points: readonly Point[], indices: readonly number[]): number[] {
  const behind = [0];
  for (let index = 1; index < points.length; index++) {
    const [a, b] = [points[index - 1]!, points[index]!];
    behind.push(behind[index - 1]! + Math.hypot(b.x - a.x, b.y - a.y));
  }
  const whole = behind.at(-1)!;
  return indices.map((index) => (whole === 0 ? 1 : behind[index]! / whole));
}
