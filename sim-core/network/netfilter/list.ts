import { formatIPv4, formatPrefix, type Prefix } from '../ipv4.ts';
import { PROTOCOL_NAMES } from '../packet.ts';
import type { Chain } from './chain.ts';
import { type Netfilter, quantised, type TableName } from './netfilter.ts';
import type { Match, Rule, Target } from './rule.ts';
import { chainsOf } from './save.ts';

export interface ListOptions {
  /** `-v`: interfaces, and what each rule has met. */
  readonly verbose: boolean;
  /** `-n`: addresses as numbers. */
  readonly numeric: boolean;
  /** `-x`: counters in full, not rounded to K and M. */
  readonly exact: boolean;
  /** `--line-numbers` */
  readonly numbers: boolean;
}

const hex = (value: number) => `0x${value.toString(16)}`;

function matchText(match: Match): string[] {
  const words: string[] = [];
  const { protocol, destinationPort: port, mark, recent, set } = match;
  if (match.state !== undefined) words.push(`${match.notState ? '! ' : ''}ctstate ${match.state.join(',')}`);
  if (match.comment !== undefined) words.push(`/* ${match.comment} */`);
  if (match.sourceLocal !== undefined) words.push(`ADDRTYPE match src-type ${match.sourceLocal ? '' : '!'}LOCAL`);
  if (match.destinationLocal !== undefined)
    words.push(`ADDRTYPE match dst-type ${match.destinationLocal ? '' : '!'}LOCAL`);
  if (set !== undefined) words.push(`${set.not ? '! ' : ''}match-set ${set.name} ${set.by}`);
  if (mark !== undefined) words.push(`mark match ${mark.not ? '! ' : ''}${hex(mark.value)}/${hex(mark.mask)}`);
  if (match.probability !== undefined)
    words.push(`statistic mode random probability ${(quantised(match.probability) / 0x8000_0000).toFixed(11)}`);
  const side = 'side: source mask: 255.255.255.255';
  if (recent !== undefined) words.push(`recent: CHECK seconds: ${recent.seconds} reap name: ${recent.name} ${side}`);
  if (match.remember !== undefined) words.push(`recent: SET name: ${match.remember} ${side}`);
  if (protocol !== undefined && port !== undefined) {
    const ports = typeof port === 'number' ? `dpt:${port}` : `dpts:${port.join(':')}`;
    words.push(`${PROTOCOL_NAMES[protocol]} ${ports}`);
  }
  return words;
}

/** Name of a rule's target, and what is said of it at the end of the line. */
function targetText(target: Target): readonly [string, string] {
  switch (target.kind) {
    case 'jump':
      return [target.chain, ''];
    case 'mark': {
      const { value, mask } = target;
      if (value === 0) return ['MARK', `MARK and ${hex(~mask >>> 0)}`];
      return ['MARK', value === mask ? `MARK or ${hex(value)}` : `MARK xset ${hex(value)}/${hex(mask)}`];
    }
    case 'dnat':
      return ['DNAT', `to:${formatIPv4(target.address)}${target.port === undefined ? '' : `:${target.port}`}`];
    case 'masquerade':
      return ['MASQUERADE', 'random-fully'];
    case 'reject':
      return ['REJECT', 'reject-with icmp-port-unreachable'];
    default:
      return [target.kind.toUpperCase(), ''];
  }
}

/** A network with `!` before it where a rule asks for all others. */
function networkText(network: Prefix | undefined, not: boolean | undefined, numeric: boolean): string {
  const everything = network === undefined || network.bits === 0;
  const text = everything ? (numeric ? '0.0.0.0/0' : 'anywhere') : formatPrefix(network).replace(/\/32$/, '');
  return `${not === true ? '!' : ' '}${text.padEnd(19)} `;
}

/** A counter in five columns: from 100000 on in thousands, then millions. */
function counter(value: number, exact: boolean): string {
  if (exact) return `${String(value).padStart(8)} `;
  if (value <= 99_999) return `${String(value).padStart(5)} `;
  const thousands = Math.round(value / 1000);
  return thousands <= 9999
    ? `${String(thousands).padStart(4)}K `
    : `${String(Math.round(thousands / 1000)).padStart(4)}M `;
}

function ruleLine(netfilter: Netfilter, rule: Rule, { verbose, numeric, exact }: ListOptions): string {
  const { match, target } = rule;
  const [name, about] = targetText(target);
  const { packets, bytes } = netfilter.countOf(rule);
  const met = verbose ? counter(packets, exact) + counter(bytes, exact) : '';
  const ways = verbose ? ` ${(match.inInterface ?? '*').padEnd(6)} ${(match.outInterface ?? '*').padEnd(6)} ` : '';
  const protocol = match.protocol === undefined ? 'all' : PROTOCOL_NAMES[match.protocol];
  const from = networkText(match.source, match.notSource, numeric);
  const to = networkText(match.destination, match.notDestination, numeric);
  const rest = [...matchText(match), ...(about === '' ? [] : [about])].join(' ');
  return `${met}${name.padEnd(9)}  ${protocol.padEnd(4)} -- ${ways}${from}${to}${rest === '' ? '' : ` ${rest}`}\n`;
}

function listChain(netfilter: Netfilter, table: TableName, chain: Chain, options: ListOptions): string {
  const { verbose, exact, numbers } = options;
  const { packets, bytes } = netfilter.countOf(chain);
  const short = (value: number) => counter(value, exact).trim();
  const met = verbose ? ` ${short(packets)} packets, ${short(bytes)} bytes` : '';
  const callers = [...netfilter.tables[table].values()]
    .flatMap(({ rules }) => rules)
    .filter(({ target }) => target.kind === 'jump' && target.chain === chain.name).length;
  const about = chain.policy === undefined ? `${callers} references` : `policy ${chain.policy}${met}`;
  const counts = verbose ? (exact ? '    pkts      bytes ' : ' pkts bytes ') : '';
  const ways = verbose ? ' in     out    ' : '';
  const head = `Chain ${chain.name} (${about})\n${numbers ? 'num  ' : ''}${counts}target     prot opt${ways} source               destination         \n`;
  const lines = chain.rules.map(
    (rule, index) => `${numbers ? `${index + 1}`.padEnd(5) : ''}${ruleLine(netfilter, rule, options)}`,
  );
  return head + lines.join('');
}

/** `iptables -t TABLE -L [CHAIN]`; `undefined` when there is no such chain. */
export function listTable(
  netfilter: Netfilter,
  table: TableName,
  name: string | undefined,
  options: ListOptions,
): string | undefined {
  const chains = chainsOf(netfilter, table).filter((chain) => name === undefined || chain.name === name);
  if (chains.length === 0) return undefined;
  return chains.map((chain) => listChain(netfilter, table, chain, options)).join('\n');
}
