import { describe, expect, it } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import { fixedInformer, nodeObject, serveWhoAmI, TestNetwork } from '../testing/test-network.ts';
import type { PacketTrace } from '../trace.ts';
import { CalicoIpam, startCalico } from './calico.ts';
import { startFlannel } from './flannel.ts';

const NODES = [
  nodeObject('worker-1', '10.0.0.11', '10.244.1.0/24'),
  nodeObject('worker-2', '10.0.0.12', '10.244.2.0/24'),
];

function build(kind: 'vxlan' | 'host-gw' | 'ipip' | 'bgp') {
  const network = new TestNetwork(['worker-1', 'worker-2'], { level: 'full' }, undefined, false);
  const ipam = new CalicoIpam('10.244.0.0/16');
  for (const node of network.nodes.values()) {
    const nodes = fixedInformer(NODES);
    if (kind === 'vxlan' || kind === 'host-gw') startFlannel({ node, nodes, podCidr: '10.244.0.0/16', backend: kind });
    else startCalico({ node, nodes, ipam, ipip: kind === 'ipip' });
  }
  const pods = { a: network.pod('worker-1', 'a'), b: network.pod('worker-1', 'b'), c: network.pod('worker-2', 'c') };
  for (const pod of Object.values(pods)) serveWhoAmI(pod);
  return { network, ...pods };
}

describe.each(['vxlan', 'host-gw', 'ipip', 'bgp'] as const)('a network of type %s', (kind) => {
  it('connects pods under their own addresses', () => {
    const { network, a, b, c } = build(kind);
    expect(new Set([a.address, b.address, c.address]).size).toBe(3);
    expect(network.get(a, b.address)).toBe(`b sees ${a.address}`);
    expect(network.get(a, c.address)).toBe(`c sees ${a.address}`);
    expect(network.get(c, a.address)).toBe(`a sees ${c.address}`);
    expect(network.get(a, a.address)).toBe(`a sees ${a.address}`);
  });

  it('connects nodes with pods', () => {
    const { network, a, c } = build(kind);
    const node = network.node('worker-1').hostStack;
    expect(network.get(node, a.address)).toMatch(/^a sees /);
    expect(network.get(node, c.address)).toMatch(/^c sees /);
    serveWhoAmI(node, 10250);
    expect(network.get(c, '10.0.0.11', 10250)).toMatch(/^worker-1 sees /);
  });

  it('shows the way that a packet takes', () => {
    const { network, a, c } = build(kind);
    network.get(a, c.address);
    const packets = network.engine.trace.since(0).filter((event) => event.kind === 'packet');
    const { hops } = packets.at(-1)!.data as PacketTrace;
    const tunnels = hops.flatMap(({ decision }) =>
      decision.by === 'tunnel' ? [`${decision.type} ${decision.outer}`] : [],
    );
    const outer = '10.0.0.11 → 10.0.0.12';
    expect(tunnels).toEqual(kind === 'vxlan' ? [`vxlan ${outer}`] : kind === 'ipip' ? [`ipip ${outer}`] : []);
  });

  it('loses the way when a node is cut off', () => {
    const { network, a, c } = build(kind);
    network.fabric.isolate('worker-2', true);
    expect(network.get(a, c.address, 80, SECOND)).toBe('ETIMEDOUT');
  });
});

it('Calico gives each node blocks of 64 addresses and drops what goes to free ones', () => {
  const { network, a, b } = build('bgp');
  const text = (address: string) => address.split('.').slice(0, 3).join('.');
  expect(text(a.address)).toBe(text(b.address));
  const addresses = new Set<string>();
  for (let index = 0; index < 70; index++) addresses.add(network.pod('worker-1', `p${index}`).address);
  expect(addresses.size).toBe(70);
  const free = a.address.replace(/\d+$/, (last) => String((Number(last) & 192) + 63));
  expect(addresses.has(free)).toBe(true);
  const { routes } = network.node('worker-2').machine.namespace.routes;
  expect(routes.filter(({ protocol, via }) => protocol === 'bird' && via !== undefined).length).toBe(2);
});

it('Flannel says what is missing', () => {
  const network = new TestNetwork(['worker-1'], {}, undefined, false);
  expect(network.node('worker-1').notReady()).toBe('cni plugin not initialized');
});
