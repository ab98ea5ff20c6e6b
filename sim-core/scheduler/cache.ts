import { labelOf } from '../api/node-selector.ts';
import type { Node, Pod } from '../api/objects.ts';
import { Domains } from './domains.ts';
import { NodeInfo } from './node-info.ts';
import { PodInfo } from './pod-info.ts';
import { TermIndex } from './term-index.ts';
import type { TopologyCount, TopologyCounter } from './topology-counter.ts';
import { TopologyCounters } from './topology-counters.ts';

/** Nodes as plugins see them during a cycle. */
export interface Snapshot {
  /** Every node, taking turns between zones (the scheduler's nodeTree). Another array whenever nodes have come or gone. */
  readonly nodes: readonly NodeInfo[];
  get(name: string): NodeInfo | undefined;
  /** Number of nodes that hold an image. */
  nodesWithImage(image: string): number;
  /** Number of nodes with taints that keep pods away, and of cordoned nodes: with none, their plugins have nothing to do. */
  readonly taintedNodes: number;
  readonly cordonedNodes: number;
  /** The domains of a topology; without a key each node is one. */
  domains(topologyKey: string | undefined): Domains;
  /** The count of that name, made at its first use and kept current from then on. */
  counter(name: string, make: () => TopologyCount): TopologyCounter;
  /** The affinity terms of pods that are on nodes. */
  readonly terms: TermIndex;
}

/**
 * The scheduler's picture of nodes and the pods on them, including pods that it has just placed and whose binding has not
 * come back through the watch yet (assumed pods).
 *
 * Upstream copies what has changed into a snapshot before each cycle, because the cache changes while the cycle runs. Here a
 * cycle is one event, during which nothing else happens: the picture itself serves as the snapshot, and each node's
 * `generation` tells whether it has changed.
 */
export class SchedulerCache implements Snapshot {
  readonly terms: TermIndex = new TermIndex(this);
  private readonly infos = new Map<string, NodeInfo>();
  private readonly pods = new Map<string, PodInfo>();
  private readonly assumed = new Set<string>();
  /** Pods on nodes that are not known (yet, or any more). */
  private readonly homeless = new Map<string, Set<PodInfo>>();
  private readonly images = new Map<string, number>();
  private readonly counters = new TopologyCounters();
  private readonly topologies = new Map<string | undefined, Domains>();
  private ordered: NodeInfo[] | undefined;
  taintedNodes = 0;
  cordonedNodes = 0;
  private readonly domainsOf = (topologyKey: string | undefined) => this.domains(topologyKey);

  get nodes(): readonly NodeInfo[] {
    this.ordered ??= inTurns(this.infos.values());
    return this.ordered;
  }

  get(name: string): NodeInfo | undefined {
    return this.infos.get(name);
  }

  nodesWithImage(image: string): number {
    return this.images.get(image) ?? 0;
  }

  counter(name: string, make: () => TopologyCount): TopologyCounter {
    return this.counters.get(name, make, this.nodes, this.domainsOf);
  }

  domains(topologyKey: string | undefined): Domains {
    let domains = this.topologies.get(topologyKey);
    if (domains === undefined) {
      domains = new Domains(topologyKey, this.nodes);
      this.topologies.set(topologyKey, domains);
    }
    return domains;
  }

  /** A node appeared or changed. */
  setNode(node: Node): void {
    const { name } = node.metadata;
    const info = this.infos.get(name);
    if (info === undefined) {
      const added = new NodeInfo(node);
      this.infos.set(name, added);
      this.countNode(added, 1);
      for (const pod of this.homeless.get(name) ?? []) added.addPod(pod);
      this.homeless.delete(name);
      this.ordered = undefined;
      this.recount();
      return;
    }
    const before = info.node;
    this.countNode(info, -1);
    info.setNode(node);
    this.countNode(info, 1);
    if (zoneOf(before) !== zoneOf(node)) this.ordered = undefined;
    if (!sameTopology(before, node)) this.recount();
  }

  /** A node is gone. Its pods stay known until they are gone too. */
  removeNode(name: string): void {
    const info = this.infos.get(name);
    if (info === undefined) return;
    this.infos.delete(name);
    this.countNode(info, -1);
    if (info.pods.length > 0) this.homeless.set(name, new Set(info.pods));
    this.ordered = undefined;
    this.recount();
  }

  /** Takes it that the pod will run on the node, before the API server has said so (AssumePod). */
  assume(pod: PodInfo, nodeName: string): void {
    pod.nodeName = nodeName;
    this.assumed.add(pod.uid);
    this.place(pod);
  }

  /** The binding failed: the pod is not on that node after all (ForgetPod). */
  forget(pod: PodInfo): void {
    if (!this.assumed.delete(pod.uid)) return;
    this.displace(pod.uid);
    pod.nodeName = '';
  }

  isAssumed(uid: string): boolean {
    return this.assumed.has(uid);
  }

