import type { Strings } from '../i18n/index.ts';
import type { NodeView, PartView, PodView, ServiceView, WorkloadView } from '../workspace/view.ts';
import type { VolumeView } from '../workspace/volume-view.ts';
import type { Point } from './geometry.ts';
import type { ClusterLayout } from './layout.ts';

/** Something in the picture that can be chosen, where it stands, and what it is. */
export type Item = Point & { readonly uid: string } & (
    | { readonly type: 'part'; readonly part: PartView }
    | { readonly type: 'workload'; readonly workload: WorkloadView }
    | { readonly type: 'node'; readonly node: NodeView }
    | { readonly type: 'pod'; readonly pod: PodView }
    | { readonly type: 'service'; readonly service: ServiceView }
    | { readonly type: 'volume'; readonly volume: VolumeView }
  );

/** Everything that can be chosen in a picture, in reading order. */
export function itemsOf(layout: ClusterLayout, parts: readonly PartView[], podsOnly: boolean): Item[] {
  const pods = (places: readonly (Point & { pod: PodView })[]): Item[] =>
    places.map(({ x, y, pod }) => ({ type: 'pod', uid: pod.uid, x, y, pod }));
  const inRooms = layout.rooms.flatMap((room): Item[] => [
    ...(podsOnly
      ? []
      : [{ type: 'node' as const, uid: room.node.uid, x: room.x + 20, y: room.y + 14, node: room.node }]),
    ...(podsOnly ? [] : pods(room.small)),
    ...pods(room.tiles),
  ]);
  if (podsOnly) return inRooms;
  return [
    ...parts.flatMap((part): Item[] => {
      if (part.uid === undefined) return [];
      const box = part.name === 'kube-apiserver' ? layout.bar : layout.parts[part.name];
      return [{ type: 'part', uid: part.uid, x: box.x + box.w / 2, y: box.y + box.h / 2, part }];
    }),
    ...pods(layout.bridgePods),
    ...pods(layout.bridgeSmall),
    ...layout.brackets.map(
      ({ workload, x, y, w, h }): Item => ({
        type: 'workload',
        uid: workload.uid,
        x: x + w / 2,
        y: y + h / 2,
        workload,
      }),
    ),
    ...pods(layout.loose),
    ...inRooms,
    ...layout.rings.map(({ service, x, y }): Item => ({ type: 'service', uid: service.uid, x, y, service })),
    ...layout.volumes.map(({ volume, x, y }): Item => ({ type: 'volume', uid: volume.uid, x, y, volume })),
  ];
}

const DIRECTIONS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** The uid of the item that a key leads to from another: the nearest in an arrow's direction; Home and End go by reading order. */
export function nextItem(items: readonly Item[], from: string, key: string): string | undefined {
  if (key === 'Home') return items[0]?.uid;
  if (key === 'End') return items.at(-1)?.uid;
  const direction = Object.hasOwn(DIRECTIONS, key) ? DIRECTIONS[key] : undefined;
  const here = items.find(({ uid }) => uid === from);
  if (direction === undefined || here === undefined) return undefined;
  let best: { uid: string; cost: number } | undefined;
  for (const { uid, x, y } of items) {
    const ahead = (x - here.x) * direction.x + (y - here.y) * direction.y;
    if (uid === from || ahead <= 1) continue;
    const aside = Math.abs((x - here.x) * direction.y) + Math.abs((y - here.y) * direction.x);
    const cost = ahead + 2.5 * aside;
    if (best === undefined || cost < best.cost) best = { uid, cost };
  }
  return best?.uid;
}

/** An item in a sentence. */
export function describeItem(item: Item, t: Strings['workspace']): string {
  switch (item.type) {
    case 'part':
      return item.part.up ? t.map.part(item.part.name) : t.map.partDown(item.part.name);
    case 'node':
      return describeNode(item.node, t);
    case 'pod':
      return describePod(item.pod, t);
    case 'workload': {
      const { kind, name, ready, desired } = item.workload;
      return t.map.workload(kind, name, ready, desired);
    }
    case 'service':
      return t.map.service(item.service.name, item.service.type, item.service.readyPods.length);
    case 'volume':
      return describeVolume(item.volume, t);
  }
}

export function describeVolume({ name, size, volume, pods }: VolumeView, t: Strings['workspace']): string {
  return volume === undefined ? t.map.claim(name, size) : t.map.volume(name, size, pods.length);
}

export function describeNode(node: NodeView, t: Strings['workspace']): string {
  if (node.state === 'lost') return t.map.nodeLost(node.name);
  if (node.state === 'not-ready') return t.map.nodeNotReady(node.name);
  return t.map.node(node.name, node.pods.length) + (node.cordoned ? ` (${t.map.cordoned})` : '');
}

export function describePod(pod: PodView, t: Strings['workspace']): string {
  const words = t.states[pod.state];
  const state = pod.state === 'failed' ? `${words} (${pod.word})` : words;
  return pod.node === undefined ? t.map.podNowhere(pod.name, state) : t.map.pod(pod.name, state, pod.node);
}

/** What is written below a tile: the end of the pod's name as kubectl prints it, or the word for its trouble. */
export function podLabel(pod: PodView): string {
  return pod.state === 'failed' ? pod.word : pod.name.slice(pod.name.lastIndexOf('-') + 1);
}
