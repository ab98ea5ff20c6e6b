import { prefix } from '../ipv4.ts';
import type { Hook, Netfilter, TableName } from '../netfilter/netfilter.ts';
import { type Match, Rule } from '../netfilter/rule.ts';
import { MARK_MASQ } from './iptables-rules.ts';

/** Bit 14 of the mark: to be masqueraded (--iptables-masquerade-bit). */
const MASQUERADE = { value: 0x4000, mask: 0x4000 };
const NEW: Match = { state: ['NEW'] };

const JUMPS: readonly { table: TableName; hook: Hook; chain: string; match: Match }[] = [
  { table: 'filter', hook: 'INPUT', chain: 'KUBE-FIREWALL', match: {} },
  {
    table: 'filter',
    hook: 'INPUT',
    chain: 'KUBE-EXTERNAL-SERVICES',
    match: { ...NEW, comment: 'kubernetes externally-visible service portals' },
  },
  {
    table: 'filter',
    hook: 'INPUT',
    chain: 'KUBE-NODEPORTS',
    match: { comment: 'kubernetes health check service ports' },
  },
  {
    table: 'filter',
    hook: 'INPUT',
    chain: 'KUBE-PROXY-FIREWALL',
    match: { ...NEW, comment: 'kubernetes load balancer firewall' },
  },
  {
    table: 'filter',
    hook: 'FORWARD',
    chain: 'KUBE-EXTERNAL-SERVICES',
    match: { ...NEW, comment: 'kubernetes externally-visible service portals' },
  },
  {
    table: 'filter',
    hook: 'FORWARD',
    chain: 'KUBE-SERVICES',
    match: { ...NEW, comment: 'kubernetes service portals' },
  },
  { table: 'filter', hook: 'FORWARD', chain: 'KUBE-FORWARD', match: { comment: 'kubernetes forwarding rules' } },
  {
    table: 'filter',
    hook: 'FORWARD',
    chain: 'KUBE-PROXY-FIREWALL',
    match: { ...NEW, comment: 'kubernetes load balancer firewall' },
  },
  { table: 'filter', hook: 'OUTPUT', chain: 'KUBE-FIREWALL', match: {} },
  { table: 'filter', hook: 'OUTPUT', chain: 'KUBE-SERVICES', match: { ...NEW, comment: 'kubernetes service portals' } },
  {
    table: 'filter',
    hook: 'OUTPUT',
    chain: 'KUBE-PROXY-FIREWALL',
    match: { ...NEW, comment: 'kubernetes load balancer firewall' },
  },
  { table: 'nat', hook: 'OUTPUT', chain: 'KUBE-SERVICES', match: { comment: 'kubernetes service portals' } },
  { table: 'nat', hook: 'PREROUTING', chain: 'KUBE-SERVICES', match: { comment: 'kubernetes service portals' } },
  { table: 'nat', hook: 'POSTROUTING', chain: 'KUBE-POSTROUTING', match: { comment: 'kubernetes postrouting rules' } },
];

/** Shared by all nodes: the rules that do not depend on Services. */
const FIXED: readonly { table: TableName; chain: string; rules: readonly Rule[] }[] = [
  {
    table: 'filter',
    chain: 'KUBE-FIREWALL',
    rules: [
      new Rule(
        {
          source: prefix('127.0.0.0/8'),
          notSource: true,
          destination: prefix('127.0.0.0/8'),
          comment: 'block incoming localnet connections',
          state: ['RELATED', 'ESTABLISHED', 'DNAT'],
          notState: true,
        },
        { kind: 'drop' },
      ),
    ],
  },
  {
    table: 'filter',
    chain: 'KUBE-FORWARD',
    rules: [
      new Rule({ state: ['INVALID'] }, { kind: 'drop' }),
      new Rule({ mark: MASQUERADE, comment: 'kubernetes forwarding rules' }, { kind: 'accept' }),
      new Rule(
        { state: ['RELATED', 'ESTABLISHED'], comment: 'kubernetes forwarding conntrack rule' },
        { kind: 'accept' },
      ),
    ],
  },
  {
    table: 'nat',
    chain: MARK_MASQ,
    rules: [new Rule({}, { kind: 'mark', ...MASQUERADE })],
  },
  {
    table: 'nat',
    chain: 'KUBE-POSTROUTING',
    rules: [
      new Rule({ mark: { ...MASQUERADE, not: true } }, { kind: 'return' }),
      // Cleared again, lest the packet be masqueraded a second time on its way.
      new Rule({}, { kind: 'mark', value: 0x4000, mask: 0 }),
      new Rule({ comment: 'kubernetes service traffic requiring SNAT' }, { kind: 'masquerade' }),
    ],
  },
];

/** The last rule of nat KUBE-SERVICES. */
export const NODE_PORTS_RULE = new Rule(
  {
    destinationLocal: true,
    comment: 'kubernetes service nodeports; NOTE: this must be the last rule in this chain',
  },
  { kind: 'jump', chain: 'KUBE-NODEPORTS' },
);

/** Makes the chains that all rules of kube-proxy hang on, each jump at the head of its hook, as iptables -I does. */
export function ensureBaseRules(netfilter: Netfilter): void {
  for (const { table, hook, chain, match } of JUMPS) {
    netfilter.chain(table, chain);
    const { rules } = netfilter.chain(table, hook);
    if (!rules.some(({ target }) => target.kind === 'jump' && target.chain === chain)) {
      netfilter.chain(table, hook).prepend(new Rule(match, { kind: 'jump', chain }));
    }
  }
  for (const { table, chain, rules } of FIXED) netfilter.chain(table, chain).rules = rules;
}
