import type { Place } from '../workspace/journey.ts';
import type { ClusterView, NodeView, PartName, PodView, ServiceView, WorkloadView } from '../workspace/view.ts';
import { type Box, type Point, round, textWidth } from './geometry.ts';
import { isDense, layoutDenseRooms, type PodSum } from './layout-dense.ts';
import { layoutVolumes, type VolumePlace } from './layout-volumes.ts';

export interface TilePlace extends Point {
  readonly pod: PodView;
  /** Radius. */
  readonly r: number;
  /** Width that a line of text below it may take; 0 where there is no room for one. */
  readonly text: number;
}

export interface RoomPlace extends Box {
  readonly node: NodeView;
  readonly tiles: readonly TilePlace[];
  readonly small: readonly TilePlace[];
  /** Pods for which there is no room in the picture; their number is written instead. */
  readonly hidden: number;
  readonly wire: readonly Point[];
  /** Whether the room is so narrow that its name must be cut. */
  readonly narrow: boolean;
  /** Where there are very many rooms: how many pods of each state, in place of the tiles. */
  readonly sums?: readonly PodSum[];
}

export interface SetPlace extends Box {
  readonly uid: string;
  readonly name: string;
  /** One for every pod that is or should be; `pod` is absent where one is missing. */
  readonly slots: readonly (Point & { readonly pod: PodView | undefined })[];
  readonly hidden: number;
}

export interface BracketPlace extends Box {
  readonly workload: WorkloadView;
  readonly sets: readonly SetPlace[];
}

export interface RingPlace extends Point {
  readonly service: ServiceView;
  readonly r: number;
  /** Width of its words. */
  readonly w: number;
  readonly spokes: readonly { readonly pod: string; readonly path: string; readonly waiting: boolean }[];
}

export interface ClusterLayout {
  readonly width: number;
  readonly height: number;
  readonly you: Point;
  readonly bridge: Box;
  readonly bar: Box;
  readonly parts: Readonly<Record<Exclude<PartName, 'kube-apiserver'>, Box>>;
  readonly bridgeSmall: readonly TilePlace[];
  readonly bridgePods: readonly TilePlace[];
  readonly lane: Box;
  readonly brackets: readonly BracketPlace[];
  readonly hiddenWorkloads: number;
  readonly loose: readonly TilePlace[];
  readonly rooms: readonly RoomPlace[];
  readonly quay: Box;
  readonly rings: readonly RingPlace[];
  readonly hiddenServices: number;
  readonly volumes: readonly VolumePlace[];
  readonly hiddenVolumes: number;
  /** Whether rooms tell how many pods they have instead of drawing each. */
  readonly dense: boolean;
}

export const SLOT = 7;
const MARGIN = 8;
const RADII = [21, 17, 14, 11, 8, 6, 4.5] as const;

/** Where everything stands in a picture of that size. `height` is a wish: what needs more takes it. */
export function layoutCluster(view: ClusterView, width: number, height = 0): ClusterLayout {
  const narrow = width < 560;
  const head = layoutBridge(view, width, narrow);
  const lane = layoutLane(view, { x: MARGIN, y: head.bridge.y + head.bridge.h + 14, w: width - 2 * MARGIN, h: 0 });
  const quay = { h: view.services.length === 0 ? 10 : narrow && view.services.length > 1 ? 86 : 52 };
  const top = lane.box.y + lane.box.h + 14;
  const dense = isDense(view.nodes.length, width);
  const hold = view.volumes.length === 0 ? 0 : 44;
  const rooms = (dense ? layoutDenseRooms : layoutRooms)(
    view.nodes,
    { x: MARGIN, y: top, w: width - 2 * MARGIN, h: height - top - quay.h - hold },
    head.bar,
  );
  const bottom = rooms.reduce((low, room) => Math.max(low, room.y + room.h), top);
  const quayBox = { x: MARGIN, y: bottom + 8, w: width - 2 * MARGIN, h: quay.h };
  const rings = layoutRings(view.services, quayBox, rooms, lane.loose);
  const below = { x: MARGIN, y: quayBox.y + quayBox.h, w: width - 2 * MARGIN };
  const volumes = layoutVolumes(
    view.volumes,
    below,
    rooms.flatMap(({ tiles }) => tiles),
  );
  return {
    width,
    height: Math.max(height, below.y + volumes.height),
    ...head,
    lane: lane.box,
    brackets: lane.brackets,
    hiddenWorkloads: lane.hidden,
    loose: lane.loose,
    rooms,
    quay: quayBox,
    rings: rings.rings,
    hiddenServices: rings.hidden,
    volumes: volumes.places,
    hiddenVolumes: volumes.hidden,
    dense,
  };
}

function layoutBridge(view: ClusterView, width: number, narrow: boolean) {
  const left = narrow ? MARGIN : 84;
  const bridge = { x: left, y: narrow ? 38 : 6, w: width - left - MARGIN, h: 110 };
  const inner = { x: bridge.x + 12, w: bridge.w - 24 };
  const gap = narrow ? 8 : 16;
  const partWidth = (inner.w - 2 * gap) / 3;
  const part = (index: number): Box => ({
    x: inner.x + index * (partWidth + gap),
    y: bridge.y + 29,
    w: partWidth,
    h: 30,
  });
  const bar = { x: inner.x, y: bridge.y + 70, w: inner.w, h: 30 };
  const pods = view.controlPlane?.pods ?? [];
  const system = view.controlPlane?.systemPods ?? [];
  return {
    you: narrow ? { x: 30, y: 18 } : { x: 34, y: bar.y + bar.h / 2 },
    bridge,
    bar,
    parts: { etcd: part(0), 'kube-scheduler': part(1), 'kube-controller-manager': part(2) },
    bridgeSmall: smallRow(system, bridge.x + bridge.w - 24, bridge.y + 17, 10),
    bridgePods: smallRow(pods, bridge.x + bridge.w - 24 - system.length * 13 - 8, bridge.y + 17, 10),
  };
}

/** Tiny tiles in a row that ends at `right`. */
function smallRow(pods: readonly PodView[], right: number, y: number, most: number): TilePlace[] {
  const shown = pods.slice(0, most);
  return shown.map((pod, index) => ({ pod, x: right - (shown.length - 1 - index) * 13, y, r: 4.5, text: 0 }));
}

const ROW = 50;
const MOST_SLOTS = 12;

function layoutLane(view: ClusterView, lane: Box) {
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
  const title = textWidth(bracketTitle(workload), 13) + textWidth(workload.kind, 11) + 34;
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

/** Rooms in as few rows as leave each wide enough, all of one size. */
function layoutRooms(nodes: readonly NodeView[], area: Box, bar: Box): RoomPlace[] {
  if (nodes.length === 0) return [];
  const most = nodes.length > 24 ? 64 : nodes.length > 8 ? 92 : 98;
  const gap = nodes.length > 12 || area.w < 400 ? 6 : 10;
  const fit = Math.max(1, Math.floor((area.w + gap) / (most + gap)));
  const rows = Math.ceil(nodes.length / Math.min(fit, nodes.length));
  const columns = Math.ceil(nodes.length / rows);
  const w = (area.w - (columns - 1) * gap) / columns;
  const least = rows === 1 ? 106 : rows === 2 ? 104 : 66;
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

/** Tiles as large as the room allows; where not even the smallest fit, some are left out. */
function fillTiles(pods: readonly PodView[], area: Box): { tiles: TilePlace[]; hidden: number } {
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

function layoutRings(
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
