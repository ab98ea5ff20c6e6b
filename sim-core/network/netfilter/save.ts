import { formatIPv4, formatPrefix } from '../ipv4.ts';
import { PROTOCOL_NAMES } from '../packet.ts';
import type { Chain } from './chain.ts';
import { type Netfilter, quantised, type TableName } from './netfilter.ts';
import type { Match, Rule, Target } from './rule.ts';

const hex = (value: number) => `0x${value.toString(16)}`;

/** xtables quotes a value unless it is made of letters, digits, `_` and `-`. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : `"${text.replace(/[\\"']/g, '\\$&')}"`;
}

function matchWords(match: Match): string[] {
  const words: string[] = [];
  const not = (yes: boolean | undefined) => (yes === true ? ['!'] : []);
  const { protocol, destinationPort: port, mark, recent, set } = match;
  if (match.source !== undefined) words.push(...not(match.notSource), '-s', formatPrefix(match.source));
  if (match.destination !== undefined) words.push(...not(match.notDestination), '-d', formatPrefix(match.destination));
  if (match.inInterface !== undefined) words.push('-i', match.inInterface);
  if (match.outInterface !== undefined) words.push('-o', match.outInterface);
  if (protocol !== undefined) words.push('-p', PROTOCOL_NAMES[protocol]);
  if (match.state !== undefined) {
    words.push('-m', 'conntrack', ...not(match.notState), '--ctstate', match.state.join(','));
  }
  if (match.comment !== undefined) words.push('-m', 'comment', '--comment', quoted(match.comment));
  if (match.sourceLocal !== undefined) words.push('-m', 'addrtype', ...not(!match.sourceLocal), '--src-type', 'LOCAL');
  if (match.destinationLocal !== undefined) {
    words.push('-m', 'addrtype', ...not(!match.destinationLocal), '--dst-type', 'LOCAL');
  }
  if (set !== undefined) words.push('-m', 'set', ...not(set.not), '--match-set', set.name, set.by);
  if (mark !== undefined) words.push('-m', 'mark', ...not(mark.not), '--mark', `${hex(mark.value)}/${hex(mark.mask)}`);
  if (match.probability !== undefined) {
    const share = (quantised(match.probability) / 0x8000_0000).toFixed(11);
    words.push('-m', 'statistic', '--mode', 'random', '--probability', share);
  }
  const tail = ['--mask', '255.255.255.255', '--rsource'];
  if (recent !== undefined) {
    const seconds = String(recent.seconds);
    words.push('-m', 'recent', '--rcheck', '--seconds', seconds, '--reap', '--name', recent.name, ...tail);
  }
  if (match.remember !== undefined) words.push('-m', 'recent', '--set', '--name', match.remember, ...tail);
  if (protocol !== undefined && port !== undefined) {
    words.push('-m', PROTOCOL_NAMES[protocol], '--dport', typeof port === 'number' ? String(port) : port.join(':'));
  }
  return words;
}

function targetWords(target: Target, protocol: Match['protocol'], hasPort: boolean): string[] {
  switch (target.kind) {
    case 'jump':
      return ['-j', target.chain];
    case 'accept':
      return ['-j', 'ACCEPT'];
    case 'drop':
      return ['-j', 'DROP'];
    case 'return':
      return ['-j', 'RETURN'];
    case 'reject':
      return ['-j', 'REJECT', '--reject-with', 'icmp-port-unreachable'];
    case 'mark':
      return ['-j', 'MARK', '--set-xmark', `${hex(target.value)}/${hex(target.mask)}`];
    case 'dnat': {
      const to = target.port === undefined ? '' : `:${target.port}`;
      const module = protocol === undefined || hasPort ? [] : ['-m', PROTOCOL_NAMES[protocol]];
      return [...module, '-j', 'DNAT', '--to-destination', `${formatIPv4(target.address)}${to}`];
    }
    case 'masquerade':
      return ['-j', 'MASQUERADE', '--random-fully'];
  }
}

/** Texts of rules that packets have met: each is asked for again with every journey that is written down. */
const texts = new WeakMap<Rule, { readonly chain: string; readonly text: string }>();

/** A rule as `iptables-save` prints it, from what is remembered of it. */
export function rememberedRuleText(chain: string, rule: Rule): string {
  let known = texts.get(rule);
  if (known?.chain !== chain) {
    known = { chain, text: ruleText(chain, rule) };
    texts.set(rule, known);
  }
  return known.text;
}

/** A rule as `iptables-save` prints it. */
export function ruleText(chain: string, rule: Rule): string {
  const { match, target } = rule;
  const words = targetWords(target, match.protocol, match.destinationPort !== undefined);
  return ['-A', chain, ...matchWords(match), ...words].join(' ');
}

/** The chains of a table as iptables lists them: built-in ones first, the others by name. */
export function chainsOf(netfilter: Netfilter, name: TableName): Chain[] {
  const chains = [...netfilter.tables[name].values()];
  const own = chains.filter(({ policy }) => policy === undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...chains.filter(({ policy }) => policy !== undefined), ...own];
}

/** A table as `iptables-save -t` prints it, without its comment lines; with `counters`, what each rule has met before it (`-c`). */
export function saveTable(netfilter: Netfilter, name: TableName, counters = false): string {
  const ordered = chainsOf(netfilter, name);
  const count = (met: Rule | Chain) => {
    const { packets, bytes } = netfilter.countOf(met);
    return `[${packets}:${bytes}]`;
  };
  const lines = [`*${name}`, ...ordered.map((chain) => `:${chain.name} ${chain.policy ?? '-'} ${count(chain)}`)];
  for (const chain of ordered) {
    for (const rule of chain.rules) lines.push(`${counters ? `${count(rule)} ` : ''}${ruleText(chain.name, rule)}`);
  }
  return `${[...lines, 'COMMIT'].join('\n')}\n`;
}
