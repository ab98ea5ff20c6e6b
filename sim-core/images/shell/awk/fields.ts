import { posixRegex } from '../applets/regex.ts';
import { looksNumeric, type Value } from './values.ts';

/** A field beyond this is not made. */
const MOST_FIELDS = 10_000;

/** The line that a program looks at, with its fields: `$0`, `$1`, `$2`, … */
export class Fields {
  private values: string[] = [''];

  /** `NF`. */
  get count(): number {
    return this.values.length - 1;
  }

  /** `$0`. */
  get line(): string {
    return this.values[0]!;
  }

  /** `$index`; empty where there is no such field. */
  get(index: number): Value {
    return looksNumeric(this.values[index] ?? '');
  }

  /** A new line, taken apart at `separator`. */
  read(line: string, separator: string): void {
    this.values = [line, ...fieldsOf(line, separator)];
  }

  /** Changes one field; the line is put together again with `joint`. */
  set(index: number, value: string, joint: string): void {
    if (!(index > 0 && index < MOST_FIELDS)) return;
    while (this.values.length <= index) this.values.push('');
    this.values[index] = value;
    this.values[0] = this.values.slice(1).join(joint);
  }
}

/** What lies between the separators: one blank means runs of blanks, another character itself, more than one a regular expression. */
export function fieldsOf(text: string, separator: string): string[] {
  if (text === '') return [];
  if (separator === ' ')
    return text
      .trim()
      .split(/\s+/)
      .filter((part) => part !== '');
  if (separator.length === 1) return text.split(separator);
  return text.split(posixRegex(separator, true, ''));
}
