import type { ClusterView } from '../workspace/view.ts';
import type { Box } from './geometry.ts';
import { smallRow } from './layout-tiles.ts';

/** Free space along the sides of a picture. */
export const MARGIN = 8;

/**
 * The control plane above everything, and the learner beside it; above it where a picture is `narrow`, unless it is so `low`, too, that the
 * nodes would have no room.
 */
export function layoutBridge(view: ClusterView, width: number, { narrow, low }: { narrow: boolean; low: boolean }) {
  const left = low ? 62 : narrow ? MARGIN : 84;
  const [head, thick, between] = low ? [24, 24, 5] : [29, 30, 11];
  const bridge = {
    x: left,
    y: low ? 4 : narrow ? 38 : 6,
    w: width - left - MARGIN,
    h: head + 2 * thick + between + (low ? 6 : 10),
  };
  const inner = { x: bridge.x + 12, w: bridge.w - 24 };
  const gap = narrow ? 8 : 16;
  const partWidth = (inner.w - 2 * gap) / 3;
  const part = (index: number): Box => ({
    x: inner.x + index * (partWidth + gap),
    y: bridge.y + head,
    w: partWidth,
    h: thick,
  });
  const bar = { x: inner.x, y: bridge.y + head + thick + between, w: inner.w, h: thick };
  const pods = view.controlPlane?.pods ?? [];
  const system = view.controlPlane?.systemPods ?? [];
  return {
    you: narrow && !low ? { x: 30, y: 18 } : { x: low ? 30 : 34, y: bar.y + bar.h / 2 },
    bridge,
    bar,
    parts: { etcd: part(0), 'kube-scheduler': part(1), 'kube-controller-manager': part(2) },
    bridgeSmall: smallRow(system, bridge.x + bridge.w - 24, bridge.y + (low ? 13 : 17), 10),
    bridgePods: smallRow(pods, bridge.x + bridge.w - 24 - system.length * 13 - 8, bridge.y + (low ? 13 : 17), 10),
  };
}
