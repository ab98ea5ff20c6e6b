import { formatIPv4, type IPv4, parsePrefix } from '../ipv4.ts';
import { type CniAddress, CniError, type IpamConfig } from './plugin.ts';

interface Network {
  /** Address by container. */
  readonly byContainer: Map<string, IPv4>;
  readonly used: Set<IPv4>;
  last: IPv4;
}

/** What the host-local plugin keeps on a node's disk (/var/lib/cni/networks): which addresses are given to which container. */
export class IpamState {
  private readonly networks = new Map<string, Network>();

  private network(name: string): Network {
    let network = this.networks.get(name);
    if (network === undefined) {
      network = { byContainer: new Map(), used: new Set(), last: 0 };
      this.networks.set(name, network);
    }
    return network;
  }

  /**
   * Gives the next free address of the range after the one given last, as host-local does: an address that was freed is used again
   * only after all others. The first address of the subnet is the gateway's.
   */
  allocate(networkName: string, container: string, config: IpamConfig): CniAddress {
    const text = config.ranges?.[0]?.[0]?.subnet ?? '';
    const subnet = parsePrefix(text);
    if (subnet === undefined) throw new CniError(`invalid range set 0: invalid CIDR address: ${text}`);
    const network = this.network(networkName);
    const given = network.byContainer.get(container);
    const gateway = subnet.network + 1;
    if (given !== undefined) {
      throw new CniError(
        `failed to allocate for range 0: ${formatIPv4(given)} has been allocated to ${container}, duplicate allocation is not allowed`,
      );
    }
    const first = gateway;
    const last = subnet.network + 2 ** (32 - subnet.bits) - 2;
    const size = last - first + 1;
    const start = network.last >= first && network.last <= last ? network.last : gateway;
    for (let step = 1; step <= size; step++) {
      const address = first + ((start - first + step) % size);
      if (address === gateway || network.used.has(address)) continue;
      network.used.add(address);
      network.byContainer.set(container, address);
      network.last = address;
      return { address, bits: subnet.bits, gateway };
    }
    const range = `${formatIPv4(first)}-${formatIPv4(last)}`;
    throw new CniError(`failed to allocate for range 0: no IP addresses available in range set: ${range}`);
  }

  /** Frees what a container has. */
  release(networkName: string, container: string): IPv4 | undefined {
    const network = this.networks.get(networkName);
    const address = network?.byContainer.get(container);
    if (network === undefined || address === undefined) return undefined;
    network.byContainer.delete(container);
    network.used.delete(address);
    return address;
  }

  addressOf(networkName: string, container: string): IPv4 | undefined {
    return this.networks.get(networkName)?.byContainer.get(container);
  }
}
