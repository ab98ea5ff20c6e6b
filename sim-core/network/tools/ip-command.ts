import { fnv32a } from '../../engine/index.ts';
import type { Process } from '../../images/process.ts';
import { formatIPv4, type IPv4, parseIPv4, parsePrefix } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import type { Route } from '../route-table.ts';
import { ipAddr, ipAddrLines, ipLink, ipRoute, localRoutes } from './ip.ts';
import { ipNeigh } from './neighbours.ts';

/** What a command has come to: its output, or its failure. */
export interface IpResult {
  readonly out: string;
  readonly error: string;
  readonly code: number;
}

const out = (text: string): IpResult => ({ out: text, error: '', code: 0 });
const failed = (error: string, code = 1): IpResult => ({ out: '', error, code });
const DONE = out('');
const NOT_PERMITTED = failed('RTNETLINK answers: Operation not permitted', 2);
/** The rules by which a kernel chooses among routing tables, when nobody has changed them. */
const RULES = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n';
const isShow = (verb: string) => /^(s|sh|sho|show|l|ls|li|list)$/.test(verb);

/**
 * `ip address|link|route|neighbour`: shows them; on a machine, root may take routes away and give them back, and take interfaces down and up.
 */
export function ipCommand({ user }: Process, namespace: NetworkNamespace, all: readonly string[]): IpResult {
  const brief = all.some((arg) => arg === '-br' || arg === '-brief');
  if (all.some((arg) => /^-s(tat(istic)?s)?$/.test(arg)))
    return failed('sim-core counts packets of rules, not of interfaces: see `iptables -vnL`, `tcpdump -i`');
  const oneLine = all.some((arg) => arg === '-o' || arg === '-oneline');
  const [object = '', verb = 'show', ...rest] = all.filter((arg) => !arg.startsWith('-'));
  const is = (name: string) => object !== '' && name.startsWith(object);
  const mayChange = user === 0 && namespace === namespace.machine.namespace;
  if (is('route')) {
    if (isShow(verb)) return out(shownRoutes(namespace, rest));
    if (verb === 'get') return routeTo(namespace, rest[0] ?? '', user);
    if (!/^(add|replace|del|delete)$/.test(verb)) return unsupported(object, verb);
    return mayChange ? changeRoute(namespace, verb, rest) : NOT_PERMITTED;
  }
  if (is('link') && verb === 'set') {
    const words = rest.filter((word) => word !== 'dev');
    const device = namespace.interfaces.get(words[0] ?? '');
    if (device === undefined) return failed(`Cannot find device "${words[0] ?? ''}"`);
    if (words[1] !== 'up' && words[1] !== 'down') return unsupported(object, rest.join(' '));
    if (!mayChange) return NOT_PERMITTED;
    device.up = words[1] === 'up';
    return DONE;
  }
  if (!isShow(verb)) return unsupported(object, verb);
  if (is('rule')) return out(RULES);
  if (is('netns')) return out(podNamespaces(namespace));
  const type = rest.includes('type') ? rest[rest.indexOf('type') + 1] : undefined;
  const master = rest.includes('master') ? rest[rest.indexOf('master') + 1] : undefined;
  const name = rest
    .filter((word, index) => !/^(dev|up|type|master)$/.test(word) && !/^(type|master)$/.test(rest[index - 1] ?? ''))
    .at(0);
  if (name !== undefined && name !== 'lo' && !namespace.interfaces.has(name))
    return failed(`Device "${name}" does not exist.`);
  if (is('address'))
    return out(
      oneLine ? ipAddrLines(namespace, { name, type, master }) : ipAddr(namespace, { name, brief, type, master }),
    );
  if (is('link')) {
    const details = all.some((arg) => /^-d(etails)?$/.test(arg));
    const text = ipLink(namespace, { name, brief, details, type, master });
    return out(oneLine ? text.replace(/\n {4}/g, '\\    ') : text);
  }
  if (is('neighbour') || is('neighbor')) return out(ipNeigh(namespace, name));
  return failed(`Object "${object}" is unknown, try "ip help".`);
}

