/** Columns aligned by elastic tab stops: Go's text/tabwriter with spaces as padding. */
export interface TabOptions {
  readonly minWidth: number;
  readonly padding: number;
  /** Columns never get narrower than in earlier flushes (kubectl's fork of the tabwriter). */
  readonly rememberWidths?: boolean;
}

/** `kubectl get`: at least 6 wide, 3 spaces between. */
export const TABLE_TABS: TabOptions = { minWidth: 6, padding: 3, rememberWidths: true };
/** `kubectl describe`: 2 spaces between. */
export const DESCRIBE_TABS: TabOptions = { minWidth: 0, padding: 2 };

function width(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

export class TabWriter {
  readonly #options: TabOptions;
  readonly #maxWidths: number[] = [];
  #text = '';

  constructor(options: TabOptions) {
    this.#options = options;
  }

  write(text: string): void {
    this.#text += text;
  }

  /** Formats what was written since the last flush. */
  flush(): string {
    const text = this.#text;
    this.#text = '';
    if (text === '') return '';
    const endsWithBreak = text.endsWith('\n');
    const lines = (endsWithBreak ? text.slice(0, -1) : text).split(/[\n\f]/).map((line) => line.split('\t'));
    const out: string[] = [];
    this.#format(lines, 0, lines.length, [], out);
    return out.join('\n') + (endsWithBreak ? '\n' : '');
  }

  #format(lines: readonly string[][], from: number, to: number, widths: readonly number[], out: string[]): void {
    const column = widths.length;
    let start = from;
    for (let at = from; at < to; at++) {
      if (column >= lines[at]!.length - 1) continue;
      this.#print(lines, start, at, widths, out);
      start = at;
      let cell = this.#options.minWidth;
      for (; at < to && column < lines[at]!.length - 1; at++) {
        const needed = width(lines[at]![column]!) + this.#options.padding;
        if (needed > cell) cell = needed;
      }
      if (this.#options.rememberWidths === true) {
        const remembered = this.#maxWidths[column] ?? 0;
        if (remembered > cell) cell = remembered;
        else this.#maxWidths[column] = cell;
      }
      this.#format(lines, start, at, [...widths, cell], out);
      start = at;
      at--;
    }
    this.#print(lines, start, to, widths, out);
  }

  #print(lines: readonly string[][], from: number, to: number, widths: readonly number[], out: string[]): void {
    for (let i = from; i < to; i++) {
      let line = '';
      lines[i]!.forEach((cell, column) => {
        line += cell;
        const stop = widths[column];
        if (stop !== undefined) line += ' '.repeat(Math.max(0, stop - width(cell)));
      });
      out.push(line);
    }
  }
}
