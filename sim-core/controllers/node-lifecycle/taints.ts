import type { Taint } from 'kubernetes-types/core/v1';
import type { Node } from '../../api/objects.ts';
import { isConflict } from '../../api/status.ts';
import type { Informer } from '../../client/index.ts';
import { formatTime } from '../../engine/index.ts';
import { nodes } from '../../resources/node.ts';
import type { ControllerContext } from '../controller.ts';
import * as keys from '../shared/taints.ts';

/** Which taint each condition's status means (nodeConditionToTaintKeyStatusMap). */
const TAINT_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: keys.NOT_READY, Unknown: keys.UNREACHABLE },
  MemoryPressure: { True: keys.MEMORY_PRESSURE },
  DiskPressure: { True: keys.DISK_PRESSURE },
  NetworkUnavailable: { True: keys.NETWORK_UNAVAILABLE },
  PIDPressure: { True: keys.PID_PRESSURE },
};
const MANAGED = new Set([
  ...Object.values(TAINT_OF).flatMap((byStatus) => Object.values(byStatus)),
  keys.UNSCHEDULABLE,
]);

/** The NoSchedule taints that a node's conditions and `spec.unschedulable` call for. */
export function conditionTaints({ spec, status }: Node): Taint[] {
  const taints: Taint[] = [];
  for (const condition of status.conditions ?? []) {
    const byStatus = Object.hasOwn(TAINT_OF, condition.type) ? TAINT_OF[condition.type] : undefined;
    const key = byStatus?.[condition.status];
    if (key !== undefined) taints.push({ key, effect: 'NoSchedule' });
  }
  if (spec.unschedulable === true) taints.push({ key: keys.UNSCHEDULABLE, effect: 'NoSchedule' });
  return taints;
}

/** The taint of a node that is not ready (`False`) or silent (`Unknown`). */
export function readyTaint(ready: string, effect: string): Taint | undefined {
  const key = TAINT_OF.Ready![ready];
  return key === undefined ? undefined : { key, effect };
}

/** Writes taints, leaving alone those that are none of this controller's business. */
export class NodeTainter {
  private readonly context: ControllerContext;
  private readonly informer: Informer<Node>;

  constructor(context: ControllerContext, informer: Informer<Node>) {
    this.context = context;
    this.informer = informer;
  }

  setNoSchedule(node: Node, wanted: readonly Taint[]): void {
    this.swap(node, wanted, ({ key, effect }) => effect === 'NoSchedule' && MANAGED.has(key));
  }

  /** One of not-ready and unreachable, or neither. */
  setNoExecute(node: Node, wanted: Taint | undefined): void {
    const ours = ({ key, effect }: Taint) =>
      effect === 'NoExecute' && (key === keys.NOT_READY || key === keys.UNREACHABLE);
    this.swap(node, wanted === undefined ? [] : [wanted], ours);
  }

  /** Keeps the old names of the platform labels, which older manifests select by, equal to the new ones (reconcileNodeLabels). */
  labelPlatform({ metadata }: Node): void {
    const labels: Record<string, string> = {};
    for (const name of ['os', 'arch']) {
      const value = metadata.labels?.[`kubernetes.io/${name}`];
      const old = `beta.kubernetes.io/${name}`;
      if (value !== undefined && metadata.labels?.[old] !== value) labels[old] = value;
    }
    if (Object.keys(labels).length === 0) return;
    this.context.client.patch(nodes, undefined, metadata.name, 'strategic', { metadata: { labels } });
  }

  private swap(seen: Node, wanted: readonly Taint[], ours: (taint: Taint) => boolean): void {
    const { client, engine } = this.context;
    const { name } = seen.metadata;
    let node = this.informer.get(undefined, name) ?? seen;
    for (let attempt = 0; ; attempt++) {
      const before = node.spec.taints ?? [];
      const kept = before.filter((taint) => !ours(taint) || wanted.some((other) => keys.sameTaint(taint, other)));
      const added = wanted.filter((taint) => !before.some((other) => keys.sameTaint(taint, other)));
      if (kept.length === before.length && added.length === 0) return;
      const timeAdded = formatTime(engine.now);
      const taints = [...kept, ...added.map((taint) => ({ ...taint, timeAdded }))];
      const { taints: _, ...spec } = node.spec;
      try {
        client.update(nodes, { ...node, spec: taints.length === 0 ? spec : { ...spec, taints } });
        return;
      } catch (error) {
        // Kubelets write to their nodes all the time: look again, and put the taint on the node as it is now.
        if (!isConflict(error) || attempt === 5) throw error;
        node = client.get(nodes, undefined, name);
      }
    }
  }
}
