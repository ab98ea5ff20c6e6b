import type { NetworkNamespace } from '../namespace.ts';
import { type ListOptions, listTable } from '../netfilter/list.ts';
import { Netfilter, type TableName } from '../netfilter/netfilter.ts';
import { ruleText, saveTable } from '../netfilter/save.ts';

/** `iptables-save [-c] [-t table]` */
export function iptablesSave({ rules }: NetworkNamespace, table?: TableName, counters = false): string {
  const netfilter = rules ?? new Netfilter();
  return (table === undefined ? (['filter', 'nat'] as const) : [table])
    .map((name) => saveTable(netfilter, name, counters))
    .join('');
}

/** Options of `iptables` that this one reads: `-t nat -nvL CHAIN --line-numbers`, in any order and spelling. */
export interface IptablesWords {
  readonly table: string;
  readonly action: 'list' | 'specification' | 'other' | undefined;
  readonly chain: string | undefined;
  readonly options: ListOptions;
  /** The first word that asks for something else. */
  readonly unknown: string | undefined;
}

const LONG: Readonly<Record<string, string>> = {
  '--list': '-L',
  '--list-rules': '-S',
  '--numeric': '-n',
  '--verbose': '-v',
  '--exact': '-x',
  '--line-numbers': '-#',
  '--table': '-t',
  '--wait': '-w',
};

export function iptablesWords(args: readonly string[]): IptablesWords {
  const options = { verbose: false, numeric: false, exact: false, numbers: false };
  let table = 'filter';
  let action: IptablesWords['action'];
  let chain: string | undefined;
  let unknown: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const [long = '', value] = args[index]!.split('=', 2);
    const word = Object.hasOwn(LONG, long) ? LONG[long]! : args[index]!;
    if (!word.startsWith('-')) {
      if (action !== undefined && chain === undefined) chain = word;
      else unknown ??= word;
      continue;
    }
    for (const letter of word.slice(1)) {
      if (letter === 't') table = value ?? args[++index] ?? '';
      else if (letter === 'L') action = 'list';
      else if (letter === 'S') action = 'specification';
      else if (letter === 'v') options.verbose = true;
      else if (letter === 'n') options.numeric = true;
      else if (letter === 'x') options.exact = true;
      else if (letter === '#') options.numbers = true;
      else if (letter !== 'w') unknown ??= args[index];
    }
  }
  return { table, action: unknown === undefined ? action : (action ?? 'other'), chain, options, unknown };
}

/** `iptables -L [chain]`; `undefined` when there is no such chain. */
export function iptablesTable(
  { rules }: NetworkNamespace,
  table: TableName,
  chain: string | undefined,
  options: ListOptions,
): string | undefined {
  return listTable(rules ?? new Netfilter(), table, chain, options);
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
