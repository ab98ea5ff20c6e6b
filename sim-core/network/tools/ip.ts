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

function flagsOf({ kind, up }: NetworkInterface): string {
  return ['BROADCAST', 'MULTICAST', ...(kind === 'dummy' ? ['NOARP'] : []), ...(up ? ['UP', 'LOWER_UP'] : [])].join(
    ',',
  );
}

function linkText(device: NetworkInterface): string {
  const { name, index, mtu, up, peer, master, kind } = device;
  const shown = kind === 'veth' && peer !== undefined ? `${name}@if${peer.index}` : name;
  const owner = master === undefined ? '' : ` master ${master.name}`;
  const state = kind === 'dummy' || kind === 'vxlan' ? 'UNKNOWN' : up ? 'UP' : 'DOWN';
  const queue = kind === 'ethernet' ? 'fq_codel' : 'noqueue';
  const far = kind === 'veth' && peer !== undefined ? ` link-netnsid 0` : '';
  if (kind === 'ipip')
    return `${index}: ${name}@NONE: <NOARP${up ? ',UP,LOWER_UP' : ''}> mtu ${mtu} qdisc noqueue state ${up ? 'UNKNOWN' : 'DOWN'} group default qlen 1000\n    link/ipip 0.0.0.0 brd 0.0.0.0\n`;
  return `${index}: ${shown}: <${flagsOf(device)}> mtu ${mtu} qdisc ${queue}${owner} state ${state} group default\n    link/ether ${mac(device)} brd ff:ff:ff:ff:ff:ff${far}\n`;
}

/** Which interfaces are shown (`ip addr show eth0`), and whether in one line each (`-br`). */
export interface Shown {
  readonly name?: string | undefined;
  readonly brief?: boolean;
}

function shownOf(namespace: NetworkNamespace, name: string | undefined): NetworkInterface[] {
  return [...namespace.interfaces.values()].filter((device) => name === undefined || device.name === name);
}

/** A line of `ip -br`: name, state, and what it has. */
function briefLine(device: NetworkInterface, what: string): string {
  const { name, kind, peer, up } = device;
  const shown = kind === 'veth' && peer !== undefined ? `${name}@if${peer.index}` : name;
  const state = kind === 'dummy' || kind === 'vxlan' ? 'UNKNOWN' : up ? 'UP' : 'DOWN';
  return `${shown.padEnd(16)} ${state.padEnd(14)} ${what} \n`;
}

/** `ip link show` */
export function ipLink(namespace: NetworkNamespace, { name, brief = false }: Shown = {}): string {
  const devices = shownOf(namespace, name);
  const loopback = name === undefined || name === 'lo';
  if (brief) {
    const first = loopback ? 'lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n' : '';
    return first + devices.map((device) => briefLine(device, `${mac(device)} <${flagsOf(device)}>`)).join('');
  }
  return (loopback ? LOOPBACK_LINK : '') + devices.map(linkText).join('');
}

/** `ip addr show` */
export function ipAddr(namespace: NetworkNamespace, { name, brief = false }: Shown = {}): string {
  const loopback = name === undefined || name === 'lo';
  const devices = shownOf(namespace, name);
  if (brief) {
    const first = loopback ? 'lo               UNKNOWN        127.0.0.1/8 \n' : '';
    return (
      first +
      devices.map((device) => briefLine(device, addressesOf(namespace, device).map(prefixText).join(' '))).join('')
    );
  }
  const lines = devices.map((device) => {
    const addresses = addressesOf(namespace, device).map(
      (one) =>
        `    inet ${prefixText(one)} scope global ${device.name}\n       valid_lft forever preferred_lft forever\n`,
    );
    return linkText(device) + addresses.join('');
  });
  const first = `${LOOPBACK_LINK}    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n`;
  return (loopback ? first : '') + lines.join('');
}

/** `ip -o addr show`: a line for each address. */
export function ipAddrLines(namespace: NetworkNamespace, { name }: Shown = {}): string {
  const line = (index: number, device: string, address: string, scope: string) =>
    `${index}: ${device}    inet ${address} scope ${scope} ${device}\\       valid_lft forever preferred_lft forever\n`;
  const first = name === undefined || name === 'lo' ? line(1, 'lo', '127.0.0.1/8', 'host') : '';
  const devices = shownOf(namespace, name).flatMap((device) =>
    addressesOf(namespace, device).map((one) => line(device.index, device.name, prefixText(one), 'global')),
  );
  return first + devices.join('');
}

function addressesOf(namespace: NetworkNamespace, device: NetworkInterface) {
  return [...device.addresses, ...(device.name === 'kube-ipvs0' ? ipvsAddresses(namespace) : [])];
}

function prefixText({ address, bits }: { address: number; bits: number }): string {
  return `${formatIPv4(address)}/${bits}`;
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
