import type { Node } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import { fnv32a } from '../../engine/index.ts';
import { formatIPv4, type IPv4, ipv4, type Prefix, parseIPv4, prefix } from '../ipv4.ts';
import { Rule } from '../netfilter/rule.ts';
import { type AgentWords, tellCalico } from './agent-words.ts';
import { vethPair } from './bridge.ts';
import type { NodeNetwork } from './node-network.ts';
import { CniError, type CniPlugin } from './plugin.ts';

const CONFIG = '10-calico.conflist';
const TUNNEL = 'tunl0';
/** Pods' gateway: an address nobody has; the node's end of the veth pair answers ARP for it (proxy ARP). */
const GATEWAY = ipv4('169.254.1.1');
const BLOCK_BITS = 26;
const BLOCK_SIZE = 2 ** (32 - BLOCK_BITS);
const IPIP_MTU = 1480;

/** Calico's IPAM: the pool of pods' addresses, given to nodes in blocks of 64 (IPAMBlock and BlockAffinity objects). */
export class CalicoIpam {
  readonly pool: Prefix;
  /** Node by the block's network. */
  private readonly blocks = new Map<IPv4, string>();
  private readonly used = new Map<IPv4, string>();
  private readonly listeners = new Set<(block: Prefix, node: string) => void>();

  constructor(pool: string) {
    this.pool = prefix(pool);
  }

  /** Tells of every block that a node has, now and later: what BGP carries between nodes. Returns what stops that. */
  subscribe(listener: (block: Prefix, node: string) => void): () => void {
    for (const [network, node] of this.blocks) listener({ network, bits: BLOCK_BITS }, node);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** An address in one of the node's blocks; a new block when they are full. */
  assign(node: string, container: string): IPv4 {
    for (const [network, owner] of this.blocks) {
      if (owner !== node) continue;
      for (let address = network; address < network + BLOCK_SIZE; address++) {
        if (this.used.has(address)) continue;
        this.used.set(address, container);
        return address;
      }
    }
    this.claim(node);
    return this.assign(node, container);
  }

  release(container: string): void {
    for (const [address, owner] of this.used) if (owner === container) this.used.delete(address);
  }

  /** Gives a node its next block: where to look first follows from its name, as upstream, so that nodes seldom compete. */
  private claim(node: string): void {
    const count = 2 ** (BLOCK_BITS - this.pool.bits);
    const start = fnv32a(node) % count;
    for (let step = 0; step < count; step++) {
      const network = this.pool.network + ((start + step) % count) * BLOCK_SIZE;
      if (this.blocks.has(network)) continue;
      this.blocks.set(network, node);
      for (const listener of this.listeners) listener({ network, bits: BLOCK_BITS }, node);
      return;
    }
    throw new CniError('no IPs available');
  }
}

/** Name of the node's end of a pod's veth pair. */
export function caliName(container: string): string {
  return `cali${fnv32a(container).toString(16).padStart(8, '0')}${(fnv32a(container, 1) & 0xfff).toString(16).padStart(3, '0')}`;
}

/** The Calico CNI plugin: no bridge; each pod is a route on its node, and every packet of a pod passes the node's FORWARD chain. */
export function calicoPlugin(ipam: CalicoIpam): CniPlugin {
  return {
    type: 'calico',
    *add({ containerId, ifName, machine, netns }) {
      yield* [];
      const node = machine.namespace;
      const address = ipam.assign(machine.name, containerId);
      const name = caliName(containerId);
      const { inside } = vethPair(netns, ifName, node, name, IPIP_MTU);
      netns.addAddress(inside, { address, bits: 32 });
      netns.routes.replace({ network: GATEWAY, bits: 32, device: ifName });
      netns.routes.replace({ network: 0, bits: 0, via: GATEWAY, device: ifName });
      node.routes.replace({ network: address, bits: 32, device: name });
      return { ips: [{ address, bits: 32, gateway: GATEWAY }] };
    },
    del({ containerId, machine }) {
      ipam.release(containerId);
      machine.namespace.deleteInterface(caliName(containerId));
    },
  };
}

export interface CalicoOptions {
  readonly node: NodeNetwork;
  /** Informer of all Nodes. It is started by whoever owns it. */
  readonly nodes: Informer<Node>;
  readonly ipam: CalicoIpam;
  /** `ipipMode` of the IPPool: wrap packets between nodes (Always), or route them as they are (Never). */
  readonly ipip: boolean;
  /** calico-node's process, where there is one, and its way to the API server. */
  readonly words?: AgentWords;
}

/**
 * calico-node's routing on one node: tells the others of its blocks and takes routes to theirs, as BIRD does over BGP, for as long as the nodes
 * reach each other. Returns what stops it; what it made stays.
 */
export function startCalico({ node, nodes, ipam, ipip, words }: CalicoOptions): () => void {
  const { machine } = node;
  const own = machine.namespace;
  const pending = new Map<IPv4, string>();
  if (ipip && !own.interfaces.has(TUNNEL)) {
    const device = own.addInterface(TUNNEL, 'ipip', IPIP_MTU);
    device.remotes = new Map();
  }
  node.installPlugin(calicoPlugin(ipam));
  masquerade(node, ipam.pool);
  node.installConfig(CONFIG, {
    cniVersion: '0.3.1',
    name: 'k8s-pod-network',
    plugins: [
      { type: 'calico', mtu: 0, ipam: { type: 'calico-ipam' }, policy: { type: 'k8s' } },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });

  if (words !== undefined) tellCalico(words, node);

  function learn(block: Prefix, owner: string): void {
    if (owner === machine.name) {
      // Addresses of the block that no pod has must not leave the node.
      own.routes.replace({ ...block, kind: 'blackhole', device: 'lo', protocol: 'bird' });
      return;
    }
    const object = nodes.get(undefined, owner);
    const via = parseIPv4(object?.status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '');
    if (via === undefined) {
      pending.set(block.network, owner);
      return;
    }
    pending.delete(block.network);
    if (ipip) own.interfaces.get(TUNNEL)?.remotes?.set(via, via);
    const device = ipip ? TUNNEL : 'eth0';
    own.routes.replace({ ...block, via, device, protocol: 'bird', ...(ipip ? { onLink: true } : {}) });
  }

  const stop = ipam.subscribe(learn);
  const consider = ({ metadata }: Node) => {
    for (const [network, owner] of [...pending])
      if (owner === metadata.name) learn({ network, bits: BLOCK_BITS }, owner);
  };
  nodes.addHandler({ added: consider, updated: consider });
  return stop;
}

/** `natOutgoing` of the IPPool: what leaves the pool for elsewhere bears the node's address; the other nodes count as elsewhere. */
function masquerade(node: NodeNetwork, pool: Prefix): void {
  const { netfilter } = node.machine.namespace;
  if (netfilter.tables.nat.has('cali-nat-outgoing')) return;
  const { network } = node.machine.fabric;
  netfilter.chain('nat', 'cali-nat-outgoing').rules = [
    new Rule({ destination: pool }, { kind: 'return' }),
    new Rule(
      {
        destination: network,
        comment: `nodes are reached under pods' own addresses (${formatIPv4(network.network)}/${network.bits})`,
      },
      { kind: 'return' },
    ),
    new Rule({ source: pool }, { kind: 'masquerade' }),
  ];
  netfilter.chain('nat', 'POSTROUTING').append(new Rule({}, { kind: 'jump', chain: 'cali-nat-outgoing' }));
}
