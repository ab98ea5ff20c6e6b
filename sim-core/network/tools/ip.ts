import type { NetworkInterface } from '../interface.ts';
import { formatIPv4 } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { type Route, routeText } from '../route-table.ts';
import { macOfInterface } from './neighbours.ts';

const LOOPBACK_LINK =
  '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n';

function flagsOf({ kind, up }: NetworkInterface): string {
  return ['BROADCAST', 'MULTICAST', ...(kind === 'dummy' ? ['NOARP'] : []), ...(up ? ['UP', 'LOWER_UP'] : [])].join(
    ',',
  );
}

/** `UP`, `DOWN` or `UNKNOWN`, which virtual ones without a wire are. */
export function stateOf({ kind, up }: NetworkInterface): string {
  if (kind === 'ipip') return up ? 'UNKNOWN' : 'DOWN';
  return kind === 'dummy' || kind === 'vxlan' ? 'UNKNOWN' : up ? 'UP' : 'DOWN';
}

function linkText(device: NetworkInterface): string {
  const { name, index, mtu, up, peer, master, kind } = device;
  const shown = kind === 'veth' && peer !== undefined ? `${name}@if${peer.index}` : name;
  const owner = master === undefined ? '' : ` master ${master.name}`;
  const state = stateOf(device);
  const queue = kind === 'ethernet' ? 'fq_codel' : 'noqueue';
  const far = kind === 'veth' && peer !== undefined ? ` link-netnsid 0` : '';
  if (kind === 'ipip')
    return `${index}: ${name}@NONE: <NOARP${up ? ',UP,LOWER_UP' : ''}> mtu ${mtu} qdisc noqueue state ${state} group default qlen 1000\n    link/ipip 0.0.0.0 brd 0.0.0.0\n`;
  return `${index}: ${shown}: <${flagsOf(device)}> mtu ${mtu} qdisc ${queue}${owner} state ${state} group default\n    link/ether ${macOfInterface(device)} brd ff:ff:ff:ff:ff:ff${far}\n`;
}

/** Which interfaces are shown (`ip addr show eth0`), and whether in one line each (`-br`). */
export interface Shown {
  readonly name?: string | undefined;
  readonly brief?: boolean;
  /** Only those of a kind (`type veth`), or the ports of a bridge (`master cni0`). */
  readonly type?: string | undefined;
  readonly master?: string | undefined;
  /** What kind of interface each is, and its settings (`-d`). */
  readonly details?: boolean;
}

/** What `ip -d link` says of an interface besides. */
function detailsOf(device: NetworkInterface): string {
  const { kind, vni, namespace, master } = device;
  const port =
    master === undefined ? '' : '    bridge_slave state forwarding priority 32 cost 2 hairpin on guard off \n';
  const own = formatIPv4(namespace.machine.address);
  const texts: Readonly<Record<NetworkInterface['kind'], string>> = {
    vxlan: `    vxlan id ${vni} local ${own} dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 \n`,
    ipip: '    ipip any remote any local any ttl inherit nopmtudisc \n',
    bridge: '    bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 \n',
    veth: `    veth \n${port}`,
    dummy: '    dummy \n',
    ethernet: '',
  };
  return texts[kind];
}

function shownOf(namespace: NetworkNamespace, { name, type, master }: Shown): NetworkInterface[] {
  return [...namespace.interfaces.values()].filter(
    (device) =>
      (name === undefined || device.name === name) &&
      (type === undefined || device.kind === type) &&
      (master === undefined || device.master?.name === master),
  );
}

/** Whether the loopback interface is among them. */
const withLoopback = ({ name, type, master }: Shown) =>
  (name === undefined || name === 'lo') && type === undefined && master === undefined;

/** A line of `ip -br`: name, state, and what it has. */
function briefLine(device: NetworkInterface, what: string): string {
  const { name, kind, peer, up } = device;
  const shown = kind === 'veth' && peer !== undefined ? `${name}@if${peer.index}` : name;
  const state = kind === 'dummy' || kind === 'vxlan' ? 'UNKNOWN' : up ? 'UP' : 'DOWN';
  return `${shown.padEnd(16)} ${state.padEnd(14)} ${what} \n`;
}

/** `ip link show` */
export function ipLink(namespace: NetworkNamespace, which: Shown = {}): string {
  const { brief = false, details = false } = which;
  const devices = shownOf(namespace, which);
  const loopback = withLoopback(which);
  if (brief) {
    const first = loopback ? 'lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n' : '';
    return (
      first + devices.map((device) => briefLine(device, `${macOfInterface(device)} <${flagsOf(device)}>`)).join('')
    );
  }
  const text = devices.map((device) => linkText(device) + (details ? detailsOf(device) : ''));
  return (loopback ? LOOPBACK_LINK : '') + text.join('');
}

/** `ip addr show` */
export function ipAddr(namespace: NetworkNamespace, which: Shown = {}): string {
  const loopback = withLoopback(which);
  const devices = shownOf(namespace, which);
  if (which.brief === true) {
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
export function ipAddrLines(namespace: NetworkNamespace, which: Shown = {}): string {
  const line = (index: number, device: string, address: string, scope: string) =>
    `${index}: ${device}    inet ${address} scope ${scope} ${device}\\       valid_lft forever preferred_lft forever\n`;
  const first = withLoopback(which) ? line(1, 'lo', '127.0.0.1/8', 'host') : '';
  const devices = shownOf(namespace, which).flatMap((device) =>
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

/** Which routes are shown: `ip route show default`, `… dev eth0`, `… proto bird`, `… via 10.0.0.12`, `… table local`. */
export interface ShownRoutes {
  readonly network?: string | undefined;
  readonly device?: string | undefined;
  readonly protocol?: string | undefined;
  readonly via?: string | undefined;
}

/** `ip route show`: the default route first, then by network. A device that was asked for is not said again. */
export function ipRoute({ routes }: NetworkNamespace, { network, device, protocol, via }: ShownRoutes = {}): string {
  const matches = (route: Route) =>
    (network === undefined || routeText(route).replace('blackhole ', '').split(' ')[0] === network) &&
    (device === undefined || route.device === device) &&
    (protocol === undefined || (route.protocol ?? 'boot') === protocol) &&
    (via === undefined || (route.via !== undefined && formatIPv4(route.via) === via));
  return [...routes.routes]
    .filter(matches)
    .sort((a, b) => a.network - b.network || a.bits - b.bits)
    .map((route) => `${device === undefined ? routeText(route) : routeText(route).replace(` dev ${device}`, '')} \n`)
    .join('');
}

/** `ip route show table local`: the namespace's own addresses. */
export function localRoutes(namespace: NetworkNamespace): string {
  const own = [...namespace.interfaces.values()].flatMap((device) =>
    addressesOf(namespace, device).map(({ address }) => ({ address, device: device.name })),
  );
  const lines = own
    .sort((a, b) => a.address - b.address)
    .map(
      ({ address, device }) =>
        `local ${formatIPv4(address)} dev ${device} proto kernel scope host src ${formatIPv4(address)} \n`,
    );
  return `${lines.join('')}local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 \nlocal 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 \n`;
}
