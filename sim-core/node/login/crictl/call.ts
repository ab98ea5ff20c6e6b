import { stringify } from 'yaml';
import type { Coroutine, Micros } from '../../../engine/index.ts';
import type { Tool } from '../../../images/shell/applets/tool.ts';
import type { NodeMachine } from '../../node.ts';
import type { RuntimeContainer } from '../../runtime/container.ts';
import type { Sandbox } from '../../runtime/sandbox.ts';

/** What ends crictl: logrus writes it as `FATA[0000] …`, and the exit code is 1. */
export class Fatal extends Error {
  override readonly name = 'Fatal';
}

/** A subcommand. Answers the exit code. */
export interface Command {
  /** What it is for, in one line of the help. */
  readonly usage: string;
  /** Flags that take a value, with all their names. */
  readonly valued?: string;
  run(call: Call): Coroutine<number>;
}

/** One command line: its options and what it asks of the node. */
export class Call {
  readonly tool: Tool;
  readonly node: NodeMachine;
  readonly operands: string[] = [];
  private readonly options = new Map<string, string>();

  /** Flags come before the operands; what follows the first operand is left as it is. */
  constructor(tool: Tool, node: NodeMachine, valued: string, words: readonly string[]) {
    this.tool = tool;
    this.node = node;
    const takes = new Set(valued.split(' '));
    for (let index = 0; index < words.length; index++) {
      const word = words[index]!;
      if (!word.startsWith('-') || word === '-') {
        this.operands.push(...words.slice(index));
        break;
      }
      const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word)!;
      if (value !== undefined) this.options.set(name, value);
      else if (takes.has(name)) this.options.set(name, words[++index] ?? '');
      else if (/^-[a-z]{2,}$/.test(word)) for (const letter of name) this.options.set(letter, '');
      else this.options.set(name, '');
    }
  }

  get now(): Micros {
    return this.tool.process.now();
  }

  option(...names: string[]): string | undefined {
    for (const name of names) if (this.options.has(name)) return this.options.get(name);
    return undefined;
  }

  has(...names: string[]): boolean {
    return this.option(...names) !== undefined;
  }

  /** Names match as regular expressions, as Go compiles them. */
  matches(flag: string, name: string): boolean {
    const pattern = this.option(flag);
    if (pattern === undefined || pattern === '') return true;
    try {
      return new RegExp(pattern).test(name);
    } catch {
      return name.includes(pattern);
    }
  }

  /** Prints an answer as `-o json` or `-o yaml` asks for; answers whether they did. */
  structured(answer: () => object): boolean {
    const output = this.option('o', 'output') ?? 'table';
    if (output === 'json') this.json(answer());
    else if (output === 'yaml') this.tool.out(stringify(answer()));
    else if (output !== 'table') throw new Fatal(`unsupported output format ${JSON.stringify(output)}`);
    return output !== 'table';
  }

  json(answer: object): void {
    this.tool.out(`${JSON.stringify(answer, null, 2)}\n`);
  }

  /** Prints a table, or the IDs alone with `-q`. */
  table(ids: readonly string[], head: readonly string[], rows: readonly (readonly string[])[]): void {
    if (this.has('q', 'quiet')) for (const id of ids) this.tool.out(`${id}\n`);
    else this.tool.out(table([head, ...rows]));
  }

  /** An ID as tables show it. */
  short(id: string): string {
    const bare = id.replace(/^sha256:/, '');
    return this.has('no-trunc') ? id : bare.slice(0, 13);
  }

  /** The container that an ID's beginning means. */
  container(word: string | undefined): RuntimeContainer {
    if (word === undefined || word === '') throw new Fatal('ID cannot be empty');
    const found = this.node.runtime.all().filter(({ id }) => id.startsWith(word));
    if (found.length !== 1)
      throw new Fatal(
        `rpc error: code = NotFound desc = an error occurred when try to find container "${word}": not found`,
      );
    return found[0]!;
  }

  sandbox(word: string | undefined): Sandbox {
    if (word === undefined || word === '') throw new Fatal('ID cannot be empty');
    const found = this.node.runtime.allSandboxes().filter(({ id }) => id.startsWith(word));
    if (found.length !== 1)
      throw new Fatal('rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found');
    return found[0]!;
  }
}

/** Columns as Go's tabwriter sets them for crictl: 20 wide at least, three blanks between; the last one as wide as it is. */
function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 20, cell.length + 3);
  return rows
    .map((row) => `${row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!))).join('')}\n`)
    .join('');
}
