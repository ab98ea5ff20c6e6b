import { Directory, SpecialFile } from '../../images/file-node.ts';
import type { NetworkInterface } from '../interface.ts';
import { ProcessStack } from '../stack.ts';
import { stateOf } from './ip.ts';
import { macOfInterface } from './neighbours.ts';

/** The numbers of the flags that `ip link` shows (net_device_flags): UP, BROADCAST, NOARP, MULTICAST. */
const UP = 0x1;
const BROADCAST = 0x2;
const NOARP = 0x80;
const MULTICAST = 0x1000;

/** What a file of an interface says; the kernel's names. */
function facts(device: NetworkInterface): Readonly<Record<string, string | number>> {
  const { kind, index, mtu, up, peer } = device;
  const tunnel = kind === 'ipip';
  const flags = tunnel ? NOARP : BROADCAST | MULTICAST | (kind === 'dummy' ? NOARP : 0);
  return {
    address: tunnel ? '0.0.0.0' : macOfInterface(device),
    broadcast: tunnel ? '0.0.0.0' : 'ff:ff:ff:ff:ff:ff',
    carrier: up ? 1 : 0,
    flags: `0x${(flags | (up ? UP : 0)).toString(16)}`,
    ifindex: index,
    iflink: kind === 'veth' && peer !== undefined ? peer.index : index,
    mtu,
    operstate: stateOf(device).toLowerCase(),
    ...(kind === 'veth' ? { duplex: 'full', speed: 10_000 } : {}),
    tx_queue_len: 1000,
    type: tunnel ? 768 : 1,
  };
}

const LOOPBACK: ReturnType<typeof facts> = {
  address: '00:00:00:00:00:00',
  broadcast: '00:00:00:00:00:00',
  carrier: 1,
  flags: '0x9',
  ifindex: 1,
  iflink: 1,
  mtu: 65_536,
  operstate: 'unknown',
  tx_queue_len: 1000,
  type: 772,
};

/** `/sys/class/net` of a network namespace, as it is now: a directory for each interface. */
export function classNetDirectory(stack: unknown): Directory {
  const top = new Directory(new Map(), { mode: 0o555 });
  if (!(stack instanceof ProcessStack)) return top;
  const add = (name: string, files: ReturnType<typeof facts>) => {
    for (const [file, value] of Object.entries(files))
      top.put(`${name}/${file}`, new SpecialFile('file', () => `${value}\n`));
  };
  for (const device of stack.namespace.interfaces.values()) add(device.name, facts(device));
  add('lo', LOOPBACK);
  return top;
}
