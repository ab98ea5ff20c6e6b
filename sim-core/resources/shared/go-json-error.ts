/** What Go's encoding/json says of a text that should be a JSON object; undefined when it is one. */
export function goJsonError(text: string): string | undefined {
  const scanner = new Scanner(text);
  const problem = scanner.run();
  if (problem !== undefined) return problem;
  const value = JSON.parse(text) as unknown;
  const kind =
    typeof value === 'string'
      ? 'string'
      : typeof value === 'number'
        ? 'number'
        : typeof value === 'boolean'
          ? 'bool'
          : Array.isArray(value)
            ? 'array'
            : undefined;
  return kind === undefined
    ? undefined
    : `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

const UNEXPECTED_END = 'unexpected end of JSON input';
const MAX_DEPTH = 10_000;

function quoteCharacter(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const code = character.charCodeAt(0);
  if (code === 10) return "'\\n'";
  if (code === 13) return "'\\r'";
  if (code === 9) return "'\\t'";
  return code < 32 ? `'\\x${code.toString(16).padStart(2, '0')}'` : `'${character}'`;
}

class Bad extends Error {}

/** The states of encoding/json's scanner, without recursion: what is open is on a stack. */
class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  run(): string | undefined {
    try {
      this.value();
      this.space();
      if (this.at < this.text.length) this.fail('after top-level value');
      return undefined;
    } catch (error) {
      if (error instanceof Bad) return error.message;
      throw error;
    }
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private fail(where: string): never {
    const character = this.text[this.at];
    throw new Bad(character === undefined ? UNEXPECTED_END : `invalid character ${quoteCharacter(character)} ${where}`);
  }

  private value(): void {
    const open: ('{' | '[')[] = [];
    for (;;) {
      this.space();
      const character = this.text[this.at];
      if (character === '{' || character === '[') {
        this.at++;
        open.push(character);
        if (open.length > MAX_DEPTH) throw new Bad('exceeded max depth');
        this.space();
        if (character === '[' && this.text[this.at] !== ']') continue;
        if (character === '{' && this.text[this.at] !== '}') {
          this.key();
          continue;
        }
      } else this.scalar();
      if (!this.closeOrNext(open)) return;
    }
  }

  /** After a value: closes what ends here; answers whether another value follows. */
  private closeOrNext(open: ('{' | '[')[]): boolean {
    for (;;) {
      const inside = open[open.length - 1];
      if (inside === undefined) return false;
      this.space();
      const character = this.text[this.at];
      if (character === (inside === '{' ? '}' : ']')) {
        this.at++;
        open.pop();
        continue;
      }
      if (character !== ',') this.fail(inside === '{' ? 'after object key:value pair' : 'after array element');
      this.at++;
      if (inside === '{') this.key();
      return true;
    }
  }

  private key(): void {
    this.space();
    if (this.text[this.at] !== '"') this.fail('looking for beginning of object key string');
    this.string();
    this.space();
    if (this.text[this.at] !== ':') this.fail('after object key');
    this.at++;
  }

  private scalar(): void {
    const character = this.text[this.at] ?? '';
    if (character === '"') this.string();
    else if (character === 't') this.word('true');
    else if (character === 'f') this.word('false');
    else if (character === 'n') this.word('null');
    else if (/[-0-9]/.test(character)) this.number();
    else this.fail('looking for beginning of value');
  }

  private word(word: string): void {
    for (const expected of word) {
      if (this.text[this.at] !== expected) this.fail(`in literal ${word} (expecting '${expected}')`);
      this.at++;
    }
  }

  private number(): void {
    const match = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/.exec(this.text.slice(this.at, this.at + 400));
    if (match === null) {
      this.at++;
      this.fail('in numeric literal');
    }
    this.at += match[0].length;
  }

  private string(): void {
    this.at++;
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined) throw new Bad(UNEXPECTED_END);
      if (character < ' ') this.fail('in string literal');
      this.at++;
      if (character === '"') return;
      if (character !== '\\') continue;
      const escaped = this.text[this.at] ?? '';
      if (!'"\\/bfnrtu'.includes(escaped) || escaped === '') this.fail('in string escape code');
      this.at++;
      if (escaped !== 'u') continue;
      for (let digit = 0; digit < 4; digit++, this.at++)
        if (!/[0-9a-fA-F]/.test(this.text[this.at] ?? '')) this.fail('in \\u hexadecimal character escape');
    }
  }
}
