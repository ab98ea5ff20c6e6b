import type { Value } from './parser.ts';
import type { Result } from './session.ts';

const text = (value: Value) => (value === null ? 'NULL' : String(value));

/** Width of a text in columns of a terminal, Korean letters being two wide. */
function width(line: string): number {
  let columns = 0;
  for (const character of line) columns += character.codePointAt(0)! >= 0x1100 ? 2 : 1;
  return columns;
}

const fill = (line: string, to: number) => line + ' '.repeat(Math.max(0, to - width(line)));

/** A result as the mysql client frames it at a terminal. */
export function mysqlTable({ columns = [], rows = [] }: Result): string {
  if (rows.length === 0) return '';
  const lines = [columns, ...rows.map((row) => row.map(text))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => width(line[index] ?? ''))));
  const rule = `+${widths.map((size) => '-'.repeat(size + 2)).join('+')}+\n`;
  const shown = lines.map((line) => `| ${widths.map((size, index) => fill(line[index] ?? '', size)).join(' | ')} |\n`);
  return `${rule}${shown[0]}${rule}${shown.slice(1).join('')}${rule}`;
}

/** The same in batch mode: tabs, no frame. */
export function mysqlBatch({ columns = [], rows = [] }: Result, header: boolean): string {
  if (rows.length === 0) return '';
  const lines = rows.map((row) => row.map(text).join('\t'));
  return `${(header ? [columns.join('\t'), ...lines] : lines).join('\n')}\n`;
}

/** A result as psql aligns it. */
export function psqlTable({ columns = [], rows = [] }: Result): string {
  const shown = (value: Value) => (value === null ? '' : String(value));
  const widths = columns.map((name, index) =>
    Math.max(width(name), ...rows.map((row) => width(shown(row[index] ?? null)))),
  );
  const centred = (name: string, size: number) => {
    const left = Math.floor((size - width(name)) / 2);
    return fill(' '.repeat(left) + name, size);
  };
  const head = columns.map((name, index) => ` ${centred(name, widths[index]!)} `).join('|');
  const rule = widths.map((size) => '-'.repeat(size + 2)).join('+');
  const lines = rows.map((row) =>
    row
      .map((value, index) => {
        const size = widths[index]!;
        const own = shown(value);
        return typeof value === 'number' ? ` ${' '.repeat(size - width(own))}${own} ` : ` ${fill(own, size)} `;
      })
      .join('|')
      .trimEnd(),
  );
  return `${head.trimEnd()}\n${rule}\n${lines.map((line) => `${line}\n`).join('')}(${rows.length} row${rows.length === 1 ? '' : 's'})\n\n`;
}

/** psql -At: unaligned, tuples only. */
export function psqlPlain({ rows = [] }: Result): string {
  return rows.map((row) => `${row.map((value) => (value === null ? '' : String(value))).join('|')}\n`).join('');
}
