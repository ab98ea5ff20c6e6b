import { escapePattern } from './pattern.ts';

/** One word after expansion: its text, and the same as a pattern for file names. */
export interface Field {
  text: string;
  pattern: string;
  /** Whether it holds `*`, `?` or `[` that were not quoted. */
  magic: boolean;
}

/** Puts words together from pieces and, when told to, splits what comes from expansions at the characters of IFS. */
export class FieldBuilder {
  readonly fields: Field[] = [];
  private current: Field | undefined;
  private afterBlank = false;
  private readonly split: boolean;
  private readonly ifs: string;

  constructor(split: boolean, ifs: string) {
    this.split = split;
    this.ifs = ifs;
  }

  /** Text that stands for itself. An empty one still makes a word (`""`). */
  literal(text: string): void {
    const field = this.open();
    field.text += text;
    field.pattern += escapePattern(text);
  }

  /** Unquoted text with its wildcards. */
  glob(text: string): void {
    const field = this.open();
    field.text += text;
    field.pattern += text;
    field.magic = true;
  }

  /** The value of an unquoted expansion. */
  value(text: string): void {
    if (!this.split) {
      if (text !== '') this.wild(text);
      return;
    }
    let start = 0;
    for (let index = 0; index < text.length; index++) {
      const character = text[index]!;
      if (!this.ifs.includes(character)) continue;
      if (index > start) this.wild(text.slice(start, index));
      start = index + 1;
      const blank = character === ' ' || character === '\t' || character === '\n';
      if (this.current !== undefined) {
        this.next();
        this.afterBlank = blank;
      } else if (!blank) {
        if (!this.afterBlank) this.fields.push({ text: '', pattern: '', magic: false });
        this.afterBlank = false;
      }
    }
    if (start < text.length) this.wild(text.slice(start));
  }

  /** Ends the current word, if there is one. */
  next(): void {
    if (this.current !== undefined) this.fields.push(this.current);
    this.current = undefined;
  }

  /** All words. */
  finish(): Field[] {
    this.next();
    return this.fields;
  }

  private wild(text: string): void {
    const field = this.open();
    field.text += text;
    field.pattern += text.replaceAll('\\', '\\\\');
    if (/[*?[]/.test(text)) field.magic = true;
    this.afterBlank = false;
  }

  private open(): Field {
    this.current ??= { text: '', pattern: '', magic: false };
    return this.current;
  }
}
