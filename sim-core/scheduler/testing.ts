import type { AnyObject, KubeObject, Node, Pod } from '../api/objects.ts';
import { clone } from '../api/objects.ts';
import { notFound } from '../api/status.ts';
import { type Call, Client, type ObjectEvent, type Transport, Unreachable } from '../client/index.ts';
import { Engine } from '../engine/index.ts';
import { events } from '../resources/event.ts';
import { nodes } from '../resources/node.ts';
import { pods } from '../resources/pod.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { Profile } from './framework.ts';
import { type RunningScheduler, startScheduler } from './start.ts';

type Watcher = (event: ObjectEvent<AnyObject>, revision: number) => void;

/** A few objects in memory behind a client's transport: what the scheduler's tests and benchmarks need of an API server. */
export class FakeApi implements Transport {
  private readonly objects = new Map<string, Map<string, AnyObject>>();
  private readonly watchers = new Map<string, Set<Watcher>>();
  private revision = 1;
  /** Names of pods in the order in which they were bound. */
  readonly bound: string[] = [];
  /** Whether deleted pods go at once, or linger as pods with a grace period do. */
  graceful = false;
  /** Nobody answers. */
  down = false;
  /** Hears of every change, as an engine does from a real store. */
  onChange: () => void = () => {};

  call(call: Call): unknown {
    const { verb, resource, namespace, name = '' } = call;
    if (this.down) throw new Unreachable('dial tcp 10.0.0.10:6443: connect: connection refused');
    const key = `${namespace ?? ''}/${name}`;
    switch (verb) {
      case 'list': {
        const items = [...this.of(resource).values()];
        return { items, resourceVersion: String(this.revision) };
      }
      case 'get':
        return this.find(resource, key, name);
      case 'create':
        if (call.subresource === 'binding') return this.bind(call, key);
        return this.put(resource, call.body!, 'ADDED');
      case 'update':
        this.find(resource, key, name);
        return this.put(resource, call.body!, 'MODIFIED');
      case 'patch':
        return this.put(resource, patched(this.find(resource, key, name), call.patch!.body), 'MODIFIED');
      default:
        return this.remove(resource, key, name);
    }
  }

  watch(call: Call, onEvent: Watcher): { close(): void } {
    const name = plural(call.resource);
    const watchers = this.watchers.get(name) ?? new Set();
    this.watchers.set(name, watchers.add(onEvent));
    return { close: () => watchers.delete(onEvent) };
  }

  all<T extends KubeObject>(resource: ResourceDefinition<T>): T[] {
    return [...this.of(resource as unknown as ResourceDefinition).values()] as unknown as T[];
  }

  /** Ends a pod that lingers. */
  finish(namespace: string, name: string): void {
    this.drop(pods as unknown as ResourceDefinition, `${namespace}/${name}`);
  }

  private bind(call: Call, key: string): unknown {
    const pod = this.find(call.resource, key, call.name ?? '');
    const target = (call.body as unknown as { target: { name: string } }).target.name;
    this.bound.push(call.name!);
    const spec = { ...(pod.spec as object), nodeName: target };
    return this.put(call.resource, { ...pod, spec } as AnyObject, 'MODIFIED');
  }

