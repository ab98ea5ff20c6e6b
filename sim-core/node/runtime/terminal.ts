import { Pipe } from '../../images/pipe.ts';
import type { Input, Output, Signal } from '../../images/process.ts';
import type { TerminalSize } from './process-table.ts';

const MAX_HISTORY = 200;

/**
 * A terminal between a client that sends keys and processes that read lines: it echoes, lets the line be edited (arrows,
 * Home, End, backspace, ^A ^E ^U ^K ^W, history, Tab as far as the reader completes), and turns ^C and ^\ into signals and ^D into the end of input.
 */
export class Terminal implements TerminalSize, Input, Output {
  columns = 80;
  rows = 24;
  /** Where the screen is. */
  screen: Output;
  private readonly signal: (signal: Signal, terminal: Terminal) => void;
  private readonly lines = new Pipe();
  private left: string[] = [];
  private right: string[] = [];
  /** What came of an escape sequence so far, without the escape character. */
  private escape: string | undefined;
  /** Set by the shell that waits for a line. */
  completer: Input['completer'];
  private readonly history: string[] = [];
  private place = 0;
  /** End-of-file was typed: the next read answers the end, once. */
  private ends = 0;

  constructor(screen: Output, signal: (signal: Signal, terminal: Terminal) => void) {
    this.screen = screen;
    this.signal = signal;
  }

  /** What a process prints: newlines also return the carriage. */
  write(text: string): void {
    this.screen.write(text.replace(/\r?\n/g, '\r\n'));
  }

  *read() {
    const text = yield* this.lines.read();
    if (text === undefined) return undefined;
    const end = text.indexOf(END);
    if (end < 0) return text;
    if (end > 0) {
      this.lines.unread(text.slice(end));
      return text.slice(0, end);
    }
    this.ends--;
    this.lines.unread(text.slice(1));
    return undefined;
  }

  unread(text: string): void {
    this.lines.unread(text);
  }

  /** Keys from the client. */
  type(text: string): void {
    for (const character of text) this.key(character);
  }

  /** Takes back what was typed and nobody has read, the unfinished line last. */
  takeUnread(): string {
    const text = this.lines.takeAll().replaceAll(END, '') + this.left.join('') + this.right.join('');
    this.ends = 0;
    this.left = [];
    this.right = [];
    return text;
  }

  /** The client is gone: readers see the end. */
  hangUp(): void {
    this.lines.close();
  }

  private key(character: string): void {
    if (this.escape !== undefined) {
      this.escape += character;
      if (/^(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z]|[^[O])$/.test(this.escape)) {
        const sequence = this.escape;
        this.escape = undefined;
        this.sequence(sequence);
      } else if (this.escape.length > 16) this.escape = undefined;
      return;
    }
    switch (character) {
      case '\x1b':
        this.escape = '';
        break;
      case '\r':
      case '\n':
        this.enter();
        break;
      case '\x7f':
      case '\b':
        this.erase(1);
        break;
      case '\x01':
        this.move(-this.left.length);
        break;
      case '\x05':
        this.move(this.right.length);
        break;
      case '\x0b':
        this.replaceRight([]);
        break;
      case '\x15':
        this.erase(this.left.length);
        break;
      case '\x17':
        this.erase(this.lastWord());
        break;
      case '\x03':
        this.interrupt('^C', 'SIGINT');
        break;
      case '\x1c':
        this.interrupt('^\\', 'SIGQUIT');
        break;
      case '\x04':
        if (this.left.length + this.right.length === 0 && this.ends === 0) {
          this.ends++;
          this.lines.write(END);
        }
        break;
      case '\t':
        this.complete();
        break;
      default:
        if (character >= ' ') this.insert(character);
    }
  }

