import type { Node } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import { type Coroutine, Engine, parseTime, SECOND, Task, type TraceOptions } from '../../engine/index.ts';
import type { HttpResponse } from '../../images/process.ts';
import type { NetworkRequest } from '../../node/cri/network-plugin.ts';
import { NodeNetwork } from '../cni/node-network.ts';
import { startPodRoutes } from '../cni/pod-routes.ts';
import { Fabric } from '../fabric.ts';
import type { ProcessStack } from '../stack.ts';

/** Machines with a bridge network and pods made by hand: the network without the cluster above it. */
export class TestNetwork {
  readonly engine: Engine;
  readonly fabric: Fabric;
  readonly nodes = new Map<string, NodeNetwork>();
  private sandboxes = 0;

  constructor(
    names: readonly string[] = ['worker-1', 'worker-2'],
    trace: TraceOptions = { level: 'off' },
    engine = new Engine({ seed: 1, epoch: parseTime('2026-01-05T09:00:00Z')!, trace }),
    bridge = true,
  ) {
    this.engine = engine;
    this.engine.onFault = (actor, error) => {
      throw new Error(`${actor}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    this.fabric = new Fabric({ engine: this.engine });
    const objects = names.map((name, index) => nodeObject(name, `10.0.0.${11 + index}`, `10.244.${index + 1}.0/24`));
    for (const object of objects) {
      const { name } = object.metadata;
      const machine = this.fabric.addMachine(name, object.status.addresses![0]!.address);
      this.nodes.set(name, new NodeNetwork({ machine, dns: { servers: ['10.0.0.2'], searches: [], options: [] } }));
    }
    for (const node of bridge ? this.nodes.values() : []) {
      startPodRoutes({ node, nodes: fixedInformer(objects), podCidr: '10.244.0.0/16' });
    }
  }

  node(name: string): NodeNetwork {
    return this.nodes.get(name)!;
  }

  /** Connects a pod on a node and answers its stack. */
  pod(node: string, name: string, more: Partial<NetworkRequest> = {}): ProcessStack {
    const request: NetworkRequest = {
      sandboxId: more.sandboxId ?? `sandbox-${++this.sandboxes}`,
      namespace: 'default',
      name,
      uid: name,
      hostname: name,
      hostNetwork: false,
      portMappings: [],
      dnsConfig: { servers: ['10.96.0.10'], searches: [], options: ['ndots:5'] },
      sysctls: {},
      annotations: {},
      ...more,
    };
    return this.run(this.node(node).setUp(request)).stack as ProcessStack;
  }

  /** Runs a coroutine to its end, in virtual time; throws what it throws. */
  run<T>(body: Coroutine<T>, limit = 600 * SECOND): T {
    let result: { value: T } | { error: unknown } | undefined;
    new Task(this.engine, body, (outcome) => {
      if (outcome.status === 'returned') result = { value: outcome.value };
      else result = { error: outcome.status === 'threw' ? outcome.error : new Error('cancelled') };
    });
    const end = this.engine.now + limit;
    while (result === undefined && (this.engine.nextTime() ?? end) < end) this.engine.step();
    if (result === undefined) throw new Error('it did not end');
    if ('error' in result) throw result.error;
    return result.value;
  }

  /** What `GET /` answers, or the errno of the failure. */
  get(from: ProcessStack, host: string, port = 80, timeout?: number): string {
    try {
      return this.run(from.http(host, port, { path: '/' }, timeout)).body;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }
}

/** Serves a text that says who serves and whom it sees. */
export function serveWhoAmI(stack: ProcessStack, port = 80): void {
  stack.serveHttp(port, (request) => immediately(text(`${stack.hostname} sees ${request.remoteAddress}`)));
}

/** A coroutine that has its result without waiting. */
export function* immediately<T>(value: T): Coroutine<T> {
  yield* [];
  return value;
}

export function text(body: string): HttpResponse {
  return { status: 200, headers: {}, body };
}

export function nodeObject(name: string, address: string, podCIDR: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-05T09:00:00Z' },
    spec: { podCIDR },
    status: { addresses: [{ type: 'InternalIP', address }] },
  };
}

/** An informer that has what it will ever have. */
export function fixedInformer(objects: readonly Node[]): Informer<Node> {
  const informer: Pick<Informer<Node>, 'addHandler' | 'list' | 'get'> = {
    list: () => objects,
    get: (_namespace, name) => objects.find(({ metadata }) => metadata.name === name),
    addHandler: (handler) => {
      for (const object of objects) handler.added?.(object);
    },
  };
  return informer as Informer<Node>;
}
