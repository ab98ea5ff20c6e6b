import type { Program } from '../../images/process.ts';
import { applet, ToolError } from '../../images/shell/applets/tool.ts';
import type { NetworkInterface } from '../interface.ts';
import { formatIPv4, macOf } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { stackOf } from '../stack.ts';
import { macOfInterface } from './neighbours.ts';

/** `bridge link`: the ports of bridges. */
function links(namespace: NetworkNamespace, only: string | undefined): string {
  let text = '';
  for (const { name, index, peer, master, mtu, up } of namespace.interfaces.values()) {
    if (master === undefined || (only !== undefined && only !== name)) continue;
    const shown = peer === undefined ? name : `${name}@if${peer.index}`;
    const flags = up ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'BROADCAST,MULTICAST';
    text += `${index}: ${shown}: <${flags}> mtu ${mtu} master ${master.name} state ${up ? 'forwarding' : 'disabled'} priority 32 cost 2 \n`;
  }
  return text;
}

/** Entries of a forwarding database for one interface: hardware address and what follows it. */
function entries(device: NetworkInterface): string[][] {
  const { kind, master, remotes, name, namespace } = device;
  if (kind === 'vxlan')
    return [...(remotes ?? [])].map(([next, machine]) => [
      macOf(next),
      '',
      `dst ${formatIPv4(machine)} self permanent`,
    ]);
  if (kind === 'ethernet') return [['33:33:00:00:00:01', '', 'self permanent']];
  if (kind === 'bridge')
    return [
      ['33:33:00:00:00:01', '', 'self permanent'],
      [macOfInterface(device), '', `master ${name} permanent`],
    ];
  if (master === undefined) return [];
  const found: string[][] = [];
  for (const [, port] of namespace.interfaces.get(master.name)?.ports ?? [])
    if (port === device && port.peer !== undefined)
      found.push([macOfInterface(port.peer), `master ${master.name}`, '']);
  found.push([macOfInterface(device), `master ${master.name}`, 'permanent']);
  return found;
}

/** `bridge fdb show [br BRIDGE] [dev DEVICE]` */
function forwarding(namespace: NetworkNamespace, bridge: string | undefined, only: string | undefined): string {
  let text = '';
  for (const device of namespace.interfaces.values()) {
    if (only !== undefined && only !== device.name) continue;
    if (bridge !== undefined && device.master?.name !== bridge && device.name !== bridge) continue;
    for (const [mac, owner, rest] of entries(device)) {
      const words = [mac, only === undefined ? `dev ${device.name}` : '', owner, rest].filter((word) => word !== '');
      text += `${words.join(' ')} \n`;
    }
  }
  return text;
}

/** `bridge link` and `bridge fdb`, as iproute2 has them. */
export const bridge: Program = applet(({ args, process }) => {
  const { namespace } = stackOf(process.network);
  const [object = '', ...rest] = args.filter((word) => !word.startsWith('-'));
  const after = (word: string) => (rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined);
  for (const name of [after('dev'), after('br')])
    if (name !== undefined && !namespace.interfaces.has(name)) throw new ToolError(`Cannot find device "${name}"`);
  const [verb = 'show'] = rest;
  if (!/^(s|sh|sho|show|list|lst)$/.test(verb))
    throw new ToolError(`sim-core shows links and forwarding databases; it does not ${verb} them`);
  if (object !== '' && 'link'.startsWith(object)) process.stdout.write(links(namespace, after('dev')));
  else if (object !== '' && 'fdb'.startsWith(object))
    process.stdout.write(forwarding(namespace, after('br'), after('dev')));
  else throw new ToolError(`Object "${object}" is unknown, try "bridge help".`);
  return 0;
});
