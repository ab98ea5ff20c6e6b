import { describe, expect, it } from 'vitest';
import type { NetworkPolicy } from '../../api/objects.ts';
import { Client } from '../../client/index.ts';
import { TestCluster } from '../../controllers/testing/test-cluster.ts';
import { SECOND } from '../../engine/index.ts';
import { namespaces } from '../../resources/namespace.ts';
import { networkPolicies } from '../../resources/network-policy.ts';
import { pods } from '../../resources/pod.ts';
import { CalicoIpam, startCalico } from '../cni/calico.ts';
import { startFlannel } from '../cni/flannel.ts';
import type { ProcessStack } from '../stack.ts';
import { fixedInformer, nodeObject, serveWhoAmI, TestNetwork } from '../testing/test-network.ts';
import { startPolicyEnforcement } from './felix.ts';

const NODES = [
  nodeObject('worker-1', '10.0.0.11', '10.244.1.0/24'),
  nodeObject('worker-2', '10.0.0.12', '10.244.2.0/24'),
];

function build(cni: 'calico' | 'flannel' = 'calico') {
  const cluster = new TestCluster({ controllers: [], nodes: ['worker-1', 'worker-2'], kubelet: () => 'pending' });
  const network = new TestNetwork(['worker-1', 'worker-2'], {}, cluster.engine, false);
  const ipam = new CalicoIpam('10.244.0.0/16');
  const stops: (() => void)[] = [];
  for (const [name, node] of network.nodes) {
    if (cni === 'flannel')
      startFlannel({ node, nodes: fixedInformer(NODES), podCidr: '10.244.0.0/16', backend: 'vxlan' });
    else {
      startCalico({ node, nodes: fixedInformer(NODES), ipam, ipip: true });
      const client = new Client(cluster.transport('calico-node', () => {}));
      stops.push(
        startPolicyEnforcement({ engine: cluster.engine, client, node: node.machine.namespace, nodeName: name }),
      );
    }
  }
  const pod = (node: string, name: string, namespace = 'default'): ProcessStack => {
    const stack = network.pod(node, name);
    serveWhoAmI(stack);
    serveWhoAmI(stack, 9090);
    const spec = {
      nodeName: node,
      containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: 80 }] }],
    };
    const made = cluster.create(pods, { metadata: { name, namespace, labels: { app: name } }, spec });
    cluster.client.updateStatus(pods, { ...made, status: { phase: 'Running', podIP: stack.address } });
    return stack;
  };
  cluster.create(namespaces, { metadata: { name: 'team', labels: { team: 'blue' } }, spec: {} });
  const web = pod('worker-1', 'web');
  const friend = pod('worker-2', 'friend');
  const near = pod('worker-1', 'near');
  const stranger = pod('worker-2', 'stranger', 'team');
  const policy = (spec: NetworkPolicy['spec'], name = 'p') => {
    cluster.create(networkPolicies, { metadata: { name }, spec });
    cluster.settle();
  };
  cluster.settle();
  const reaches = (from: ProcessStack, to: ProcessStack, port = 80) =>
    network.get(from, to.address, port, SECOND) !== 'ETIMEDOUT';
  return { cluster, network, web, friend, near, stranger, policy, reaches, stops };
}

const WEB = { matchLabels: { app: 'web' } };

