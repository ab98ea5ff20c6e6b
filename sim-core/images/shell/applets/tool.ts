import type { Coroutine } from '../../../engine/index.ts';
import { absolutePath } from '../../absolute-path.ts';
import { readLine } from '../../pipe.ts';
import { FileError, type Process, type Program } from '../../process.ts';

/** The most characters that an applet which needs all of its input takes. */
const MAX_INPUT = 32 * 1024 * 1024;

/** Ends an applet with a message on stderr (`name: …`) and an exit code. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

/** Options and operands of a command line. */
export interface Parsed {
  /** Value of an option, `''` for one without, `undefined` when it was not given. */
  readonly options: ReadonlyMap<string, string>;
  /** All values of an option that was given several times. */
  all(letter: string): readonly string[];
  readonly operands: readonly string[];
}

/** What a small program works with. */
export class Tool {
  readonly process: Process;
  readonly name: string;
  readonly args: readonly string[];

  constructor(process: Process) {
    this.process = process;
    const path = process.argv[0] ?? '';
    this.name = path.slice(path.lastIndexOf('/') + 1);
    this.args = process.argv.slice(1);
  }

  /** Whether it is a program of GNU's, as images made on Debian have them, and speaks like one; elsewhere it is busybox. */
  get gnu(): boolean {
    return this.process.files.stat('/etc/debian_version') !== undefined;
  }

  out(text: string): void {
    this.process.stdout.write(text);
  }

  /** Writes and waits while the reader is behind. */
  *send(text: string): Coroutine {
    this.process.stdout.write(text);
    if (this.process.stdout.drain !== undefined) yield* this.process.stdout.drain();
  }

  complain(text: string): void {
    this.process.stderr.write(`${this.name}: ${text}\n`);
  }

  path(name: string): string {
    return absolutePath(this.process.cwd, name);
  }

  /** Content of a file, or of stdin for `-`. Throws `ToolError` in busybox's words. */
  *content(name: string): Coroutine<string> {
    if (name === '-') return yield* this.input();
    try {
      return this.process.files.read(this.path(name));
    } catch (error) {
      if (error instanceof FileError)
        throw new ToolError(error.code === 'EISDIR' ? `read error: ${error.message}` : `${name}: ${error.message}`);
      throw error;
    }
  }

  /** All of stdin, which counts as memory of the process. Throws `ToolError` when there is no end to it. */
  *input(): Coroutine<string> {
    const { stdin } = this.process;
    let text = '';
    for (let piece = yield* stdin.read(); piece !== undefined; piece = yield* stdin.read()) {
      text += piece;
      this.process.use({ memory: text.length });
      if (text.length > MAX_INPUT) throw new ToolError('out of memory');
    }
    return text;
  }

  /** Contents of the files named, of stdin when none is; what cannot be read is told. Answers whether all could. */
  *eachFile(names: readonly string[], use: (text: string, name: string) => void): Coroutine<boolean> {
    let good = true;
    for (const name of names.length === 0 ? ['-'] : names) {
      try {
        use(yield* this.content(name), name);
      } catch (error) {
        if (!(error instanceof ToolError)) throw error;
        this.complain(
          error.message.startsWith(name) ? `can't open '${name}'${error.message.slice(name.length)}` : error.message,
        );
        good = false;
      }
    }
    return good;
  }

  /** Lines of the files named, of stdin when none is, each as soon as it is there. Answers whether all could be read. */
  *eachLine(names: readonly string[], use: (line: string) => void): Coroutine<boolean> {
    let good = true;
    for (const name of names.length === 0 ? ['-'] : names) {
      if (name !== '-') {
        good =
          (yield* this.eachFile([name], (text) => {
            for (const line of linesOf(text)) use(line);
          })) && good;
        continue;
      }
      const { stdin, stdout } = this.process;
      for (let line = yield* readLine(stdin); line !== undefined; line = yield* readLine(stdin)) {
        use(line.endsWith('\n') ? line.slice(0, -1) : line);
        if (stdout.drain !== undefined) yield* stdout.drain();
      }
    }
    return good;
  }

  /**
   * Reads options as getopt: `shorts` lists letters, `:` after those that take a value; `longs` maps long names to letters.
   * Throws `ToolError`.
   */
  parse(shorts: string, longs: Readonly<Record<string, string>> = {}): Parsed {
    const options = new Map<string, string>();
    const given: [string, string][] = [];
    const set = (letter: string, value: string) => {
      options.set(letter, value);
      given.push([letter, value]);
    };
    const operands: string[] = [];
    for (let index = 0; index < this.args.length; index++) {
      const arg = this.args[index]!;
      if (arg === '--') {
        operands.push(...this.args.slice(index + 1));
        break;
      }
      if (arg.startsWith('--')) {
        const equals = arg.indexOf('=');
        const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
        if (!Object.hasOwn(longs, name)) throw new ToolError(`unrecognized option: ${name}`);
        const letter = longs[name]!;
        const takes = shorts.includes(`${letter}:`);
        set(letter, equals >= 0 ? arg.slice(equals + 1) : takes ? this.value(++index, name) : '');
      } else if (arg.startsWith('-') && arg.length > 1) {
        for (let at = 1; at < arg.length; at++) {
          const letter = arg[at]!;
          const place = letter === ':' ? -1 : shorts.indexOf(letter);
          if (place < 0) throw new ToolError(`unrecognized option: ${letter}`);
          if (shorts[place + 1] !== ':') {
            set(letter, '');
            continue;
          }
          set(letter, at + 1 < arg.length ? arg.slice(at + 1) : this.value(++index, letter));
          break;
        }
      } else operands.push(arg);
    }
    const all = (letter: string) => given.flatMap(([name, value]) => (name === letter ? [value] : []));
    return { options, operands, all };
  }

  private value(index: number, name: string): string {
    const value = this.args[index];
    if (value === undefined) throw new ToolError(`option requires an argument: ${name}`);
    return value;
  }
}

/** A program made of a function over its tool; `ToolError` and `FileError` become messages and exit codes. */
export function applet(run: (tool: Tool) => number | undefined | Coroutine<number | undefined>): Program {
  return function* main(process) {
    const tool = new Tool(process);
    try {
      const result = run(tool);
      return (typeof result === 'object' ? yield* result : result) ?? 0;
    } catch (error) {
      if (error instanceof ToolError) {
        tool.complain(error.message);
        return error.code;
      }
      if (error instanceof FileError) {
        tool.complain(error.message);
        return 1;
      }
      throw error;
    }
  };
}

/** Lines of a text without their newlines; the last one need not have one. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Lines as text, each with its newline. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Bytes with a unit, as `-h` prints: `1.5K`. */
export function human(bytes: number): string {
  let value = bytes;
  for (const unit of ['', 'K', 'M', 'G', 'T']) {
    if (value < 1024 || unit === 'T') return unit === '' ? String(value) : `${value.toFixed(1)}${unit}`;
    value /= 1024;
  }
  return String(bytes);
}
