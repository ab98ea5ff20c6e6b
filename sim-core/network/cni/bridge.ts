import { fnv32a } from '../../engine/index.ts';
import type { NetworkInterface } from '../interface.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { CniError, type CniPlugin } from './plugin.ts';

const DEFAULT_BRIDGE = 'cni0';

/** Name of the node's end of a pod's veth pair: `veth` and eight digits. */
export function vethName(container: string): string {
  return `veth${fnv32a(container).toString(16).padStart(8, '0')}`;
}

/** Makes a veth pair between a pod's namespace and its node's. */
export function vethPair(
  pod: NetworkNamespace,
  ifName: string,
  node: NetworkNamespace,
  nodeName: string,
  mtu?: number,
): { inside: NetworkInterface; outside: NetworkInterface } {
  const inside = pod.addInterface(ifName, 'veth', mtu);
  const outside = node.addInterface(nodeName, 'veth', mtu);
  inside.peer = outside;
  outside.peer = inside;
  return { inside, outside };
}

/**
 * The `bridge` plugin of the CNI project: a Linux bridge on the node, to which each pod is connected by a veth pair. With
 * `isGateway` the bridge bears the subnet's first address and is the pods' default gateway.
 */
export const bridgePlugin: CniPlugin = {
  type: 'bridge',
  *add(request) {
    const { config, containerId, ipam, machine, netns, networkName } = request;
    if (config.ipam?.type !== 'host-local') {
      throw new CniError(`failed to find plugin "${config.ipam?.type ?? ''}" in path [/opt/cni/bin]`);
    }
    const given = ipam.allocate(networkName, containerId, config.ipam);
    const node = machine.namespace;
    const name = config.bridge ?? DEFAULT_BRIDGE;
    let bridge = node.interfaces.get(name);
    if (bridge === undefined) {
      bridge = node.addInterface(name, 'bridge', config.mtu);
      bridge.ports = new Map();
    }
    // ip.EnableIP4Forward
    if (config.isGateway === true && !node.kernel.forwarding)
      node.kernel = node.kernel.with('net.ipv4.ip_forward', '1')!;
    if (config.isGateway === true && !bridge.addresses.some(({ address }) => address === given.gateway)) {
      node.addAddress(bridge, { address: given.gateway, bits: given.bits });
    }
    const { inside, outside } = vethPair(netns, request.ifName, node, vethName(containerId), config.mtu);
    outside.master = bridge;
    bridge.ports!.set(given.address, outside);
    netns.addAddress(inside, { address: given.address, bits: given.bits });
    for (const { dst } of config.ipam.routes ?? [{ dst: '0.0.0.0/0' }]) {
      if (dst === '0.0.0.0/0')
        netns.routes.replace({ network: 0, bits: 0, via: given.gateway, device: request.ifName });
    }
    return { ips: [given] };
  },
  del({ containerId, ipam, machine, networkName }) {
    ipam.release(networkName, containerId);
    machine.namespace.deleteInterface(vethName(containerId));
  },
};