  /** The API server says that the pod is on its node (AddPod, UpdatePod). Answers the pod as it was before. */
  setPod(pod: Pod): Pod | undefined {
    const { uid, deletionTimestamp, labels } = pod.metadata;
    const known = this.pods.get(uid);
    this.assumed.delete(uid);
    if (known !== undefined) {
      const before = known.pod;
      const same =
        known.nodeName === pod.spec.nodeName &&
        before.metadata.deletionTimestamp === deletionTimestamp &&
        sameMap(before.metadata.labels, labels) &&
        sameRequests(before, pod);
      if (same) {
        known.pod = pod;
        return before;
      }
      this.displace(uid);
      this.place(new PodInfo(pod));
      return before;
    }
    this.place(new PodInfo(pod));
    return undefined;
  }

  removePod(uid: string): void {
    this.assumed.delete(uid);
    this.displace(uid);
  }

  hasPod(uid: string): boolean {
    return this.pods.has(uid);
  }

  private place(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    const info = this.infos.get(pod.nodeName);
    if (info === undefined) {
      let waiting = this.homeless.get(pod.nodeName);
      if (waiting === undefined) {
        waiting = new Set();
        this.homeless.set(pod.nodeName, waiting);
      }
      waiting.add(pod);
      this.podChanged(pod, undefined, 1);
      return;
    }
    info.addPod(pod);
    this.podChanged(pod, info, 1);
  }

  private displace(uid: string): void {
    const pod = this.pods.get(uid);
    if (pod === undefined) return;
    this.pods.delete(uid);
    const info = this.infos.get(pod.nodeName);
    if (info === undefined) {
      this.homeless.get(pod.nodeName)?.delete(pod);
      this.podChanged(pod, undefined, -1);
      return;
    }
    if (info.removePod(pod)) this.podChanged(pod, info, -1);
  }

  private podChanged(pod: PodInfo, node: NodeInfo | undefined, change: 1 | -1): void {
    this.counters.podChanged(pod, node, change);
    if (node !== undefined) this.terms.podChanged(pod, node, change);
  }

  private recount(): void {
    this.topologies.clear();
    this.counters.invalidate();
    this.terms.invalidate();
  }

  private countNode(info: NodeInfo, change: 1 | -1): void {
    if (info.hardTaints.length > 0) this.taintedNodes += change;
    if (info.node.spec.unschedulable === true) this.cordonedNodes += change;
    for (const image of info.images.keys()) {
      const count = this.nodesWithImage(image) + change;
      if (count === 0) this.images.delete(image);
      else this.images.set(image, count);
    }
  }
}

/** The key of a node's zone (utilnode.GetZoneKey). */
function zoneOf(node: Node): string {
  const { labels } = node.metadata;
  const region = labelOf(labels, 'topology.kubernetes.io/region') ?? '';
  const zone = labelOf(labels, 'topology.kubernetes.io/zone') ?? '';
  return `${region}:${zone}`;
}

/** Nodes in the order in which they are tried: one of each zone, in turn, so that pods spread over zones early. */
function inTurns(infos: Iterable<NodeInfo>): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const info of infos) {
    const zone = zoneOf(info.node);
    const members = zones.get(zone);
    if (members === undefined) zones.set(zone, [info]);
    else members.push(info);
  }
  const ordered: NodeInfo[] = [];
  const all = [...zones.values()];
  for (let turn = 0; all.some((members) => turn < members.length); turn++) {
    for (const members of all) {
      const info = members[turn];
      if (info === undefined) continue;
      info.index = ordered.length;
      ordered.push(info);
    }
  }
  return ordered;
}

/** Whether nothing has changed on a node that counts of pods depend on. */
function sameTopology(before: Node, after: Node): boolean {
  if (!sameMap(before.metadata.labels, after.metadata.labels)) return false;
  return (
    before.spec.taints === after.spec.taints || JSON.stringify(before.spec.taints) === JSON.stringify(after.spec.taints)
  );
}

export function sameMap(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): boolean {
  if (a === b) return true;
  const keys = Object.keys(a ?? {});
  if (keys.length !== Object.keys(b ?? {}).length) return false;
  return keys.every((key) => b !== undefined && a![key] === b[key]);
}

/** Whether a pod's requests cannot have changed: a pod's spec is fixed but for the resources of its containers. */
function sameRequests(before: Pod, after: Pod): boolean {
  if (before.spec !== after.spec) {
    const a = before.spec.containers;
    const b = after.spec.containers;
    if (a !== b && a.some((container, index) => !sameList(container.resources, b[index]?.resources))) return false;
  }
  const statuses = after.status.containerStatuses;
  return (
    statuses === undefined ||
    statuses === before.status.containerStatuses ||
    !statuses.some(({ resources }, index) => !sameList(resources, before.status.containerStatuses?.[index]?.resources))
  );
}

function sameList(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
