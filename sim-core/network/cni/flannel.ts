import type { Node } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import { formatPrefix, type Prefix, parseIPv4, parsePrefix, prefix } from '../ipv4.ts';
import { Rule } from '../netfilter/rule.ts';
import { type AgentWords, tellFlannel } from './agent-words.ts';
import { bridgePlugin } from './bridge.ts';
import type { NodeNetwork } from './node-network.ts';
import { CniError, type CniPlugin, type CniRequest } from './plugin.ts';

const CONFIG = '10-flannel.conflist';
const DEVICE = 'flannel.1';
const CHAIN = 'FLANNEL-POSTRTG';
const VNI = 1;
/** A VXLAN header and an outer packet's headers take 50 bytes of each frame. */
const VXLAN_MTU = 1450;
const MULTICAST = prefix('224.0.0.0/4');

export interface FlannelOptions {
  readonly node: NodeNetwork;
  /** Informer of all Nodes. It is started by whoever owns it. */
  readonly nodes: Informer<Node>;
  /** `Network` of kube-flannel-cfg. */
  readonly podCidr: string;
  /** `Backend.Type`: packets between nodes travel inside UDP packets, or are routed where all nodes share a network. */
  readonly backend: 'vxlan' | 'host-gw';
  /** flanneld's process, where there is one, and its way to the API server. */
  readonly words?: AgentWords;
}

/**
 * flanneld on one node: takes the node's pod CIDR as its subnet, writes it where the CNI plugin finds it, and leads the other nodes' subnets
 * to them through its backend. It knows nothing of NetworkPolicies. Returns what stops it; what it made stays.
 */
export function startFlannel({ node, nodes, podCidr, backend, words }: FlannelOptions): () => void {
  const { machine } = node;
  const own = machine.namespace;
  const network = prefix(podCidr);
  const mtu = backend === 'vxlan' ? VXLAN_MTU : 1500;
  let stopped = false;
  let told = false;

  function lease(subnet: Prefix): void {
    if (backend === 'vxlan' && !own.interfaces.has(DEVICE)) {
      const device = own.addInterface(DEVICE, 'vxlan', VXLAN_MTU);
      device.vni = VNI;
      device.remotes = new Map();
      own.addAddress(device, { address: subnet.network, bits: 32 });
    }
    node.installPlugin(flannelPlugin({ subnet, network, mtu }));
    masquerade(node, network, subnet);
    node.installConfig(CONFIG, {
      cniVersion: '0.3.1',
      name: 'cbr0',
      plugins: [
        { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    });
    for (const other of nodes.list()) if (other.metadata.name !== machine.name) reach(other);
  }

  /** A route to another node's subnet. With VXLAN the next hop is the far tunnel's address, the first of that subnet. */
  function reach({ spec, status }: Node): void {
    const subnet = parsePrefix(spec.podCIDR ?? '');
    const address = parseIPv4(status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '');
    if (subnet === undefined || address === undefined) return;
    if (backend === 'host-gw') own.routes.replace({ ...subnet, via: address, device: 'eth0' });
    else {
      const device = own.interfaces.get(DEVICE);
      if (device === undefined) return;
      device.remotes?.set(subnet.network, address);
      own.routes.replace({ ...subnet, via: subnet.network, device: DEVICE, onLink: true });
    }
  }

  const consider = (object: Node) => {
    if (stopped) return;
    if (object.metadata.name !== machine.name) {
      reach(object);
      return;
    }
    const subnet = parsePrefix(object.spec.podCIDR ?? '');
    if (subnet !== undefined && node.config === undefined) lease(subnet);
    if (subnet === undefined || told || words === undefined) return;
    told = true;
    tellFlannel(words, node, { backend, network, subnet, mtu });
  };
  nodes.addHandler({
    added: consider,
    updated: (object, old) => {
      if (object.spec.podCIDR !== old.spec.podCIDR || object.status.addresses !== old.status.addresses)
        consider(object);
    },
    deleted: ({ metadata, spec }) => {
      const subnet = parsePrefix(spec.podCIDR ?? '');
      if (stopped || subnet === undefined || metadata.name === machine.name) return;
      own.routes.delete(subnet.network, subnet.bits);
      own.interfaces.get(DEVICE)?.remotes?.delete(subnet.network);
    },
  });
  return () => {
    stopped = true;
  };
}

/** What flanneld writes to /run/flannel/subnet.env. */
interface SubnetEnv {
  readonly subnet: Prefix;
  readonly network: Prefix;
  readonly mtu: number;
}

/** The flannel CNI plugin: works out a configuration for `bridge` and has that do the work. */
export function flannelPlugin(env: SubnetEnv | undefined): CniPlugin {
  const delegate = <T extends Pick<CniRequest, 'config'>>(request: T): T => {
    if (env === undefined) {
      throw new CniError('loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory');
    }
    return {
      ...request,
      config: {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        mtu: env.mtu,
        ipam: { type: 'host-local', ranges: [[{ subnet: formatPrefix(env.subnet) }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
    };
  };
  return {
    type: 'flannel',
    *add(request, previous) {
      return yield* bridgePlugin.add(delegate(request), previous);
    },
    del: (request) => bridgePlugin.del(request),
  };
}

/** flanneld's masquerading (`--ip-masq`): what leaves the pods' network bears the node's address. */
function masquerade(node: NodeNetwork, network: Prefix, subnet: Prefix): void {
  const { netfilter } = node.machine.namespace;
  const comment = 'flanneld masq';
  const jump = new Rule({ comment }, { kind: 'jump', chain: CHAIN });
  const postrouting = netfilter.chain('nat', 'POSTROUTING');
  if (!netfilter.tables.nat.has(CHAIN)) postrouting.append(jump);
  const back = { kind: 'return' } as const;
  const out = { kind: 'masquerade' } as const;
  netfilter.chain('nat', CHAIN).rules = [
    new Rule({ mark: { value: 0x4000, mask: 0x4000 }, comment }, back),
    new Rule({ source: subnet, destination: network, comment }, back),
    new Rule({ source: network, destination: subnet, comment }, back),
    new Rule({ source: network, notSource: true, destination: subnet, comment }, back),
    new Rule({ source: network, destination: MULTICAST, notDestination: true, comment }, out),
    new Rule({ source: network, notSource: true, destination: network, comment }, out),
  ];
  const forward = netfilter.chain('filter', 'FORWARD');
  if (netfilter.tables.filter.has('FLANNEL-FWD')) return;
  netfilter.chain('filter', 'FLANNEL-FWD').rules = [
    new Rule({ source: network, comment: 'flanneld forward' }, { kind: 'accept' }),
    new Rule({ destination: network, comment: 'flanneld forward' }, { kind: 'accept' }),
  ];
  forward.append(new Rule({ comment: 'flanneld forward' }, { kind: 'jump', chain: 'FLANNEL-FWD' }));
}
