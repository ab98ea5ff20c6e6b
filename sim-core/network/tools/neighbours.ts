import type { NetworkInterface } from '../interface.ts';
import { formatIPv4, type IPv4, macOf } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';

/** Whom a namespace knows by hardware address. */
export interface Neighbour {
  readonly address: IPv4;
  readonly device: string;
  readonly mac: string;
  readonly state: 'REACHABLE' | 'PERMANENT';
}

/** The hardware address of an interface: made of its first address, as the bridge plugin makes it, or of its place. */
export function macOfInterface(device: NetworkInterface): string {
  // Calico gives its ends of all cables one address.
  if (device.name.startsWith('cali')) return 'ee:ee:ee:ee:ee:ee';
  const [first] = device.addresses;
  return first === undefined
    ? macOf((device.namespace.machine.address ^ (device.index << 8)) >>> 0, 0x1e, device.index & 255)
    : macOf(first.address);
}

/**
 * The neighbour table: who lives behind the ports of bridges and at the far ends of cables and tunnels, and the next hops of routes. A
 * kernel forgets those whom it has had nothing to do with; here all of them are known.
 */
export function neighbours(namespace: NetworkNamespace): Neighbour[] {
  const found = new Map<string, Neighbour>();
  const add = (address: IPv4, device: string, mac: string, state: Neighbour['state'] = 'REACHABLE') => {
    found.set(`${device} ${address}`, { address, device, mac, state });
  };
  for (const device of namespace.interfaces.values()) {
    for (const [address, port] of device.ports ?? [])
      if (port.peer !== undefined) add(address, device.name, macOfInterface(port.peer));
    if (device.kind === 'vxlan')
      for (const next of device.remotes?.keys() ?? []) add(next, device.name, macOf(next), 'PERMANENT');
  }
  for (const { via, bits, network, device: name, kind } of namespace.routes.routes) {
    const device = namespace.interfaces.get(name);
    const next = via ?? (bits === 32 && kind !== 'blackhole' ? network : undefined);
    if (device === undefined || next === undefined) continue;
    if (device.kind === 'ethernet') add(next, name, macOf(next));
    else if (device.kind === 'veth' && device.peer !== undefined) add(next, name, hardwareOf(device.peer));
  }
  return [...found.values()].sort((a, b) =>
    a.device === b.device ? a.address - b.address : a.device < b.device ? -1 : 1,
  );
}

/** What answers at the far end of a cable: the bridge behind it, if it is a port of one. */
function hardwareOf(device: NetworkInterface): string {
  return macOfInterface(device.master ?? device);
}

/** `ip neigh show` */
export function ipNeigh(namespace: NetworkNamespace, device?: string): string {
  return neighbours(namespace)
    .filter((one) => device === undefined || one.device === device)
    .map(
      ({ address, device: name, mac, state }) =>
        `${formatIPv4(address)}${device === undefined ? ` dev ${name}` : ''} lladdr ${mac} ${state} \n`,
    )
    .join('');
}

/** `arp -n` */
export function arpTable(namespace: NetworkNamespace): string {
  const row = (cells: readonly [string, string, string, string, string]) =>
    `${cells[0].padEnd(24)} ${cells[1].padEnd(7)} ${cells[2].padEnd(19)} ${cells[3].padEnd(21)} ${cells[4]}\n`;
  return (
    row(['Address', 'HWtype', 'HWaddress', 'Flags Mask', 'Iface']) +
    neighbours(namespace)
      .map(({ address, device, mac, state }) =>
        row([formatIPv4(address), 'ether', mac, state === 'PERMANENT' ? 'CM' : 'C', device]),
      )
      .join('')
  );
}
