import { describe, expect, it } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import { services } from '../../resources/service.ts';
import { saveTable } from '../netfilter/save.ts';
import { ProcessStack } from '../stack.ts';
import { serveWhoAmI } from '../testing/test-network.ts';
import { TestServices } from '../testing/test-services.ts';
import { endpointChain, serviceChains } from './chain-names.ts';

const IP = '10.96.0.50';

function two(spec: Parameters<TestServices['service']>[1] = {}, status = {}, mode: 'iptables' | 'ipvs' = 'iptables') {
  const all = new TestServices(undefined, mode);
  const a = all.pod('worker-1', 'a');
  const b = all.pod('worker-2', 'b');
  const client = all.pod('worker-1', 'client');
  all.service('web', spec, status);
  all.endpoints('web', [
    { address: a.address, node: 'worker-1' },
    { address: b.address, node: 'worker-2' },
  ]);
  all.settle();
  const laptop = all.network.fabric.addMachine('laptop', '198.51.100.10');
  const outside = new ProcessStack(laptop.namespace, 'laptop', a.resolver);
  return { all, a, b, client, outside, network: all.network };
}

describe.each(['iptables', 'ipvs'] as const)('a Service in %s mode', (mode) => {
  it('spreads requests over its endpoints, which see the client’s own address', () => {
    const { all, client } = two({}, {}, mode);
    const answers = all.spread(client, IP, 200);
    expect(Object.keys(answers).sort()).toEqual([`a sees ${client.address}`, `b sees ${client.address}`]);
    for (const count of Object.values(answers)) expect(count).toBeGreaterThan(70);
  });

  it('can be reached from a node', () => {
    const { all, network } = two({}, {}, mode);
    const answers = Object.keys(all.spread(network.node('worker-2').hostStack, IP, 40)).sort();
    expect(answers.map((answer) => answer.slice(0, 6))).toEqual(['a sees', 'b sees']);
  });

  it('refuses when it has no endpoints, and other ports lead nowhere', () => {
    const { all, client, network } = two({}, {}, mode);
    all.endpoints('web', []);
    all.settle();
    expect(network.get(client, IP)).toBe('ECONNREFUSED');
  });

  it('sends a client to the same endpoint for as long as its affinity lasts', () => {
    const affinity = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } } };
    const { all, client, network } = two(affinity, {}, mode);
    const first = network.get(client, IP);
    expect(all.spread(client, IP, 20)).toEqual({ [first]: 20 });
    const seen = new Set<string>();
    for (let index = 0; index < 20; index++) {
      network.engine.runUntil(network.engine.now + 101 * SECOND);
      seen.add(network.get(client, IP));
    }
    expect(seen.size).toBe(2);
  });

  it('of type NodePort answers on every node, masqueraded', () => {
    const { all, outside } = two({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }, {}, mode);
    for (const node of ['10.0.0.11', '10.0.0.12']) {
      const answers = Object.keys(all.spread(outside, node, 40, 30080)).sort();
      expect(answers.map((text) => text.slice(0, 2))).toEqual(['a ', 'b ']);
      for (const answer of answers) expect(answer).not.toContain('198.51.100.10');
    }
  });

  it('with policy Local uses only endpoints of the node, and keeps the client’s address', () => {
    const ports = [{ port: 80, nodePort: 30080 }];
    const { all, outside, network } = two({ type: 'NodePort', ports, externalTrafficPolicy: 'Local' }, {}, mode);
    expect(all.spread(outside, '10.0.0.11', 10, 30080)).toEqual({ 'a sees 198.51.100.10': 10 });
    all.endpoints('web', [{ address: all.pod('worker-1', 'c').address, node: 'worker-1' }]);
    all.settle();
    expect(network.get(outside, '10.0.0.12', 30080, 3 * SECOND)).toBe(
      mode === 'iptables' ? 'ETIMEDOUT' : 'ECONNREFUSED',
    );
  });
});

