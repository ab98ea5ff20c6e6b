import type { ClusterView } from '../workspace/view.ts';
import type { Box } from './geometry.ts';
import { smallRow } from './layout-tiles.ts';

/** Free space along the sides of a picture. */
export const MARGIN = 8;

/** The control plane above everything, and the learner beside it. */
export function layoutBridge(view: ClusterView, width: number, narrow: boolean) {
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