describe('network policies', () => {
  it('allow everything until one selects a pod, then only what it says', () => {
    const { web, friend, near, stranger, policy, reaches, cluster, network } = build();
    expect([friend, near, stranger].map((from) => reaches(from, web))).toEqual([true, true, true]);
    policy({ podSelector: WEB, policyTypes: ['Ingress'] });
    expect([friend, near, stranger].map((from) => reaches(from, web))).toEqual([false, false, false]);
    // What goes out, other pods, and the node's own probes are as before.
    expect([reaches(web, friend), reaches(stranger, friend)]).toEqual([true, true]);
    expect(reaches(network.node('worker-1').hostStack, web)).toBe(true);
    policy({ podSelector: WEB, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }] }] }, 'friends');
    expect([friend, near, stranger].map((from) => reaches(from, web))).toEqual([true, false, false]);
    cluster.client.delete(networkPolicies, 'default', 'p');
    cluster.client.delete(networkPolicies, 'default', 'friends');
    cluster.settle();
    expect([friend, near, stranger].map((from) => reaches(from, web))).toEqual([true, true, true]);
  });

  it('select by namespace, by both, by address', () => {
    const { web, friend, near, stranger, policy, reaches, cluster } = build();
    const blue = { matchLabels: { team: 'blue' } };
    const of = () => [friend, near, stranger].map((from) => reaches(from, web));
    policy({ podSelector: WEB, ingress: [{ from: [{ namespaceSelector: blue }] }] });
    expect(of()).toEqual([false, false, true]);
    cluster.change(networkPolicies, 'p', ({ spec }) => {
      spec.ingress = [{ from: [{ namespaceSelector: blue, podSelector: { matchLabels: { app: 'friend' } } }] }];
    });
    cluster.settle();
    expect(of()).toEqual([false, false, false]);
    cluster.change(networkPolicies, 'p', ({ spec }) => {
      spec.ingress = [{ from: [{ ipBlock: { cidr: '10.244.0.0/16', except: [`${near.address}/32`] } }] }];
    });
    cluster.settle();
    expect(of()).toEqual([true, false, true]);
  });

  it('limit ports: numbers, ranges, names', () => {
    const { web, friend, policy, reaches, cluster } = build();
    const ports = () => [80, 9090].map((port) => reaches(friend, web, port));
    policy({ podSelector: WEB, ingress: [{ ports: [{ port: 80 }] }] });
    expect(ports()).toEqual([true, false]);
    for (const [list, expected] of [
      [[{ port: 9000, endPort: 9100 }], [false, true]],
      [[{ port: 'web' }], [true, false]],
      [[{ protocol: 'UDP' }], [false, false]],
    ] as const) {
      cluster.change(networkPolicies, 'p', ({ spec }) => {
        spec.ingress = [{ ports: [...list] }];
      });
      cluster.settle();
      expect(ports()).toEqual(expected);
    }
  });

  it('limit what goes out', () => {
    const { web, friend, near, stranger, policy, reaches, cluster, network } = build();
    policy({
      podSelector: WEB,
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { app: 'friend' } } }] }],
    });
    expect([friend, near, stranger].map((to) => reaches(web, to))).toEqual([true, false, false]);
    expect(reaches(friend, web)).toBe(true);
    expect(network.get(web, '10.0.0.11', 10250, SECOND)).toBe('ETIMEDOUT');
    cluster.change(networkPolicies, 'p', ({ spec }) => {
      spec.egress = [{ to: [{ podSelector: { matchLabels: { app: 'near' } } }], ports: [{ port: 'web' }] }];
    });
    cluster.settle();
    expect([friend, near].map((to) => reaches(web, to))).toEqual([false, true]);
    expect(reaches(web, near, 9090)).toBe(false);
  });

  it('follow pods as they come, go and change their labels', () => {
    const { web, near, policy, reaches, cluster } = build();
    policy({ podSelector: WEB, ingress: [{ from: [{ podSelector: { matchLabels: { role: 'client' } } }] }] });
    expect(reaches(near, web)).toBe(false);
    cluster.change(pods, 'near', ({ metadata }) => {
      metadata.labels = { ...metadata.labels, role: 'client' };
    });
    cluster.settle();
    expect(reaches(near, web)).toBe(true);
  });

  it('go on being enforced, unchanged, when the agent is down', () => {
    const { web, friend, policy, reaches, cluster, stops } = build();
    policy({ podSelector: WEB, policyTypes: ['Ingress'] });
    for (const stop of stops) stop();
    cluster.client.delete(networkPolicies, 'default', 'p');
    cluster.settle();
    expect(reaches(friend, web)).toBe(false);
  });

  it('are ignored by networks that do not know them', () => {
    const { web, friend, policy, reaches } = build('flannel');
    policy({ podSelector: WEB, policyTypes: ['Ingress'] });
    expect(reaches(friend, web)).toBe(true);
  });
});
