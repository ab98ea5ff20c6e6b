import type { NetworkInterface } from '../interface.ts';
import { formatIPv4, macOf } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { routeText } from '../route-table.ts';

const LOOPBACK_LINK =
  '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n';

function mac(device: NetworkInterface): string {
  const [first] = device.addresses;
  return first === undefined
    ? macOf((device.namespace.machine.address ^ (device.index << 8)) >>> 0, 0x1e, device.index & 255)
    : macOf(first.address);
}

function linkText(device: NetworkInterface): string {
  const { name, index, mtu, up, peer, master, kind } = device;
  const flags = [
    'BROADCAST',
    'MULTICAST',
    ...(kind === 'dummy' ? ['NOARP'] : []),
    ...(up ? ['UP', 'LOWER_UP'] : []),
  ].join(',');
  const shown = kind === 'veth' && peer !== undefined ? `${name}@if${peer.index}` : name;
  const owner = master === undefined ? '' : ` master ${master.name}`;
  const state = kind === 'dummy' || kind === 'vxlan' ? 'UNKNOWN' : up ? 'UP' : 'DOWN';
  const queue = kind === 'ethernet' ? 'fq_codel' : 'noqueue';
  const far = kind === 'veth' && peer !== undefined ? ` link-netnsid 0` : '';
  return `${index}: ${shown}: <${flags}> mtu ${mtu} qdisc ${queue}${owner} state ${state} group default\n    link/ether ${mac(device)} brd ff:ff:ff:ff:ff:ff${far}\n`;
}

/** `ip link show` */
export function ipLink(namespace: NetworkNamespace): string {
  return LOOPBACK_LINK + [...namespace.interfaces.values()].map(linkText).join('');
}

/** `ip addr show` */
export function ipAddr(namespace: NetworkNamespace): string {
  let text = `${LOOPBACK_LINK}    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n`;
  for (const device of namespace.interfaces.values()) {
    text += linkText(device);
    const bound = device.name === 'kube-ipvs0' ? ipvsAddresses(namespace) : [];
    for (const { address, bits } of [...device.addresses, ...bound]) {
      text += `    inet ${formatIPv4(address)}/${bits} scope global ${device.name}\n       valid_lft forever preferred_lft forever\n`;
    }
  }
  return text;
}

function ipvsAddresses({ virtualServers }: NetworkNamespace) {
  const addresses = new Set([...(virtualServers?.servers ?? [])].map(({ address }) => address));
  return [...addresses]
    .filter((address) => virtualServers?.has(address))
    .sort((a, b) => a - b)
    .map((address) => ({ address, bits: 32 }));
}

/** `ip route show`: the default route first, then by network. */
export function ipRoute({ routes }: NetworkNamespace): string {
  return [...routes.routes]
    .sort((a, b) => a.network - b.network || a.bits - b.bits)
    .map((route) => `${routeText(route)} \n`)
    .join('');
}

/** `ip neigh show`: who lives behind which port of this namespace's bridges. */
export function ipNeigh(namespace: NetworkNamespace): string {
  let text = '';
  for (const device of namespace.interfaces.values()) {
    for (const [address, port] of device.ports ?? []) {
      if (port.peer !== undefined)
        text += `${formatIPv4(address)} dev ${device.name} lladdr ${mac(port.peer)} REACHABLE \n`;
    }
  }
  return text;
}
