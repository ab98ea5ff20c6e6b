import type { NetworkNamespace } from '../namespace.ts';
import { Netfilter, type TableName } from '../netfilter/netfilter.ts';
import { ruleText, saveTable } from '../netfilter/save.ts';

/** `iptables-save [-t table]` */
export function iptablesSave({ rules }: NetworkNamespace, table?: TableName): string {
  const netfilter = rules ?? new Netfilter();
  return (table === undefined ? (['filter', 'nat'] as const) : [table])
    .map((name) => saveTable(netfilter, name))
    .join('');
}

/** `iptables -S [chain]`: chains and rules of a table; `undefined` when there is no such chain. */
export function iptablesList(
  { rules }: NetworkNamespace,
  table: TableName,
  chain: string | undefined,
): string | undefined {
  const netfilter = rules ?? new Netfilter();
  const chains = [...netfilter.tables[table].values()].filter(({ name }) => chain === undefined || name === chain);
  if (chains.length === 0) return undefined;
  const heads = chains.map(({ name, policy }) => (policy === undefined ? `-N ${name}` : `-P ${name} ${policy}`));
  const lines = chains.flatMap(({ name, rules: list }) => list.map((rule) => ruleText(name, rule)));
  return `${[...heads, ...lines].join('\n')}\n`;
}
