import { describe, expect, it } from 'vitest';
import { mirrorOf, node, object } from '../workspace/testing/objects.ts';
import { clusterView } from '../workspace/view.ts';
import { pointAlong } from './geometry.ts';
import { itemsOf, nextItem } from './items.ts';
import { layoutCluster } from './layout.ts';
import { route } from './route.ts';
import { viewOf } from './testing/views.ts';

describe.each([
  [1, 1],
  [3, 12],
  [10, 60],
  [50, 500],
  [200, 2000],
])('a picture of %i nodes and %i pods', (workers, pods) => {
  describe.each([328, 700, 1400])('%i wide', (width) => {
    const layout = layoutCluster(viewOf(workers, pods), width, 400);

    it('keeps every room inside the picture, and apart from the others', () => {
      for (const [index, { x, y, w, h }] of layout.rooms.entries()) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + w).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThan(layout.lane.y + layout.lane.h);
        expect(y + h).toBeLessThan(layout.quay.y);
        for (const other of layout.rooms.slice(index + 1)) {
          const apart = x + w <= other.x || other.x + other.w <= x || y + h <= other.y || other.y + other.h <= y;
          expect(apart).toBe(true);
        }
      }
      expect(layout.height).toBeGreaterThanOrEqual(layout.quay.y + layout.quay.h);
    });

    it('shows or counts every pod, inside its room', () => {
      for (const { node: room, tiles, hidden, x, y, w, h } of layout.rooms) {
        expect(tiles.length + hidden).toBe(room.pods.length);
        for (const tile of tiles) {
          expect(tile.x - tile.r).toBeGreaterThanOrEqual(x);
          expect(tile.x + tile.r).toBeLessThanOrEqual(x + w);
          expect(tile.y - tile.r).toBeGreaterThanOrEqual(y);
          expect(tile.y + tile.r).toBeLessThanOrEqual(y + h);
        }
      }
      const [bracket] = layout.brackets;
      expect(bracket!.x + bracket!.w).toBeLessThanOrEqual(width);
      const [set] = bracket!.sets;
      expect(set!.slots.length + set!.hidden).toBe(pods);
    });

    it('has a way to every place, over the API server', () => {
      for (const room of layout.rooms) {
        const way = route(layout, 'api', `node/${room.node.name}`)!;
        expect(way[0]!.y).toBeCloseTo(layout.bar.y + layout.bar.h / 2);
        expect(way.at(-1)!.x).toBeCloseTo(room.x + room.w / 2);
      }
      expect(route(layout, 'you', 'api')!.at(-1)).toEqual(route(layout, 'api', 'etcd')![0]);
      expect(route(layout, 'api', 'node/nowhere')).toBeUndefined();
    });

    it('leads the arrow keys to everything', () => {
      const view = viewOf(workers, pods);
      const items = itemsOf(layoutCluster(view, width, 400), view.parts, false);
      const reached = new Set([items[0]!.uid]);
      for (const uid of reached) {
        for (const key of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'End']) {
          const next = nextItem(items, uid, key);
          if (next !== undefined) reached.add(next);
        }
      }
      expect(reached.size).toBe(items.length);
    });
  });
});

describe('a picture of very many nodes', () => {
  it('tells how many pods of each state a room has, in pieces as long as they are many', () => {
    const layout = layoutCluster(viewOf(200, 2000), 700, 400);
    expect(layout.dense).toBe(true);
    for (const { sums, node: room, x, w } of layout.rooms) {
      expect(sums?.map(({ state, count }) => [state, count])).toEqual([['ready', room.pods.length]]);
      expect(sums![0]!.x + sums![0]!.w).toBeLessThanOrEqual(x + w);
    }
    expect(layoutCluster(viewOf(20, 200), 700, 400).dense).toBe(false);
    expect(layoutCluster(viewOf(20, 200), 340, 400).dense).toBe(true);
  });
});

describe('volumes', () => {
  const claim = (name: string, phase: string) =>
    object('PersistentVolumeClaim', name, {
      spec: {
        resources: { requests: { storage: '1Gi' } },
        ...(phase === 'Bound' ? { volumeName: `pvc-${name}` } : {}),
      },
      status: phase === 'Bound' ? { phase, capacity: { storage: '2Gi' } } : { phase },
    });
  const pod = object('Pod', 'db-0', {
    spec: {
      nodeName: 'worker-1',
      containers: [{ name: 'c' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const view = (claims: number) =>
    clusterView(
      mirrorOf({
        nodes: [node('control-plane', 'True', true), node('worker-1'), node('worker-2')],
        pods: [pod],
        persistentvolumeclaims: [
          claim('data', 'Bound'),
          ...Array.from({ length: claims }, (_, index) => claim(`wish-${index}`, 'Pending')),
        ],
      }),
    );

  it('lie below the Services, tied to the pods that mount them', () => {
    const seen = view(1);
    expect(seen.volumes.map(({ name, phase, size, volume, pods }) => [name, phase, size, volume, pods])).toEqual([
      ['data', 'Bound', '2Gi', 'pvc-data', [pod.metadata.uid]],
      ['wish-0', 'Pending', '1Gi', undefined, []],
    ]);
    const layout = layoutCluster(seen, 700, 400);
    expect(layout.volumes.map(({ ropes }) => ropes.map((rope) => rope.pod))).toEqual([[pod.metadata.uid], []]);
    for (const { x, y, w } of layout.volumes) {
      expect(y).toBeGreaterThan(layout.quay.y + layout.quay.h);
      expect(y + 11).toBeLessThanOrEqual(layout.height);
      expect(x - 9 + w).toBeLessThanOrEqual(layout.width);
    }
  });

  it('are counted where there is no room for all', () => {
    const layout = layoutCluster(view(30), 328, 400);
    expect(layout.volumes.length + layout.hiddenVolumes).toBe(31);
    expect(layout.hiddenVolumes).toBeGreaterThan(0);
  });
});

it('walks a line of points by length', () => {
  const line = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 30 },
  ];
  expect(pointAlong(line, 0)).toEqual({ x: 0, y: 0 });
  expect(pointAlong(line, 0.5)).toEqual({ x: 10, y: 10 });
  expect(pointAlong(line, 2)).toEqual({ x: 10, y: 30 });
});
