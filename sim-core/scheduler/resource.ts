import type { Pod } from '../api/objects.ts';
import { quantity } from '../api/quantity.ts';

type ResourceList = Readonly<Record<string, string>> | undefined;
type Container = Pod['spec']['containers'][number];

/** What the scheduler takes a container to need for scoring when it asks for nothing (schedutil.DefaultMilliCPURequest). */
const DEFAULT_MILLI_CPU = 100;
/** Bytes (schedutil.DefaultMemoryRequest: 200 MB). */
const DEFAULT_MEMORY = 200 * 1024 * 1024;

/** Amounts of resources as plain numbers (framework.Resource). */
export class Resource {
  milliCPU = 0;
  /** Bytes. */
  memory = 0;
  /** Bytes. */
  ephemeralStorage = 0;
  /** Number of pods allowed on a node. */
  pods = 0;
  /** Extended resources, huge pages and the like, in whole units; absent when there are none. */
  scalars: Map<string, number> | undefined;

  static of(list: ResourceList): Resource {
    const resource = new Resource();
    resource.addList(list);
    return resource;
  }

  addList(list: ResourceList): void {
    if (list === undefined) return;
    for (const name of Object.keys(list)) this.set(name, this.get(name) + amount(name, list[name]!));
  }

  /** Raises each amount to that of `other` where that is larger (Resource.SetMaxResource). */
  raiseTo(other: Resource): void {
    this.milliCPU = Math.max(this.milliCPU, other.milliCPU);
    this.memory = Math.max(this.memory, other.memory);
    this.ephemeralStorage = Math.max(this.ephemeralStorage, other.ephemeralStorage);
    if (other.scalars !== undefined) {
      for (const [name, value] of other.scalars) this.set(name, Math.max(this.get(name), value));
    }
  }

  add(other: Resource, sign: 1 | -1 = 1): void {
    this.milliCPU += sign * other.milliCPU;
    this.memory += sign * other.memory;
    this.ephemeralStorage += sign * other.ephemeralStorage;
    if (other.scalars !== undefined) {
      for (const [name, value] of other.scalars) this.set(name, this.get(name) + sign * value);
    }
  }

  /** The amount of a resource by its name: thousandths of a core, bytes, or whole units. */
  get(name: string): number {
    if (name === 'cpu') return this.milliCPU;
    if (name === 'memory') return this.memory;
    if (name === 'ephemeral-storage') return this.ephemeralStorage;
    if (name === 'pods') return this.pods;
    return this.scalars?.get(name) ?? 0;
  }

  set(name: string, value: number): void {
    if (name === 'cpu') this.milliCPU = value;
    else if (name === 'memory') this.memory = value;
    else if (name === 'ephemeral-storage') this.ephemeralStorage = value;
    else if (name === 'pods') this.pods = value;
    else if (isScalar(name)) {
      this.scalars ??= new Map();
      this.scalars.set(name, value);
    }
  }

  clone(): Resource {
    const copy = new Resource();
    copy.add(this);
    copy.pods = this.pods;
    return copy;
  }

  equals(other: Resource): boolean {
    if (this.milliCPU !== other.milliCPU || this.memory !== other.memory) return false;
    if (this.ephemeralStorage !== other.ephemeralStorage || this.pods !== other.pods) return false;
    if ((this.scalars?.size ?? 0) !== (other.scalars?.size ?? 0)) return false;
    for (const [name, value] of this.scalars ?? []) if (other.get(name) !== value) return false;
    return true;
  }
}

/** schedutil.IsScalarResourceName: extended and native resources with a prefix, huge pages, attachable volumes. */
function isScalar(name: string): boolean {
  return name.includes('/') || name.startsWith('hugepages-') || name.startsWith('attachable-volumes-');
}

function amount(name: string, text: string): number {
  const parsed = quantity(text);
  return name === 'cpu' ? parsed.milliValue() : parsed.value();
}

/** What one container asks for; while it is being resized, the most of what it has and what it wants. */
function containerRequests(container: Container, pod: Pod, defaults: boolean): Resource {
  const requests = container.resources?.requests as ResourceList;
  const result = Resource.of(requests);
  for (const status of pod.status.containerStatuses ?? []) {
    if (status.name !== container.name) continue;
    result.raiseTo(Resource.of(status.resources?.requests as ResourceList));
    result.raiseTo(Resource.of(status.allocatedResources as ResourceList));
  }
  if (defaults) {
    if (requests === undefined || !Object.hasOwn(requests, 'cpu')) result.milliCPU = DEFAULT_MILLI_CPU;
    if (requests === undefined || !Object.hasOwn(requests, 'memory')) result.memory = DEFAULT_MEMORY;
  }
  return result;
}

/**
 * What a pod asks of a node (resourcehelper.PodRequests): its containers and sidecars together, or its largest init container
 * with the sidecars started before it, whichever is more; plus its overhead. `defaults`: count what is unstated as scoring does.
 */
export function podRequests(pod: Pod, defaults = false): Resource {
  const { containers, initContainers, overhead } = pod.spec;
  const total = new Resource();
  for (const container of containers) total.add(containerRequests(container, pod, defaults));
  if (initContainers !== undefined && initContainers.length > 0) {
    const sidecars = new Resource();
    const largest = new Resource();
    for (const container of initContainers) {
      const requests = containerRequests(container, pod, defaults);
      if (container.restartPolicy === 'Always') {
        total.add(requests);
        sidecars.add(requests);
        largest.raiseTo(sidecars);
      } else {
        requests.add(sidecars);
        largest.raiseTo(requests);
      }
    }
    total.raiseTo(largest);
  }
  if (overhead !== undefined) total.addList(overhead as ResourceList);
  return total;
}
