import type { Node } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import type { Fabric } from '../fabric.ts';
import { formatPrefix, type Prefix, parseIPv4, parsePrefix, prefix } from '../ipv4.ts';
import { Rule } from '../netfilter/rule.ts';
import type { NodeNetwork } from './node-network.ts';

/** Chain of the rules that give pods' packets to the world outside their node's address: that of ip-masq-agent. */
const MASQUERADE_CHAIN = 'IP-MASQ-AGENT';
export const BRIDGE_CONFIG = '10-kindnet.conflist';

export interface PodRoutesOptions {
  readonly node: NodeNetwork;
  /** Informer of all Nodes. It is started by whoever owns it. */
  readonly nodes: Informer<Node>;
  /** Addresses that pods reach under their own address: the pods' and the machines' networks. */
  readonly podCidr: string;
}

/**
 * The plain network, as one would build it by hand and as kind's kindnetd does: when the node gets its pod CIDR, a bridge
 * configuration for it is written; and every other node's pod CIDR is routed to that node. Packets are never rewritten between pods and
 * nodes; what leaves the cluster bears the node's address. Returns what stops it; what it made stays.
 */
export function startPodRoutes({ node, nodes, podCidr }: PodRoutesOptions): () => void {
  const { machine } = node;
  const own = machine.namespace;
  masquerade(own.fabric, node, prefix(podCidr));
  let stopped = false;
  let written = false;
  const consider = (object: Node) => {
    if (stopped) return;
    const subnet = parsePrefix(object.spec.podCIDR ?? '');
    if (subnet === undefined) return;
    if (object.metadata.name === machine.name) {
      // Written once, as kindnetd does: a file that someone takes away stays away.
      if (!written && node.config === undefined) node.installConfig(BRIDGE_CONFIG, bridgeConfig(subnet));
      written = true;
      return;
    }
    const text = object.status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
    const via = parseIPv4(text);
    if (via === undefined) return;
    const known = own.routes.routes.find(({ network, bits }) => network === subnet.network && bits === subnet.bits);
    if (known?.via !== via) own.routes.replace({ ...subnet, via, device: 'eth0' });
  };
  nodes.addHandler({
    added: consider,
    updated: (object, old) => {
      if (object.spec.podCIDR !== old.spec.podCIDR || object.status.addresses !== old.status.addresses)
        consider(object);
    },
    deleted: (object) => {
      const subnet = parsePrefix(object.spec.podCIDR ?? '');
      if (!stopped && subnet !== undefined && object.metadata.name !== machine.name) {
        own.routes.delete(subnet.network, subnet.bits);
      }
    },
  });
  return () => {
    stopped = true;
  };
}

/** The configuration list of a bridge network on one node. */
export function bridgeConfig(subnet: Prefix) {
  return {
    cniVersion: '1.0.0',
    name: 'kindnet',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: formatPrefix(subnet) }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function masquerade(fabric: Fabric, node: NodeNetwork, pods: Prefix): void {
  const { netfilter } = node.machine.namespace;
  if (netfilter.tables.nat.has(MASQUERADE_CHAIN)) return;
  const comment = 'ip-masq-agent: local traffic is not subject to MASQUERADE';
  const inside = [pods, fabric.network].map((destination) => new Rule({ destination, comment }, { kind: 'return' }));
  netfilter.chain('nat', MASQUERADE_CHAIN).rules = [
    ...inside,
    new Rule(
      { comment: 'ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)' },
      { kind: 'masquerade' },
    ),
  ];
  netfilter.chain('nat', 'POSTROUTING').append(
    new Rule(
      {
        destinationLocal: false,
        comment: `ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom ${MASQUERADE_CHAIN} chain`,
      },
      { kind: 'jump', chain: MASQUERADE_CHAIN },
    ),
  );
}