  private sequence(sequence: string): void {
    if (/^[[O]D$/.test(sequence)) this.move(-1);
    else if (/^[[O]C$/.test(sequence)) this.move(1);
    else if (/^[[O]A$/.test(sequence)) this.recall(-1);
    else if (/^[[O]B$/.test(sequence)) this.recall(1);
    else if (/^([[O]H|\[[17]~)$/.test(sequence)) this.move(-this.left.length);
    else if (/^([[O]F|\[[48]~)$/.test(sequence)) this.move(this.right.length);
    else if (sequence === '[3~') this.replaceRight(this.right.slice(1));
  }

  private enter(): void {
    const line = [...this.left, ...this.right].join('');
    this.left = [];
    this.right = [];
    if (line.trim() !== '' && this.history.at(-1) !== line) {
      this.history.push(line);
      if (this.history.length > MAX_HISTORY) this.history.shift();
    }
    this.place = this.history.length;
    this.screen.write('\r\n');
    this.lines.write(`${line}\n`);
  }

  private interrupt(shown: string, signal: Signal): void {
    this.left = [];
    this.right = [];
    this.screen.write(`${shown}\r\n`);
    this.signal(signal, this);
  }

  private insert(character: string): void {
    this.left.push(character);
    this.screen.write(character + this.right.join('') + back(this.right));
  }

  private erase(count: number): void {
    const gone = this.left.splice(Math.max(0, this.left.length - count));
    if (gone.length === 0) return;
    const blank = ' '.repeat(width(gone));
    this.screen.write(`${back(gone)}${this.right.join('')}${blank}${'\b'.repeat(blank.length)}${back(this.right)}`);
  }

  private replaceRight(right: string[]): void {
    const blank = ' '.repeat(Math.max(0, width(this.right) - width(right)));
    this.right = right;
    this.screen.write(`${right.join('')}${blank}${'\b'.repeat(blank.length)}${back(right)}`);
  }

  private move(by: number): void {
    for (let step = 0; step < -by && this.left.length > 0; step++) {
      const character = this.left.pop()!;
      this.right.unshift(character);
      this.screen.write(back([character]));
    }
    for (let step = 0; step < by && this.right.length > 0; step++) {
      const character = this.right.shift()!;
      this.left.push(character);
      this.screen.write(character);
    }
  }

  /** Tab: adds what is certain; where that is nothing, lists what there is to choose from. */
  private complete(): void {
    const { word, candidates, prompt = '' } = this.completer?.(this.left.join('')) ?? { word: '', candidates: [] };
    const [first] = candidates;
    if (first === undefined) {
      this.screen.write('\x07');
      return;
    }
    let common = first;
    for (const candidate of candidates) while (!candidate.startsWith(common)) common = common.slice(0, -1);
    const added = common.slice(word.length) + (candidates.length === 1 && !common.endsWith('/') ? ' ' : '');
    if (added !== '') {
      for (const character of added) this.insert(character);
      return;
    }
    const names = candidates.map(
      (candidate) => candidate.replace(/\/$/, '').replace(/^.*\//, '') + (candidate.endsWith('/') ? '/' : ''),
    );
    this.write(`\n${names.join('  ')}\n${prompt}`);
    this.screen.write(`${[...this.left, ...this.right].join('')}${back(this.right)}`);
  }

  private recall(by: number): void {
    const place = this.place + by;
    if (place < 0 || place > this.history.length) return;
    this.place = place;
    this.move(this.right.length);
    this.erase(this.left.length);
    this.left = [...(this.history[place] ?? '')];
    this.screen.write(this.left.join(''));
  }

  private lastWord(): number {
    let count = 0;
    while (count < this.left.length && this.left[this.left.length - 1 - count] === ' ') count++;
    while (count < this.left.length && this.left[this.left.length - 1 - count] !== ' ') count++;
    return count;
  }
}

/** Stands in the stream of lines where ^D was typed. */
const END = '\x04';

function back(characters: readonly string[]): string {
  return '\b'.repeat(width(characters));
}

/** Columns that characters take: two for Hangul, Han, kana and full-width forms. */
function width(characters: readonly string[]): number {
  let columns = 0;
  for (const character of characters) {
    const code = character.codePointAt(0)!;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0x1f300 && code <= 0x1faff) ||
      (code >= 0x20000 && code <= 0x3fffd);
    columns += wide ? 2 : 1;
  }
  return columns;
}
