import { describe, expect, it } from 'vitest';
import { flightPath } from './flight-path.ts';
import { pointAlong } from './geometry.ts';
import { layoutCluster } from './layout.ts';
import { viewOf } from './testing/views.ts';

const REQUEST = ['pod/default/web-1-0', 'node/worker-1', 'node/worker-2', 'pod/default/web-1-1'] as const;

describe.each([
  ['in one row', 700],
  ['in rows', 328],
])('the way from pod to pod with rooms %s', (_, width) => {
  const layout = layoutCluster(viewOf(5, 10), width, 400);
  const { points, reached } = flightPath(layout, REQUEST);
  const rooms = new Map(layout.rooms.map((room) => [room.node.name, room]));
  const tile = (name: string) =>
    layout.rooms.flatMap(({ tiles }) => tiles).find(({ pod }) => pod.name === name) ?? { x: 0, y: 0 };

  it('begins and ends in the pods', () => {
    expect(points[0]).toEqual({ x: tile('web-1-0').x, y: tile('web-1-0').y });
    expect(points.at(-1)).toEqual({ x: tile('web-1-1').x, y: tile('web-1-1').y });
  });

  it('comes by the floors of both nodes, in this order', () => {
    expect(reached).toEqual(reached.toSorted((a, b) => a - b));
    expect([reached[0], reached.at(-1)]).toEqual([0, 1]);
    for (const [index, name] of [
      [1, 'worker-1'],
      [2, 'worker-2'],
    ] as const) {
      const { x, y, w, h } = rooms.get(name)!;
      const at = pointAlong(points, reached[index]!);
      expect(at.x).toBeGreaterThan(x);
      expect(at.x).toBeLessThan(x + w);
      expect(at.y - (y + h)).toBeGreaterThan(0);
      expect(at.y - (y + h)).toBeLessThan(12);
    }
  });

  it('crosses no room that is not on the way', () => {
    for (const [name, { x, y, w, h }] of rooms) {
      if (name === 'worker-1' || name === 'worker-2') continue;
      for (let part = 0; part <= 1; part += 0.01) {
        const at = pointAlong(points, part);
        expect(at.x > x && at.x < x + w && at.y > y && at.y < y + h, `${name} at ${part}`).toBe(false);
      }
    }
  });
});

it('comes from the learner by the side, and goes out there to what is not of the cluster', () => {
  const layout = layoutCluster(viewOf(2, 2), 700, 400);
  const inward = flightPath(layout, ['you', 'node/worker-2', 'pod/default/web-1-1']);
  expect(inward.points[0]).toEqual(layout.you);
  const outward = flightPath(layout, ['pod/default/web-1-0', 'node/worker-1', 'node/example.com']);
  expect(outward.points.at(-1)!.x).toBeLessThan(layout.rooms[0]!.x);
});

it('leads to the room of a pod that the picture only counts', () => {
  const layout = layoutCluster(viewOf(200, 2000), 700, 400);
  const { points } = flightPath(layout, REQUEST);
  const { x, w } = layout.rooms[1]!;
  expect(points.at(-1)!.x).toBeGreaterThan(x);
  expect(points.at(-1)!.x).toBeLessThan(x + w);
});
