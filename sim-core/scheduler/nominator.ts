import type { PodInfo } from './pod-info.ts';

const none: readonly PodInfo[] = [];

/** Pods that have made room for themselves on a node by preemption and wait for it to become free (the queue's nominator). */
export class Nominator {
  private readonly byNode = new Map<string, Map<string, PodInfo>>();
  private readonly nodes = new Map<string, string>();

  get empty(): boolean {
    return this.byNode.size === 0;
  }

  podsOn(nodeName: string): readonly PodInfo[] {
    const pods = this.byNode.get(nodeName);
    return pods === undefined ? none : [...pods.values()];
  }

  /** Notes where the pod has made room for itself; the empty string withdraws. */
  nominate(info: PodInfo, nodeName: string): void {
    this.withdraw(info.uid);
    if (nodeName === '') return;
    this.nodes.set(info.uid, nodeName);
    const pods = this.byNode.get(nodeName) ?? new Map<string, PodInfo>();
    this.byNode.set(nodeName, pods.set(info.uid, info));
  }

  withdraw(uid: string): void {
    const nodeName = this.nodes.get(uid);
    if (nodeName === undefined) return;
    this.nodes.delete(uid);
    const pods = this.byNode.get(nodeName);
    pods?.delete(uid);
    if (pods?.size === 0) this.byNode.delete(nodeName);
  }
}
