import type { NodeCondition } from 'kubernetes-types/core/v1';
import type { Lease, Node } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import { formatTime, type Micros, parseTime } from '../../engine/index.ts';
import { nodes } from '../../resources/node.ts';
import type { ControllerContext } from '../controller.ts';
import { conditionOf } from '../shared/conditions.ts';
import { updateStatus } from '../shared/update-status.ts';

const NAMESPACE = 'kube-node-lease';
/** Conditions that only the kubelet can vouch for. */
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

interface Heard {
  /** When something was last heard, by our own clock: those of nodes may be wrong. */
  at: Micros;
  renewTime: string | undefined;
  heartbeat: string | undefined;
  /** Ready as of the last look. */
  ready: string;
}

/** Keeps account of when nodes were last heard of, and marks those that have been silent for too long (tryUpdateNodeHealth). */
export class NodeHealth {
  private readonly context: ControllerContext;
  private readonly leases: Informer<Lease>;
  private readonly heard = new Map<string, Heard>();

  constructor(context: ControllerContext, leases: Informer<Lease>) {
    this.context = context;
    this.leases = leases;
  }

  forget(node: string): void {
    this.heard.delete(node);
  }

  readyOf(node: Node): string {
    return conditionOf(node.status.conditions, 'Ready')?.status ?? 'Unknown';
  }

  /** Ready before this look, Ready now, and whether it changed since the last one. */
  check(node: Node): { observed: string; current: string; changed: boolean } {
    const { engine, settings } = this.context;
    const { name, creationTimestamp } = node.metadata;
    const ready = conditionOf(node.status.conditions, 'Ready');
    const renewTime = this.leases.get(NAMESPACE, name)?.spec.renewTime;
    const heartbeat = ready?.lastHeartbeatTime;
    let heard = this.heard.get(name);
    if (heard === undefined) {
      // A node that has never reported is given time from its creation on.
      const at = ready === undefined ? (parseTime(creationTimestamp) ?? engine.now) : engine.now;
      heard = { at, renewTime, heartbeat, ready: ready === undefined ? '' : ready.status };
      this.heard.set(name, heard);
    }
    if (renewTime !== heard.renewTime || heartbeat !== heard.heartbeat) heard.at = engine.now;
    heard.renewTime = renewTime;
    heard.heartbeat = heartbeat;

    const grace = ready === undefined ? settings.nodeStartupGracePeriod : settings.nodeMonitorGracePeriod;
    const silent = engine.now > heard.at + grace;
    if (silent) engine.asWork(() => this.markUnknown(node));
    const observed = ready?.status ?? 'Unknown';
    const current = silent ? 'Unknown' : observed;
    const known = ready !== undefined || silent;
    const changed = known && heard.ready !== current;
    if (known) heard.ready = current;
    return { observed, current, changed };
  }

  private markUnknown(node: Node): void {
    const now = formatTime(this.context.engine.now);
    const { creationTimestamp } = node.metadata;
    const conditions: NodeCondition[] = [...(node.status.conditions ?? [])];
    let changed = false;
    for (const type of KUBELET_CONDITIONS) {
      const index = conditions.findIndex((condition) => condition.type === type);
      const before = conditions[index];
      if (before?.status === 'Unknown') continue;
      changed = true;
      if (before === undefined) {
        conditions.push({
          type,
          status: 'Unknown',
          reason: 'NodeStatusNeverUpdated',
          message: 'Kubelet never posted node status.',
          lastHeartbeatTime: creationTimestamp,
          lastTransitionTime: now,
        });
      } else {
        conditions[index] = {
          ...before,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: now,
        };
      }
    }
    if (changed) updateStatus(this.context.client, nodes, node, { ...node.status, conditions });
  }
}
