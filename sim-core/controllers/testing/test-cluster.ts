import type { AnyObject, KubeObject, Node, Pod } from '../../api/objects.ts';
import { clone } from '../../api/objects.ts';
import { isNotFound, StatusError, serviceUnavailable } from '../../api/status.ts';
import { ApiServer } from '../../apiserver/server.ts';
import { type Call, Client, Informer, type Transport } from '../../client/index.ts';
import { Engine, formatTime, MILLISECOND, parseTime, SECOND, type TraceOptions } from '../../engine/index.ts';
import { builtInResources } from '../../resources/index.ts';
import { namespaces } from '../../resources/namespace.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { ResourceRegistry } from '../../resources/registry.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { Store } from '../../store/store.ts';
import type { ControllerDefinition } from '../controller.ts';
import { type ControllerManager, startControllerManager } from '../manager.ts';

export interface TestClusterOptions {
  readonly controllers: readonly ControllerDefinition[];
  readonly seed?: number;
  readonly trace?: TraceOptions;
  /** What becomes of pods once they are bound. Default: Running and ready after 300 ms. */
  readonly kubelet?: (pod: Pod) => 'ready' | 'unready' | 'pending' | 'succeeded' | 'failed';
  readonly nodes?: readonly string[];
}

/**
 * An API server with controllers and stand-ins for scheduler and kubelet: enough of a cluster to see what controllers do, and
 * nothing in it that hides what they do.
 */
export class TestCluster {
  readonly engine: Engine;
  readonly server: ApiServer;
  readonly client: Client;
  manager: ControllerManager;
  readonly options: TestClusterOptions;
  kubelet: NonNullable<TestClusterOptions['kubelet']>;
  /** Refuses matching calls of controllers: an error thrown is the answer. */
  intercept: ((call: Call) => void) | undefined;
  private nextNode = 0;

