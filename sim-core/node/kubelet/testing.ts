import type { ContainerStatus } from 'kubernetes-types/core/v1';
import { type AnyObject, clone, type KubeObject, type Pod } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import { ApiServer } from '../../apiserver/server.ts';
import { Client } from '../../client/index.ts';
import { inProcessTransport } from '../../cluster/transport.ts';
import { Engine, SECOND, Task, type TraceOptions } from '../../engine/index.ts';
import { createRegistries } from '../../images/catalog/index.ts';
import type { ImageRepository } from '../../images/image.ts';
import type { NetworkStack } from '../../images/process.ts';
import { events } from '../../resources/event.ts';
import { builtInResources } from '../../resources/index.ts';
import { namespaces } from '../../resources/namespace.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { ResourceRegistry } from '../../resources/registry.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { Store } from '../../store/store.ts';
import { NodeMachine, type NodeMachineOptions } from '../node.ts';
import { EPOCH, FakeNetwork } from '../runtime/testing.ts';
import { KUBEADM_CONFIGURATION } from './configuration.ts';
import type { ProbeShortcut } from './probe-manager.ts';

export const sh = (script: string) => ({ command: ['sh', '-c', script] });
export const SLEEPER = sh('trap "exit 0" TERM; while true; do sleep 1; done');
export const STUBBORN = sh('trap "" TERM; while true; do sleep 1; done');
export const EXITS_1 = sh('sleep 1; exit 1');

export interface TestKubeletOptions {
  readonly nodes?: readonly string[];
  readonly trace?: TraceOptions;
  readonly images?: readonly ImageRepository[];
  readonly node?: Partial<NodeMachineOptions>;
  readonly seed?: number;
  readonly shortcut?: ProbeShortcut;
}

/** An API server and some nodes with real kubelets and runtimes, on a make-believe network. Pods are bound by naming their node. */
export class TestKubelets {
  readonly engine: Engine;
  readonly server: ApiServer;
  readonly client: Client;
  readonly network: FakeNetwork;
  readonly machines = new Map<string, NodeMachine>();

