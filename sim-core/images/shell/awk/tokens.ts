import { posixRegex } from '../applets/regex.ts';
import { ToolError } from '../applets/tool.ts';

const TOKEN =
  /[ \t\r]*(?:(#[^\n]*)|(\d+(?:\.\d*)?|\.\d+)|("(?:[^"\\\n]|\\.)*")|([A-Za-z_]\w*)|(\+\+|--|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|&&|\|\||!~|[-+*/%^!<>~?:,;(){}[\]$=\n]))/y;
const REFUSED = new Set([
  'while',
  'do',
  'function',
  'getline',
  'delete',
  'break',
  'continue',
  'system',
  'close',
  'match',
  'rand',
  'srand',
  'sin',
  'cos',
  'exp',
  'log',
  'sqrt',
  'atan2',
]);
const MAX_DEPTH = 64;

/** The words of a program, one after the other, with the questions that the parsers ask of them. */
export class Tokens {
  /** The word it stands at, and what that is. */
  token = '';
  kind: 'number' | 'string' | 'name' | 'mark' | 'end' = 'end';
  private readonly source: string;
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.source = source;
    this.advance();
  }

  /** Throws `ToolError`: this word has no business here. */
  fail(): never {
    throw new ToolError(`cmd. line:1: Unexpected token${this.kind === 'end' ? '' : ` near '${this.token}'`}`);
  }

  /** Goes on to the next word. Throws `ToolError` at what is no word, or one of a part of awk that is not supported. */
  advance(): void {
    TOKEN.lastIndex = this.at;
    if (this.source.slice(this.at).trim() === '' && !this.source.slice(this.at).includes('\n')) {
      this.kind = 'end';
      this.token = '';
      return;
    }
    const match = TOKEN.exec(this.source);
    if (match === null)
      throw new ToolError(`cmd. line:1: Unexpected token near '${this.source.slice(this.at, this.at + 10)}'`);
    this.at = TOKEN.lastIndex;
    if (match[1] !== undefined) {
      this.advance();
      return;
    }
    this.token = match[2] ?? match[3] ?? match[4] ?? match[5]!;
    this.kind =
      match[2] !== undefined ? 'number' : match[3] !== undefined ? 'string' : match[4] !== undefined ? 'name' : 'mark';
    if (this.kind === 'name' && REFUSED.has(this.token))
      throw new ToolError(`'${this.token}' is not supported by sim-core's awk`);
  }

  /** Whether it stands at that word. */
  is(token: string): boolean {
    return this.kind !== 'string' && this.token === token;
  }

  /** Steps over that word if it stands there. */
  take(token: string): boolean {
    if (!this.is(token)) return false;
    this.advance();
    return true;
  }

  /** Steps over that word, which has to be there. */
  expect(token: string): void {
    if (!this.take(token)) this.fail();
  }

  skipLines(): void {
    while (this.is('\n') || this.is(';')) this.advance();
  }

  /** Whether the statement ends here. */
  ends(): boolean {
    return this.kind === 'end' || this.is(';') || this.is('\n') || this.is('}');
  }

  /** Whether the parenthesis that opens here closes at the end of its statement. */
  closesStatement(): boolean {
    let level = 1;
    for (let index = this.at; index < this.source.length; index++) {
      const character = this.source[index]!;
      if (character === '"') {
        for (index++; index < this.source.length && this.source[index] !== '"'; index++)
          if (this.source[index] === '\\') index++;
      } else if (character === '(') level++;
      else if (character === ')' && --level === 0) return /^\s*([;}\n]|$)/.test(this.source.slice(index + 1));
    }
    return false;
  }

  /** The regular expression whose first slash it stands at. */
  regex(): RegExp {
    let end = this.at;
    while (end < this.source.length && this.source[end] !== '/') end += this.source[end] === '\\' ? 2 : 1;
    if (end >= this.source.length) this.fail();
    const value = posixRegex(this.source.slice(this.at, end), true, '');
    this.at = end + 1;
    this.advance();
    return value;
  }

  /** Where it stands; what is returned goes back there. */
  mark(): () => void {
    const { at, token, kind } = this;
    return () => {
      this.at = at;
      this.token = token;
      this.kind = kind;
    };
  }

  /** One level deeper in `what`. Throws `ToolError` where that is too deep. */
  enter(what: 'program' | 'expression'): void {
    if (++this.depth > MAX_DEPTH) throw new ToolError(`${what} nested too deeply`);
  }

  leave(): void {
    this.depth--;
  }
}