/** `ip netns`: the namespaces of pods, under names such as the container runtime gives them. */
function podNamespaces(namespace: NetworkNamespace): string {
  const pods = [...namespace.interfaces.values()].flatMap(({ peer }) =>
    peer === undefined ? [] : [peer.namespace.name],
  );
  const part = (name: string, seed: number) => fnv32a(name, seed).toString(16).padStart(8, '0');
  return pods
    .map((pod, index) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((seed) => part(pod, seed));
      return `cni-${a}-${b!.slice(0, 4)}-${b!.slice(4)}-${c!.slice(0, 4)}-${c!.slice(4)}${d} (id: ${index})\n`;
    })
    .reverse()
    .join('');
}

/** The routes that the words after `show` choose. */
function shownRoutes(namespace: NetworkNamespace, words: readonly string[]): string {
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  if (after('table') === 'local') return localRoutes(namespace);
  const [first] = words;
  const network = first === undefined || /^(dev|proto|via|table|scope|src)$/.test(first) ? undefined : first;
  return ipRoute(namespace, { network, device: after('dev'), protocol: after('proto'), via: after('via') });
}

function unsupported(object: string, verb: string): IpResult {
  return failed(
    `ip ${object} ${verb}: sim-core shows interfaces and routes, changes routes and takes interfaces up and down; no more`,
  );
}

function routeTo(namespace: NetworkNamespace, text: string, user: number): IpResult {
  const address = parseIPv4(text);
  if (address === undefined) return failed(`Error: any valid prefix is expected rather than "${text}".`);
  const route = namespace.routes.lookup(address);
  if (route === undefined) return failed('RTNETLINK answers: Network is unreachable', 2);
  const via = route.via === undefined ? '' : ` via ${formatIPv4(route.via)}`;
  const source = formatIPv4(namespace.sourceFor(address) ?? 0);
  return out(`${formatIPv4(address)}${via} dev ${route.device} src ${source} uid ${user} \n    cache \n`);
}

/** The words after `add` or `del`: a network, then `via`, `dev`, `src` with their values. */
function changeRoute(namespace: NetworkNamespace, verb: string, [target = '', ...words]: readonly string[]): IpResult {
  const kind = target === 'blackhole' ? 'blackhole' : undefined;
  const to = kind === undefined ? target : (words[0] ?? '');
  const network = to === 'default' ? { network: 0, bits: 0 } : parsePrefix(to.includes('/') ? to : `${to}/32`);
  if (network === undefined) return failed(`Error: any valid prefix is expected rather than "${to}".`);
  const { routes } = namespace;
  const { network: address, bits } = network;
  const known = routes.routes.some((route) => route.network === address && route.bits === bits);
  if (verb === 'del' || verb === 'delete')
    return routes.delete(address, bits) ? DONE : failed('RTNETLINK answers: No such process', 2);
  if (verb === 'add' && known) return failed('RTNETLINK answers: File exists', 2);
  const value = (name: string) => {
    const at = words.indexOf(name);
    return at < 0 ? undefined : words[at + 1];
  };
  const via = value('via') === undefined ? undefined : parseIPv4(value('via')!);
  if (value('via') !== undefined && via === undefined)
    return failed(`Error: any valid address is expected rather than "${value('via')}".`);
  const device = value('dev') ?? (via === undefined ? undefined : onLink(namespace, via));
  if (kind === undefined) {
    if (device === undefined)
      return via === undefined
        ? failed('RTNETLINK answers: No such device', 2)
        : failed('Error: Nexthop has invalid gateway.', 2);
    if (!namespace.interfaces.has(device)) return failed(`Cannot find device "${device}"`);
  }
  const route: Route = {
    network: address,
    bits,
    device: device ?? 'lo',
    ...(kind === undefined ? {} : { kind }),
    ...(via === undefined ? {} : { via }),
  };
  routes.replace(route);
  return DONE;
}

/** The interface by whose link a next hop is reached. */
function onLink({ routes }: NetworkNamespace, via: IPv4): string | undefined {
  const route = routes.lookup(via);
  return route?.via === undefined ? route?.device : undefined;
}
