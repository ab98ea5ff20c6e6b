import { type Coroutine, suspend } from '../engine/index.ts';
import { BrokenPipe, type Input, type Output } from './process.ts';

/** Bytes (here: UTF-16 units) that a Linux pipe holds. */
const CAPACITY = 65_536;

/** A pipe between processes: what is written at one end is read, in order, at the other. */
export class Pipe implements Input, Output {
  private chunks: string[] = [];
  private held = 0;
  private writers = 1;
  private readable = true;
  private waiting: (() => void)[] = [];

  write(text: string): void {
    if (!this.readable) throw new BrokenPipe('Broken pipe');
    if (text === '' || this.writers === 0) return;
    this.chunks.push(text);
    this.held += text.length;
    this.wake();
  }

  *drain(): Coroutine {
    while (this.readable && this.held > CAPACITY) yield* this.wait();
    if (!this.readable) throw new BrokenPipe('Broken pipe');
  }

  *read(): Coroutine<string | undefined> {
    while (this.chunks.length === 0) {
      if (this.writers === 0) return undefined;
      yield* this.wait();
    }
    const text = this.chunks.length === 1 ? this.chunks[0]! : this.chunks.join('');
    this.chunks = [];
    const wasFull = this.held > CAPACITY;
    this.held = 0;
    if (wasFull) this.wake();
    return text;
  }

  unread(text: string): void {
    if (text === '') return;
    this.chunks.unshift(text);
    this.held += text.length;
  }

  /** All that is in it now. */
  takeAll(): string {
    const text = this.chunks.join('');
    this.chunks = [];
    this.held = 0;
    this.wake();
    return text;
  }

  /** One more process may write. */
  addWriter(): void {
    this.writers++;
  }

  /** A writer is done; the reader sees the end once all are. */
  close(): void {
    if (this.writers === 0) return;
    this.writers--;
    if (this.writers === 0) this.wake();
  }

  /** Nobody will read any more. */
  closeReader(): void {
    this.readable = false;
    this.chunks = [];
    this.held = 0;
    this.wake();
  }

  private wake(): void {
    if (this.waiting.length === 0) return;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resume of waiting) resume();
  }

  private *wait(): Coroutine {
    yield* suspend<void>((resume) => {
      const wake = () => resume();
      this.waiting.push(wake);
      return () => {
        this.waiting = this.waiting.filter((other) => other !== wake);
      };
    });
  }
}

/** Input that is at its end: /dev/null. */
export const NO_INPUT: Input = {
  // biome-ignore lint/correctness/useYield: an input that never waits
  *read() {
    return undefined;
  },
  unread() {},
};

/** Output that nobody sees: /dev/null. */
export const NO_OUTPUT: Output = { write() {} };

/** Input from a text: a file, a here-document. */
export class TextInput implements Input {
  private rest: string | undefined;

  constructor(text: string) {
    this.rest = text === '' ? undefined : text;
  }

  // biome-ignore lint/correctness/useYield: the text is there
  *read(): Coroutine<string | undefined> {
    const text = this.rest;
    this.rest = undefined;
    return text;
  }

  unread(text: string): void {
    const rest = text + (this.rest ?? '');
    this.rest = rest === '' ? undefined : rest;
  }
}

/** Output kept as text: command substitution, `execSync`. At most `limit` characters are kept. */
export class TextOutput implements Output {
  text = '';
  private readonly limit: number;

  constructor(limit = 16 * 1024 * 1024) {
    this.limit = limit;
  }

  write(text: string): void {
    if (this.text.length < this.limit) this.text += text.slice(0, this.limit - this.text.length);
  }
}

/** The next line with its newline; the last one may lack it. `undefined` at the end. What follows is left unread. */
export function* readLine(input: Input): Coroutine<string | undefined> {
  let line = '';
  for (;;) {
    const piece = yield* input.read();
    if (piece === undefined) return line === '' ? undefined : line;
    const newline = piece.indexOf('\n');
    if (newline >= 0) {
      if (newline + 1 < piece.length) input.unread(piece.slice(newline + 1));
      return line + piece.slice(0, newline + 1);
    }
    line += piece;
  }
}
