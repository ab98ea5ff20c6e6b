import type { ApiObject } from '../api.ts';
import type { Context } from '../command.ts';
import { DESCRIBE_TABS, TabWriter } from '../printers/tabwriter.ts';

/** Lines of a description: a level is two spaces, cells are parted by tabs and aligned when flushed. */
export class DescriptionWriter {
  readonly #tabs = new TabWriter(DESCRIBE_TABS);
  readonly #aligned: boolean;
  #out = '';

  /** Without alignment tabs stay tabs, as `rollout` prints a template. */
  constructor({ aligned = true }: { readonly aligned?: boolean } = {}) {
    this.#aligned = aligned;
  }

  /** Writes text as it is, indented by a level. */
  write(level: number, text: string): void {
    const line = '  '.repeat(level) + text;
    if (this.#aligned) this.#tabs.write(line);
    else this.#out += line;
  }

  /** A line of cells. */
  line(level: number, ...cells: readonly string[]): void {
    this.write(level, `${cells.join('\t')}\n`);
  }

  /** What follows is aligned on its own. */
  flush(): void {
    this.#out += this.#tabs.flush();
  }

  text(): string {
    this.flush();
    return this.#out;
  }
}

export interface DescribeContext {
  readonly context: Context;
  readonly showEvents: boolean;
  readonly now: number;
}

/** Describes one object; the writer's text is printed. */
export type Describer = (writer: DescriptionWriter, object: ApiObject, describe: DescribeContext) => Promise<void>;

export type Json = Record<string, unknown>;

/** The value at a path of keys, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Json)[key];
  }
  return current;
}

/** The list at a path; empty where there is none. */
export function list<T = Json>(value: unknown, ...path: readonly string[]): T[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as T[]) : [];
}

/** The text at a path; empty where there is none. */
export function text(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return found === undefined || found === null ? '' : String(found);
}

/** A number at a path; 0 where there is none. */
export function number(value: unknown, ...path: readonly string[]): number {
  return Number(at(value, ...path) ?? 0);
}

/** True and False as kubectl spells them. */
export function printBool(value: unknown): string {
  return value === true ? 'True' : 'False';
}