describe('kube-proxy', () => {
  it('names chains as upstream does', () => {
    expect(serviceChains('default/kubernetes:https', 'tcp').cluster).toBe('KUBE-SVC-NPX46M4PTMTKRN6Y');
    expect(serviceChains('kube-system/kube-dns:dns', 'udp').cluster).toBe('KUBE-SVC-TCOU7JCQXEZGVUNU');
    expect(serviceChains('kube-system/kube-dns:dns-tcp', 'tcp').cluster).toBe('KUBE-SVC-ERIFXISQEP7F7OF4');
    expect(endpointChain('ns1/svc1:p80', 'tcp', '10.180.0.1:80')).toBe('KUBE-SEP-SXIVWICOYRO3J4NJ');
  });

  it('writes rules that read as iptables-save prints them', () => {
    const { network, a, b } = two();
    const text = saveTable(network.node('worker-1').machine.namespace.netfilter, 'nat');
    const svc = serviceChains('default/web', 'tcp').cluster;
    const [sepA, sepB] = [a, b].map(({ address }) => endpointChain('default/web', 'tcp', `${address}:80`));
    expect(text.split('\n').filter((line) => line.includes('default/web'))).toEqual(
      [
        `-A ${sepA} -s 10.244.1.2/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ`,
        `-A ${sepA} -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.2:80`,
        `-A ${sepB} -s 10.244.2.2/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ`,
        `-A ${sepB} -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.2.2:80`,
        `-A KUBE-SERVICES -d 10.96.0.50/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j ${svc}`,
        `-A ${svc} ! -s 10.244.0.0/16 -d 10.96.0.50/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`,
        `-A ${svc} -m comment --comment "default/web -> 10.244.1.2:80" -m statistic --mode random --probability 0.50000000000 -j ${sepA}`,
        `-A ${svc} -m comment --comment "default/web -> 10.244.2.2:80" -j ${sepB}`,
      ]
        .sort((x, y) => Number(x.includes('KUBE-SERVICES -d')) - Number(y.includes('KUBE-SERVICES -d')) || 0)
        .sort(byChain),
    );
    expect(text).toContain(
      '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    );
    expect(text).toContain('-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n');
    expect(text).toContain('-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n');
    expect(text).toContain('-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n');
  });

  it('masquerades a pod that reaches itself through its Service', () => {
    const { all, a, network } = two();
    all.endpoints('web', [{ address: a.address, node: 'worker-1' }]);
    all.settle();
    expect(network.get(a, IP)).toBe('a sees 10.244.1.1');
  });

  it('sends pods of a hostNetwork and others on ports of their own', () => {
    const { all, network, client } = two();
    const far = network.node('worker-2').hostStack;
    serveWhoAmI(far, 6443);
    all.service('api', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] });
    all.endpoints('api', [{ address: '10.0.0.12' }], [{ name: 'https', port: 6443, protocol: 'TCP' }]);
    all.settle();
    expect(network.get(client, '10.96.0.1', 443)).toBe(`worker-2 sees ${client.address}`);
  });

  it('falls back to endpoints that still serve while they terminate', () => {
    const { all, a, b, client } = two();
    all.endpoints('web', [
      { address: a.address, ready: false, serving: true, terminating: true },
      { address: b.address, ready: true },
    ]);
    all.settle();
    expect(all.spread(client, IP, 10)).toEqual({ [`b sees ${client.address}`]: 10 });
    all.endpoints('web', [
      { address: a.address, ready: false, serving: true, terminating: true },
      { address: b.address, ready: false, serving: false },
    ]);
    all.settle();
    expect(all.spread(client, IP, 10)).toEqual({ [`a sees ${client.address}`]: 10 });
  });

  it('drops what internalTrafficPolicy Local finds no endpoint for', () => {
    const { all, network, client, b } = two({ internalTrafficPolicy: 'Local' });
    expect(all.spread(client, IP, 10)).toEqual({ [`a sees ${client.address}`]: 10 });
    all.endpoints('web', [{ address: b.address, node: 'worker-2' }]);
    all.settle();
    expect(network.get(client, IP, 80, SECOND)).toBe('ETIMEDOUT');
    const filter = saveTable(network.node('worker-1').machine.namespace.netfilter, 'filter');
    expect(filter).toContain('"default/web has no local endpoints" -m tcp --dport 80 -j DROP');
  });

  it('rejects with a rule that says why', () => {
    const { all, network } = two({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] });
    all.endpoints('web', []);
    all.settle();
    const filter = saveTable(network.node('worker-1').machine.namespace.netfilter, 'filter');
    expect(filter).toContain(
      '-A KUBE-SERVICES -d 10.96.0.50/32 -p tcp -m comment --comment "default/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\n',
    );
    expect(filter).toContain(
      '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j REJECT --reject-with icmp-port-unreachable\n',
    );
  });

  it('serves external addresses and load balancers', () => {
    const { all, outside, network } = two(
      {
        type: 'LoadBalancer',
        externalIPs: ['10.0.0.99'],
        ports: [{ port: 80, nodePort: 30080 }],
        externalTrafficPolicy: 'Local',
      },
      { loadBalancer: { ingress: [{ ip: '203.0.113.100' }] } },
    );
    const node = network.fabric.machine('worker-2')!;
    network.fabric.loadBalancers.set(0xcb007164, { address: 0xcb007164, choose: () => node });
    expect(all.spread(outside, '203.0.113.100', 10)).toEqual({ 'b sees 198.51.100.10': 10 });
    // From a pod, the load balancer's address is short-circuited on its own node, whatever the policy.
    const client = all.pod('worker-1', 'other');
    expect(Object.keys(all.spread(client, '203.0.113.100', 40)).length).toBe(2);
    expect(Object.keys(all.spread(client, '10.0.0.99', 40)).length).toBe(2);
  });

  it('answers load balancers’ health checks', () => {
    const { all, b, outside, network } = two({
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 31000,
      ports: [{ port: 80, nodePort: 30080 }],
    });
    all.endpoints('web', [{ address: b.address, node: 'worker-2' }]);
    all.settle();
    const ask = (address: string) => network.run(outside.http(address, 31000, { path: '/healthz' })).status;
    expect([ask('10.0.0.11'), ask('10.0.0.12')]).toEqual([503, 200]);
    all.cluster.client.delete(services, 'default', 'web');
    all.settle();
    expect(network.get(outside, '10.0.0.12', 31000)).toBe('ECONNREFUSED');
  });

  it('leaves its rules when it stops, takes them up when it starts again', () => {
    const { all, a, client, network } = two();
    for (const proxy of all.proxies) proxy.stop();
    all.endpoints('web', [{ address: a.address, node: 'worker-1' }]);
    all.settle();
    expect(Object.keys(all.spread(client, IP, 40)).length).toBe(2);
    all.startProxy('worker-1');
    all.settle();
    expect(all.spread(client, IP, 20)).toEqual({ [`a sees ${client.address}`]: 20 });
    all.cluster.client.delete(services, 'default', 'web');
    all.settle();
    expect(network.get(client, IP, 80, SECOND)).toBe('ETIMEDOUT');
    expect(saveTable(network.node('worker-1').machine.namespace.netfilter, 'nat')).not.toContain('default/web');
  });

  it('writes rules at most once a second after a burst', () => {
    const { all, a, b, client, network } = two();
    network.engine.runUntil(network.engine.now + 10 * SECOND);
    const only = (address: string) => {
      all.endpoints('web', [{ address }]);
      network.engine.runUntil(network.engine.now + 10_000);
    };
    only(a.address);
    only(b.address);
    only(a.address);
    expect(network.get(client, IP)).toBe(`b sees ${client.address}`);
    network.engine.runUntil(network.engine.now + SECOND);
    expect(network.get(client, IP)).toBe(`a sees ${client.address}`);
  });

  it('chooses the same endpoints in every run', () => {
    const run = () => {
      const { all, client, network } = two();
      const answers: string[] = [];
      for (let index = 0; index < 30; index++) answers.push(network.get(client, IP));
      return [answers, all.cluster.engine.now, JSON.stringify(network.engine.trace.since(0).slice(-50))];
    };
    expect(run()).toEqual(run());
  });
});

function byChain(a: string, b: string): number {
  const name = (line: string) => line.split(' ')[1]!;
  return name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0;
}