  private remove(resource: ResourceDefinition, key: string, name: string): undefined {
    const object = this.find(resource, key, name);
    if (this.graceful && resource.plural === 'pods') {
      const metadata = { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:30Z' };
      this.put(resource, { ...object, metadata }, 'MODIFIED');
    } else this.drop(resource, key);
    return undefined;
  }

  private drop(resource: ResourceDefinition, key: string): void {
    const object = this.of(resource).get(key);
    this.of(resource).delete(key);
    if (object !== undefined) this.tell(resource, { type: 'DELETED', object });
  }

  private put(resource: ResourceDefinition, object: AnyObject, type: 'ADDED' | 'MODIFIED'): AnyObject {
    const { namespace = '', name } = object.metadata;
    const revision = ++this.revision;
    const metadata = {
      ...object.metadata,
      resourceVersion: String(revision),
      uid: object.metadata.uid ?? `u${revision}`,
    };
    const stored = Object.freeze({ ...object, metadata }) as AnyObject;
    this.of(resource).set(`${namespace}/${name}`, stored);
    this.tell(resource, { type, object: stored });
    return stored;
  }

  private tell(resource: ResourceDefinition, event: ObjectEvent<AnyObject>): void {
    this.onChange();
    for (const watcher of this.watchers.get(plural(resource)) ?? []) watcher(event, this.revision);
  }

  private of(resource: ResourceDefinition): Map<string, AnyObject> {
    let found = this.objects.get(plural(resource));
    if (found === undefined) {
      found = new Map();
      this.objects.set(plural(resource), found);
    }
    return found;
  }

  private find(resource: ResourceDefinition, key: string, name: string): AnyObject {
    const object = this.of(resource).get(key);
    if (object === undefined) throw notFound(resource, name);
    return object;
  }
}

function plural({ group, plural: name }: ResourceDefinition): string {
  return `${group}/${name}`;
}

/** Enough of a strategic merge: maps merge, null deletes, conditions merge by their type. */
function patched(object: AnyObject, patch: unknown): AnyObject {
  return merge(object, patch) as AnyObject;
}

function merge(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) {
    const list: unknown[] = Array.isArray(target) ? [...target] : [];
    for (const item of patch as { type?: string }[]) {
      const index = list.findIndex((old) => (old as { type?: string }).type === item.type);
      if (index < 0) list.push(item);
      else list[index] = merge(list[index], item);
    }
    return list;
  }
  if (typeof patch !== 'object' || patch === null) return patch;
  const result: Record<string, unknown> = { ...(target as object) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

/** A node with 4 cpu, 8Gi and 110 pods, unless `change` says otherwise. */
export function testNode(name: string, change: (node: Node) => void = () => {}): Node {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `node-${name}`, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: { allocatable: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' } },
  } as unknown as Node;
  change(node);
  return node;
}

export interface TestPodOptions {
  readonly cpu?: string;
  readonly memory?: string;
  readonly labels?: Record<string, string>;
  readonly namespace?: string;
  readonly node?: string;
  readonly priority?: number;
  readonly spec?: Partial<Pod['spec']>;
}

export function testPod(name: string, options: TestPodOptions = {}): Pod {
  const { cpu, memory, labels, namespace = 'default', node, priority = 0, spec } = options;
  const requests = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: `pod-${namespace}-${name}`, ...(labels === undefined ? {} : { labels }) },
    spec: {
      schedulerName: 'default-scheduler',
      priority,
      containers: [{ name: 'main', image: 'nginx:1.25', resources: { requests } }],
      ...(node === undefined ? {} : { nodeName: node }),
      ...spec,
    },
    status: { phase: 'Pending' },
  } as unknown as Pod;
}

/** A running scheduler over a fake API, with what tests ask of it. */
export class TestCluster {
  readonly engine: Engine;
  readonly api = new FakeApi();
  readonly client = new Client(this.api);
  readonly scheduler: RunningScheduler;
  readonly faults: unknown[] = [];

  constructor(options: { seed?: number; profiles?: readonly Profile[]; nodes?: readonly Node[]; down?: boolean } = {}) {
    this.engine = new Engine({ seed: options.seed ?? 1, epoch: 1_767_225_600_000_000 });
    this.engine.onFault = (_actor, error) => this.faults.push(error);
    this.api.onChange = () => this.engine.noteChange();
    for (const node of options.nodes ?? []) this.client.create(nodes, node);
    const { engine, api } = this;
    api.down = options.down ?? false;
    this.scheduler = startScheduler({ engine, connect: () => api, profiles: options.profiles });
  }

  add(...some: (Node | Pod)[]): void {
    for (const object of some) {
      if (object.kind === 'Node') this.client.create(nodes, object as Node);
      else this.client.create(pods, object as Pod);
    }
  }

  /** Changes a node or a pod. */
  change<T extends KubeObject>(resource: ResourceDefinition<T>, name: string, change: (object: T) => void): void {
    const object = clone(this.client.get(resource, resource.namespaced ? 'default' : undefined, name));
    change(object);
    this.client.update(resource, object);
  }

  settle(): void {
    this.engine.settle();
  }

  pod(name: string, namespace = 'default'): Pod {
    return this.client.get(pods, namespace, name);
  }

  nodeOf(name: string): string | undefined {
    return this.pod(name).spec.nodeName;
  }

  /** Adds the pod, lets things settle, and answers its node. */
  place(pod: Pod): string | undefined {
    this.add(pod);
    this.settle();
    return this.nodeOf(pod.metadata.name);
  }

  /** Messages of events with that reason about the pod, oldest first. */
  events(reason: string, pod?: string): string[] {
    return this.api
      .all(events)
      .filter((event) => event.reason === reason && (pod === undefined || event.involvedObject.name === pod))
      .map(({ message }) => message ?? '');
  }
}