  constructor(options: TestClusterOptions) {
    this.options = options;
    this.kubelet = options.kubelet ?? (() => 'ready');
    this.engine = new Engine({
      seed: options.seed ?? 1,
      epoch: parseTime('2026-01-05T09:00:00Z')!,
      trace: options.trace,
    });
    this.engine.onFault = (actor, error) => {
      throw new Error(`${actor}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    const store = new Store(this.engine);
    this.server = new ApiServer({
      engine: this.engine,
      store,
      resources: new ResourceRegistry(builtInResources),
      authorizers: [{ name: 'all', authorize: () => ({ verdict: 'allow', reason: '' }) }],
      admission: [],
    });
    this.client = new Client(this.transport('admin', () => {}));
    this.client.create(namespaces, { metadata: { name: 'default' }, spec: {} });
    for (const name of options.nodes ?? ['worker-1', 'worker-2', 'worker-3']) this.addNode(name);
    this.runPods();
    this.manager = this.startManager();
  }

  startManager(controllers = this.options.controllers): ControllerManager {
    return startControllerManager({
      engine: this.engine,
      connect: ({ username }) => this.transport(username, (call) => this.intercept?.(call)),
      controllers,
    });
  }

  transport(username: string, intercept: (call: Call) => void): Transport {
    const request = (call: Call) => {
      const target = this.server.resources.resource(call.resource.group, call.resource.version, call.resource.plural)!;
      const { uid, resourceVersion, ...options } = call.options ?? {};
      const preconditions = { uid, ...(call.verb === 'delete' ? { resourceVersion } : {}) };
      return {
        ...call,
        target,
        user: { username, groups: ['system:masters', 'system:authenticated'] },
        userAgent: username,
        options: { ...options, ...(call.verb === 'delete' ? { preconditions } : { resourceVersion }) },
        warnings: [],
      };
    };
    return {
      call: (call) => {
        intercept(call);
        return this.server.handle(request(call));
      },
      watch: (call, onEvent, onEnd) => {
        intercept(call);
        return this.server.watch(
          request(call),
          (event, revision) => {
            if (event.type !== 'BOOKMARK') onEvent(event as Parameters<typeof onEvent>[0], revision);
          },
          onEnd,
        );
      },
    };
  }

  addNode(name: string, labels: Record<string, string> = {}): Node {
    const node = this.client.create(nodes, {
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
      spec: {},
    } as unknown as Node);
    const now = formatTime(this.engine.now);
    return this.client.updateStatus(nodes, {
      ...node,
      status: {
        capacity: { cpu: '4', memory: '8Gi', pods: '110' },
        allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
        conditions: [
          { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now, lastTransitionTime: now },
        ],
      },
    });
  }

  create<T extends KubeObject>(resource: ResourceDefinition<T>, object: unknown): T {
    const copy = clone(object) as T;
    copy.metadata.namespace ??= resource.namespaced ? 'default' : undefined;
    return this.client.create(resource, copy);
  }

  get<T extends KubeObject>(resource: ResourceDefinition<T>, name: string, namespace = 'default'): T {
    return this.client.get(resource, resource.namespaced ? namespace : undefined, name);
  }

  /** The object, or undefined when there is none. */
  find<T extends KubeObject>(resource: ResourceDefinition<T>, name: string, namespace = 'default'): T | undefined {
    try {
      return this.get(resource, name, namespace);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  list<T extends KubeObject>(resource: ResourceDefinition<T>, labelSelector?: string): readonly T[] {
    return this.client.list(resource, labelSelector === undefined ? {} : { labelSelector }).items;
  }

  /** Changes an object as a user would: the change gets a private copy to work on. */
  change<T extends KubeObject>(resource: ResourceDefinition<T>, name: string, change: (object: T) => void): T {
    const object = clone(this.get(resource, name));
    change(object);
    return this.client.update(resource, object);
  }

  changeStatus<T extends KubeObject>(resource: ResourceDefinition<T>, name: string, change: (object: T) => void): T {
    const object = clone(this.get(resource, name));
    change(object);
    return this.client.updateStatus(resource, object);
  }

  /** `type reason message` of all events about objects of that kind, oldest first. */
  events(kind: string, name?: string): string[] {
    const table = this.server.resources.resource('', 'v1', 'events')!.resource;
    const { items } = this.client.list(table as unknown as ResourceDefinition<AnyObject>, {});
    return (items as readonly AnyObject[])
      .filter(({ involvedObject }) => {
        const about = involvedObject as { kind: string; name: string };
        return about.kind === kind && (name === undefined || about.name === name);
      })
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  settle(seconds = 600): 'settled' | 'limit' {
    return this.engine.settle({ limit: seconds * SECOND });
  }

  /** Lets virtual time pass. */
  wait(seconds: number): void {
    this.engine.runUntil(this.engine.now + seconds * SECOND);
  }

  setServing(serving: boolean): void {
    this.server.setServing(serving);
    if (!serving) {
      this.intercept = () => {
        throw serviceUnavailable('down');
      };
    } else this.intercept = undefined;
  }

  /** Stand-ins for scheduler and kubelet. */
  private runPods(): void {
    const informer = new Informer(this.engine, this.client, pods);
    const look = (pod: Pod, isNew: boolean) => {
      if (pod.metadata.deletionTimestamp !== undefined) this.soon(100, () => this.finish(pod));
      else if (isNew) this.soon(10, () => this.bind(pod));
    };
    informer.addHandler({ added: (pod) => look(pod, true), updated: (pod) => look(pod, false) });
    informer.start();
  }

  /** Runs `run` after so many milliseconds, and again while the server is down. Pods that are gone by then are let be. */
  private soon(delay: number, run: () => void): void {
    this.engine.after(delay * MILLISECOND, () => {
      try {
        run();
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        if (error.code === 503) this.soon(500, run);
      }
    });
  }

  private bind(pod: Pod): void {
    const { namespace, name } = pod.metadata;
    if (pod.spec.schedulingGates !== undefined) return;
    let node = pod.spec.nodeName;
    if (node === undefined || node === '') {
      const wanted =
        pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]
          ?.matchFields?.[0]?.values?.[0];
      const names = this.client.list(nodes).items.map((item) => item.metadata.name);
      node = wanted ?? names[this.nextNode++ % names.length];
      if (node === undefined) return;
      this.client.createSubresource(pods, namespace, name, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace },
        target: { kind: 'Node', name: node },
      } as unknown as AnyObject);
    }
    const fate = this.kubelet(pod);
    if (fate !== 'pending') this.soon(300, () => this.report(pod, fate));
  }

  /** Reports a pod's state as a kubelet would. */
  report(pod: Pod, fate: 'ready' | 'unready' | 'succeeded' | 'failed', exitCode = fate === 'failed' ? 1 : 0): void {
    const { namespace, name, uid } = pod.metadata;
    const live = this.client.get(pods, namespace, name);
    if (live.metadata.uid !== uid) return;
    const now = formatTime(this.engine.now);
    const ended = fate === 'succeeded' || fate === 'failed';
    const status = fate === 'ready' ? 'True' : 'False';
    this.client.updateStatus(pods, {
      ...live,
      status: {
        ...live.status,
        phase: ended ? (fate === 'succeeded' ? 'Succeeded' : 'Failed') : 'Running',
        podIP: `10.244.0.${(Number(live.metadata.resourceVersion) % 250) + 1}`,
        podIPs: [{ ip: `10.244.0.${(Number(live.metadata.resourceVersion) % 250) + 1}` }],
        startTime: live.status.startTime ?? now,
        conditions: [
          ...(live.status.conditions ?? []).filter(({ type }) => type !== 'Ready'),
          { type: 'Ready', status, lastTransitionTime: now },
        ],
        containerStatuses: live.spec.containers.map((container) => ({
          name: container.name,
          image: container.image ?? '',
          imageID: '',
          ready: fate === 'ready',
          restartCount: 0,
          state: ended
            ? {
                terminated: {
                  exitCode,
                  startedAt: now,
                  finishedAt: now,
                  reason: exitCode === 0 ? 'Completed' : 'Error',
                },
              }
            : { running: { startedAt: now } },
        })),
      },
    });
  }

  private finish(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    const { client } = this;
    const live = client.get(pods, namespace, name);
    if (live.metadata.uid !== uid || live.metadata.deletionGracePeriodSeconds === undefined) return;
    if (live.status.phase === 'Running' || live.status.phase === 'Pending') {
      const phase = 'Failed';
      if ((live.metadata.finalizers?.length ?? 0) > 0)
        client.updateStatus(pods, { ...live, status: { ...live.status, phase } });
    }
    client.delete(pods, namespace, name, { gracePeriodSeconds: 0, uid });
  }
}

/** A pod template for tests. */
export function template(labels: Record<string, string>, image = 'nginx:1.25') {
  return { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } };
}
