import type { Node } from '../api/objects.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { Resource } from './resource.ts';

export type Taint = NonNullable<Node['spec']['taints']>[number];

const noTaints: readonly Taint[] = [];

/** A node with the pods on it and their sums, kept current pod by pod (framework.NodeInfo). */
export class NodeInfo {
  readonly name: string;
  node: Node;
  labels: Readonly<Record<string, string>> | undefined;
  allocatable = new Resource();
  /** What the pods on it ask for. */
  readonly requested: Resource;
  /** The same as scoring counts it: `cpu` and `memory` with defaults. */
  readonly scoredRequested: Resource;
  readonly pods: PodInfo[] = [];
  podsWithAffinity = 0;
  /** Taints that keep pods away: NoSchedule and NoExecute. */
  hardTaints: readonly Taint[] = noTaints;
  /** Taints that pods had better avoid: PreferNoSchedule. */
  softTaints: readonly Taint[] = noTaints;
  /** Bytes of each image that the node holds, by name. */
  images: ReadonlyMap<string, number> = new Map();
  /** How many pods use a claim, by `namespace/name`. */
  readonly claims = new Map<string, number>();
  /** Grows with every change of the node or its pods. */
  generation = 0;
  /** Place among the snapshot's nodes. */
  index = 0;
  private readonly ports = new Map<string, number>();

  constructor(node: Node, requested = new Resource(), scored = new Resource()) {
    this.name = node.metadata.name;
    this.node = node;
    this.requested = requested;
    this.scoredRequested = scored;
    this.setNode(node);
  }

  setNode(node: Node): void {
    const taints = node.spec.taints ?? noTaints;
    this.node = node;
    this.labels = node.metadata.labels;
    this.allocatable = Resource.of(node.status.allocatable as Record<string, string> | undefined);
    this.hardTaints = taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
    this.softTaints = taints.filter(({ effect }) => effect === 'PreferNoSchedule');
    const images = new Map<string, number>();
    for (const { names, sizeBytes = 0 } of node.status.images ?? []) {
      for (const name of names ?? []) images.set(name, sizeBytes);
    }
    this.images = images;
    this.generation++;
  }

  addPod(pod: PodInfo): void {
    this.pods.push(pod);
    this.count(pod, 1);
  }

  /** Answers whether the pod was there. */
  removePod(pod: PodInfo): boolean {
    const index = this.pods.findIndex(({ uid }) => uid === pod.uid);
    if (index < 0) return false;
    const [there] = this.pods.splice(index, 1);
    this.count(there!, -1);
    return true;
  }

  private count(pod: PodInfo, sign: 1 | -1): void {
    this.requested.add(pod.requests, sign);
    this.scoredRequested.add(pod.scoredRequests, sign);
    if (pod.hasAffinity) this.podsWithAffinity += sign;
    for (const port of pod.hostPorts) bump(this.ports, portKey(port, port.ip), sign);
    for (const claim of pod.claims) bump(this.claims, `${pod.namespace}/${claim}`, sign);
    this.generation++;
  }

  /** Whether a pod here holds that port; 0.0.0.0 stands for every address (HostPortInfo.CheckConflict). */
  portTaken(port: HostPort): boolean {
    if (this.ports.size === 0) return false;
    if (port.ip !== '0.0.0.0')
      return this.ports.has(portKey(port, '0.0.0.0')) || this.ports.has(portKey(port, port.ip));
    const end = portKey(port, '');
    for (const taken of this.ports.keys()) if (taken.endsWith(end)) return true;
    return false;
  }

  /** A copy to try things out on. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.node, this.requested.clone(), this.scoredRequested.clone());
    copy.pods.push(...this.pods);
    copy.podsWithAffinity = this.podsWithAffinity;
    for (const [key, value] of this.ports) copy.ports.set(key, value);
    for (const [key, value] of this.claims) copy.claims.set(key, value);
    copy.generation = this.generation;
    copy.index = this.index;
    return copy;
  }
}

function portKey({ protocol, port }: HostPort, ip: string): string {
  return `${ip}/${protocol}/${port}`;
}

function bump(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
