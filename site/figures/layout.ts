import type { ClusterView, NodeView, PartName, PodView, ServiceView, WorkloadView } from '../workspace/view.ts';
import type { Box, Point } from './geometry.ts';
import { layoutBridge, MARGIN } from './layout-bridge.ts';
import { isDense, layoutDenseRooms, type PodSum } from './layout-dense.ts';
import { layoutLane } from './layout-lane.ts';
import { layoutRings } from './layout-rings.ts';
import { layoutRooms } from './layout-rooms.ts';
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

/** Below this height a narrow picture has to save room above the nodes. */
const LOW = 320;

/** Where everything stands in a picture of that size. `height` is a wish: what needs more takes it. */
export function layoutCluster(view: ClusterView, width: number, height = 0): ClusterLayout {
  const narrow = width < 560;
  const low = narrow && height > 0 && height < LOW;
  const gap = low ? 9 : 14;
  const head = layoutBridge(view, width, { narrow, low });
  const lane = layoutLane(view, { x: MARGIN, y: head.bridge.y + head.bridge.h + gap, w: width - 2 * MARGIN, h: 0 });
  const quay = { h: view.services.length === 0 ? 10 : narrow && view.services.length > 1 ? 86 : 52 };
  const top = lane.box.y + lane.box.h + gap;
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
