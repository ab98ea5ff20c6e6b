import { absolutePath } from '../absolute-path.ts';
import type { Process } from '../process.ts';

/** An expression that `test` cannot read; the text is busybox's. */
export class TestError extends Error {
  override readonly name = 'TestError';
}

const BINARY = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-gt', '-ge', '-lt', '-le', '-nt', '-ot', '-ef']);
const UNARY = new Set('-e -f -d -r -w -x -s -L -h -n -z -t -b -c -p -S -u -g -k'.split(' '));
const MAX_DEPTH = 64;

/** What `test` answers for its arguments. Throws `TestError`. */
export function evaluateTest(args: readonly string[], process: Process): boolean {
  return new TestParser(args, process).result();
}

class TestParser {
  private readonly args: readonly string[];
  private readonly process: Process;
  private at = 0;
  private depth = 0;

  constructor(args: readonly string[], process: Process) {
    this.args = args;
    this.process = process;
  }

  result(): boolean {
    const { args } = this;
    // POSIX: the number of arguments decides, so that operands may look like operators.
    if (args.length === 0) return false;
    if (args.length === 1) return args[0] !== '';
    if (args.length === 2) return args[0] === '!' ? args[1] === '' : this.unary(args[0]!, args[1]!);
    if (args.length === 3) {
      if (BINARY.has(args[1]!)) return this.binary(args[0]!, args[1]!, args[2]!);
      if (args[0] === '!') return !new TestParser(args.slice(1), this.process).result();
      if (args[0] === '(' && args[2] === ')') return args[1] !== '';
    }
    if (args.length === 4 && args[0] === '!') return !new TestParser(args.slice(1), this.process).result();
    const value = this.or();
    if (this.at < args.length) throw new TestError(`${args[this.at]}: unknown operand`);
    return value;
  }

  private or(): boolean {
    let value = this.and();
    while (this.args[this.at] === '-o') {
      this.at++;
      const right = this.and();
      value ||= right;
    }
    return value;
  }

  private and(): boolean {
    let value = this.not();
    while (this.args[this.at] === '-a') {
      this.at++;
      const right = this.not();
      value &&= right;
    }
    return value;
  }

  private not(): boolean {
    if (++this.depth > MAX_DEPTH) throw new TestError('too many arguments');
    try {
      const { args } = this;
      const word = args[this.at];
      if (word === undefined) throw new TestError('argument expected');
      const operator = args[this.at + 1];
      if (operator !== undefined && BINARY.has(operator) && this.at + 2 < args.length) {
        this.at += 3;
        return this.binary(word, operator, args[this.at - 1]!);
      }
      this.at++;
      if (word === '!') return !this.not();
      if (word === '(') {
        const value = this.or();
        if (args[this.at++] !== ')') throw new TestError('closing paren expected');
        return value;
      }
      if (UNARY.has(word) && this.at < args.length) return this.unary(word, args[this.at++]!);
      return word !== '';
    } finally {
      this.depth--;
    }
  }

  private unary(operator: string, operand: string): boolean {
    if (operator === '-n') return operand !== '';
    if (operator === '-z') return operand === '';
    if (operator === '-t') return this.process.terminal && Number(operand) < 3;
    if (!UNARY.has(operator)) throw new TestError(`${operator}: unknown operand`);
    const { files, user, group } = this.process;
    const path = absolutePath(this.process.cwd, operand);
    if (operand === '') return false;
    if (operator === '-L' || operator === '-h') return files.stat(path, { follow: false })?.kind === 'symlink';
    const stat = files.stat(path);
    if (stat === undefined) return false;
    const may = (right: number) => {
      if (user === 0) return right !== 1 || stat.kind === 'directory' || (stat.mode & 0o111) !== 0;
      const shift = stat.user === user ? 6 : stat.group === group ? 3 : 0;
      return ((stat.mode >> shift) & right) !== 0;
    };
    switch (operator) {
      case '-f':
        return stat.kind === 'file';
      case '-d':
        return stat.kind === 'directory';
      case '-s':
        return stat.size > 0;
      case '-S':
        return stat.kind === 'socket';
      case '-c':
        return stat.kind === 'device';
      case '-b':
        return stat.kind === 'block';
      case '-p':
        return false;
      case '-r':
        return may(4);
      case '-w':
        return may(2);
      case '-x':
        return may(1);
      case '-u':
        return (stat.mode & 0o4000) !== 0;
      case '-g':
        return (stat.mode & 0o2000) !== 0;
      case '-k':
        return (stat.mode & 0o1000) !== 0;
      default:
        return true;
    }
  }

  private binary(left: string, operator: string, right: string): boolean {
    switch (operator) {
      case '=':
      case '==':
        return left === right;
      case '!=':
        return left !== right;
      case '<':
        return left < right;
      case '>':
        return left > right;
      case '-nt':
        return this.modified(left) > this.modified(right);
      case '-ot':
        return this.modified(left) < this.modified(right);
      case '-ef':
        return absolutePath(this.process.cwd, left) === absolutePath(this.process.cwd, right);
      default:
        return compare(integer(left), operator, integer(right));
    }
  }

  private modified(path: string): number {
    return this.process.files.stat(absolutePath(this.process.cwd, path))?.modified ?? -1;
  }
}

function compare(left: number, operator: string, right: number): boolean {
  switch (operator) {
    case '-eq':
      return left === right;
    case '-ne':
      return left !== right;
    case '-gt':
      return left > right;
    case '-ge':
      return left >= right;
    case '-lt':
      return left < right;
    default:
      return left <= right;
  }
}

function integer(text: string): number {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new TestError(`${text}: bad number`);
  return Number(text);
}