  constructor(options: TestKubeletOptions = {}) {
    this.engine = new Engine({ seed: options.seed ?? 1, epoch: EPOCH, trace: options.trace ?? { level: 'full' } });
    const { engine } = this;
    engine.onFault = (actor, error) => {
      throw new Error(`${actor}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    this.server = new ApiServer({
      engine,
      store: new Store(engine),
      resources: new ResourceRegistry(builtInResources),
      authorizers: [{ name: 'all', authorize: () => ({ verdict: 'allow', reason: '' }) }],
      admission: [],
    });
    this.client = new Client(inProcessTransport(this.server, { username: 'admin', userAgent: 'test' }));
    for (const name of ['default', 'kube-system', 'kube-node-lease']) {
      this.client.create(namespaces, { metadata: { name }, spec: {} });
    }
    this.network = new FakeNetwork(engine);
    const registries = createRegistries(options.images);
    for (const [index, name] of (options.nodes ?? ['worker-1']).entries()) {
      const machine = new NodeMachine({
        engine,
        name,
        addresses: [`10.0.0.${index + 11}`],
        cpus: 4,
        memory: 8 * 1024 ** 3,
        registries,
        network: {
          stack: this.hostStack(name),
          plugin: this.network,
          ...(options.shortcut === undefined ? {} : { shortcut: options.shortcut }),
        },
        connect: (identity) => inProcessTransport(this.server, identity),
        startup: () => ({ configuration: { ...KUBEADM_CONFIGURATION, clusterDns: ['10.96.0.10'] } }),
        ...options.node,
      });
      this.machines.set(name, machine);
      machine.start();
    }
  }

  get machine(): NodeMachine {
    return this.machines.values().next().value!;
  }

  private hostStack(name: string): NetworkStack {
    let stack: NetworkStack | undefined;
    const { network } = this;
    new Task(
      this.engine,
      (function* () {
        stack = (yield* network.setUp({ sandboxId: `host/${name}`, hostname: name })).stack;
      })(),
    );
    while (stack === undefined) this.engine.step();
    return stack;
  }

  create<T extends KubeObject>(resource: ResourceDefinition<T>, object: unknown): T {
    const { metadata, ...rest } = object as AnyObject;
    const namespace = resource.namespaced ? { namespace: 'default' } : {};
    return this.client.create(resource, { metadata: { ...namespace, ...metadata }, ...rest } as unknown as T);
  }

  /** Makes a pod on a node: of one container `main`, unless `spec.containers` says otherwise. */
  pod(name: string, container: Record<string, unknown>, spec: Record<string, unknown> = {}, metadata = {}): Pod {
    return this.create(pods, {
      metadata: { name, ...metadata },
      spec: {
        nodeName: this.machine.name,
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        enableServiceLinks: true,
        containers: [{ name: 'main', image: 'busybox:1.36', ...container }],
        ...spec,
      },
    });
  }

  /** Puts a changed pod in the place of the stored one, past the API server's rules. Answers whether it was there. */
  replace(name: string, changed: Pod): boolean {
    const { store } = this.server;
    const old = store.get('pods', `default/${name}`);
    if (old === undefined) return false;
    store.update('pods', `default/${name}`, old, clone(changed) as unknown as AnyObject);
    return true;
  }

  get(name: string, namespace = 'default'): Pod {
    return this.client.get(pods, namespace, name);
  }

  find(name: string, namespace = 'default'): Pod | undefined {
    try {
      return this.get(name, namespace);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  node(name = 'worker-1') {
    return this.client.get(nodes, undefined, name);
  }

  condition(name: string, type: string) {
    return this.get(name).status.conditions?.find((condition) => condition.type === type);
  }

  /** The state of a pod's container in short: `running`, `CrashLoopBackOff`, `Completed 0`. */
  state(name: string, container = 'main'): string {
    const { status } = this.get(name);
    const all = [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ];
    const { state } = all.find((one) => one.name === container) ?? { state: undefined };
    if (state === undefined) return '';
    if (state?.running !== undefined) return 'running';
    if (state?.waiting !== undefined) return state.waiting.reason ?? 'waiting';
    return `${state.terminated?.reason} ${state.terminated?.exitCode}`;
  }

  /** A container's status, once the kubelet has told of the pod. */
  status(name: string, container = 'main'): ContainerStatus {
    this.until(() => this.get(name).status.containerStatuses !== undefined, 5);
    const { status } = this.get(name);
    return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(
      (one) => one.name === container,
    )!;
  }

  /** `Type Reason Message` of the events about an object, the first seen first; `×n` when seen more than once. */
  events(name: string): string[] {
    return this.client
      .list(events)
      .items.filter(({ involvedObject }) => involvedObject.name === name)
      .sort((a, b) => Number(a.metadata.uid !== b.metadata.uid) * (seen(a) - seen(b)))
      .map(({ type, reason, message, count = 1 }) => `${type} ${reason} ${message}${count > 1 ? ` ×${count}` : ''}`);
  }

  logs(name: string, container = 'main'): string[] {
    const id = this.status(name, container).containerID!.slice('containerd://'.length);
    return this.machine.runtime
      .containerLog(id)
      .lines()
      .map((line) => line.text);
  }

  /** Lets so many seconds pass. */
  wait(seconds: number): void {
    this.engine.runUntil(this.engine.now + seconds * SECOND);
  }

  /** Lets time pass until `holds`, at most `limit` seconds; answers how many seconds that took. */
  until(holds: () => boolean, limit = 600): number {
    const start = this.engine.now;
    const end = start + limit * SECOND;
    while (!holds()) {
      const next = this.engine.nextTime();
      if (next === undefined || next > end) throw new Error(`not within ${limit} s`);
      this.engine.step();
    }
    return (this.engine.now - start) / SECOND;
  }

  settle(): 'settled' | 'limit' {
    return this.engine.settle();
  }
}

/** Order in which events were made: their names end with the time in hexadecimal. */
function seen({ metadata }: KubeObject): number {
  return Number.parseInt(metadata.name.slice(metadata.name.lastIndexOf('.') + 1), 16);
}
