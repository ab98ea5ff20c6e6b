import type { EndpointSlice, Service } from '../../api/objects.ts';
import { Client } from '../../client/index.ts';
import { TestCluster } from '../../controllers/testing/test-cluster.ts';
import type { TraceOptions } from '../../engine/index.ts';
import { endpointSlices } from '../../resources/endpoint-slice.ts';
import { services } from '../../resources/service.ts';
import { prefix } from '../ipv4.ts';
import { IpvsProxier } from '../proxy/ipvs-proxier.ts';
import { type KubeProxy, startKubeProxy } from '../proxy/kube-proxy.ts';
import type { ProcessStack } from '../stack.ts';
import { serveWhoAmI, TestNetwork } from './test-network.ts';

export interface TestEndpoint {
  readonly address: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly zones?: readonly string[];
  readonly hostname?: string;
  readonly pod?: string;
}

/** A real API server with Services made by hand, and a kube-proxy on each machine of a network. */
export class TestServices {
  readonly cluster: TestCluster;
  readonly network: TestNetwork;
  readonly proxies: KubeProxy[] = [];

  constructor(
    names: readonly string[] = ['worker-1', 'worker-2'],
    mode: 'iptables' | 'ipvs' = 'iptables',
    trace: TraceOptions = {},
  ) {
    this.cluster = new TestCluster({ controllers: [], nodes: names, trace });
    this.network = new TestNetwork(names, {}, this.cluster.engine);
    for (const name of names) this.proxies.push(this.startProxy(name, mode));
  }

  client(username: string): Client {
    return new Client(this.cluster.transport(username, () => {}));
  }

  startProxy(node: string, mode: 'iptables' | 'ipvs' = 'iptables'): KubeProxy {
    return startKubeProxy({
      engine: this.cluster.engine,
      client: this.client('kube-proxy'),
      stack: this.network.node(node).hostStack.forProcess(),
      nodeName: node,
      mode,
      clusterCIDR: prefix('10.244.0.0/16'),
      late: () => ({ IpvsProxier }),
    });
  }

  /** A pod that says who it is and whom it sees. */
  pod(node: string, name: string, port = 80): ProcessStack {
    const stack = this.network.pod(node, name);
    serveWhoAmI(stack, port);
    return stack;
  }

  service(name: string, spec: Partial<Service['spec']>, status: Partial<Service['status']> = {}): Service {
    const made = this.cluster.create(services, {
      metadata: { name },
      spec: { clusterIP: '10.96.0.50', ports: [{ port: 80 }], ...spec },
    });
    return Object.keys(status).length === 0
      ? made
      : this.cluster.client.updateStatus(services, { ...made, status: { ...made.status, ...status } });
  }

  /** The EndpointSlice of a Service, made or replaced. */
  endpoints(
    service: string,
    endpoints: readonly TestEndpoint[],
    ports: EndpointSlice['ports'] = [{ name: '', port: 80, protocol: 'TCP' }],
  ): void {
    const name = `${service}-abcde`;
    const content = {
      addressType: 'IPv4',
      ports,
      endpoints: endpoints.map(
        ({ address, node, ready = true, serving = ready, terminating = false, zones, hostname, pod }) => ({
          addresses: [address],
          conditions: { ready, serving, terminating },
          ...(node === undefined ? {} : { nodeName: node }),
          ...(hostname === undefined ? {} : { hostname }),
          ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', name: pod, namespace: 'default' } }),
          ...(zones === undefined ? {} : { hints: { forZones: zones.map((zone) => ({ name: zone })) } }),
        }),
      ),
    };
    const before = this.cluster.find(endpointSlices, name);
    if (before !== undefined) this.cluster.client.update(endpointSlices, { ...before, ...content } as EndpointSlice);
    else {
      this.cluster.create(endpointSlices, {
        metadata: { name, labels: { 'kubernetes.io/service-name': service } },
        ...content,
      });
    }
  }

  settle(): void {
    if (this.cluster.settle() !== 'settled') throw new Error('it did not settle');
  }

  /** How often each answer came in so many requests. */
  spread(from: ProcessStack, host: string, count: number, port = 80): Record<string, number> {
    const answers: Record<string, number> = {};
    for (let index = 0; index < count; index++) {
      const answer = this.network.get(from, host, port);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    return answers;
  }
}
