import { setOwn } from './own-property.ts';

/** A JSON text that Go's decoder refuses; `message` is its. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

export interface ParsedJson {
  readonly value: unknown;
  /** Paths of keys that an object has twice, as `spec.containers[0].name`; the last one's value counts. */
  readonly duplicates: string[];
}

export interface ParseJsonOptions {
  /** How deep arrays and objects may nest. Default 1000 (encoding/json: 10,000). */
  readonly maxDepth?: number;
}

/**
 * Parses a JSON text and reports keys that come twice, for strict decoding. Errors are in the words of encoding/json. Keys become own
 * properties whatever they are called.
 */
export function parseJson(text: string, options: ParseJsonOptions = {}): ParsedJson {
  const parser = new Parser(text, options.maxDepth ?? 1000);
  const value = parser.document();
  return { value, duplicates: parser.duplicates };
}

/** What makes a string's characters differ from its text, or must not be in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them.
const SPECIAL = /[\\\u0000-\u001f]/;
const QUOTE = 34;
const BACKSLASH = 92;

class Parser {
  private readonly text: string;
  private readonly maxDepth: number;
  private at = 0;
  private readonly path: (string | number)[] = [];
  readonly duplicates: string[] = [];

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  document(): unknown {
    const value = this.value('looking for beginning of value');
    this.space();
    if (this.at < this.text.length) this.unexpected('after top-level value');
    return value;
  }

  private value(context: string): unknown {
    this.space();
    const code = this.text.charCodeAt(this.at);
    switch (code) {
      case QUOTE:
        return this.string();
      case 123:
        return this.object();
      case 91:
        return this.array();
      case 116:
        return this.word('true', true);
      case 102:
        return this.word('false', false);
      case 110:
        return this.word('null', null);
      default:
        if (code === 45 || isDigit(code)) return this.number();
        return this.unexpected(context);
    }
  }

  private object(): unknown {
    const object: Record<string, unknown> = {};
    const depth = this.enter();
    this.at++;
    this.space();
    if (this.text.charCodeAt(this.at) === 125) {
      this.at++;
      this.path.length = depth;
      return object;
    }
    for (;;) {
      this.space();
      if (this.text.charCodeAt(this.at) !== QUOTE) this.unexpected('looking for beginning of object key string');
      const key = this.string();
      this.space();
      if (this.text.charCodeAt(this.at) !== 58) this.unexpected('after object key');
      this.at++;
      this.path[depth] = key;
      const seen = Object.hasOwn(object, key);
      if (seen) this.duplicates.push(pathText(this.path, depth + 1));
      const value = this.value('looking for beginning of value');
      setOwn(object, key, value);
      this.space();
      const next = this.text.charCodeAt(this.at);
      if (next !== 44 && next !== 125) this.unexpected('after object key:value pair');
      this.at++;
      if (next === 125) break;
    }
    this.path.length = depth;
    return object;
  }

  private array(): unknown {
    const array: unknown[] = [];
    const depth = this.enter();
    this.at++;
    this.space();
    if (this.text.charCodeAt(this.at) === 93) {
      this.at++;
      this.path.length = depth;
      return array;
    }
    for (;;) {
      this.path[depth] = array.length;
      array.push(this.value('looking for beginning of value'));
      this.space();
      const next = this.text.charCodeAt(this.at);
      if (next !== 44 && next !== 93) this.unexpected('after array element');
      this.at++;
      if (next === 93) break;
    }
    this.path.length = depth;
    return array;
  }

  private enter(): number {
    const depth = this.path.length;
    if (depth >= this.maxDepth) throw new JsonSyntaxError('exceeded max depth');
    this.path.push('');
    return depth;
  }

  private string(): string {
    const start = ++this.at;
    // Most strings hold nothing special: take them in one piece.
    const end = this.text.indexOf('"', start);
    const plain = this.text.slice(start, end);
    if (end >= 0 && !SPECIAL.test(plain)) {
      this.at = end + 1;
      return plain;
    }
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) return this.text.slice(start, this.at++);
      if (code === BACKSLASH) return this.escapedString(start);
      if (Number.isNaN(code) || code < 32) this.unexpected('in string literal');
      this.at++;
    }
  }

  private escapedString(start: number): string {
    let result = this.text.slice(start, this.at);
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.at++;
        return result;
      }
      if (Number.isNaN(code) || code < 32) this.unexpected('in string literal');
      if (code !== BACKSLASH) {
        result += this.text[this.at++];
        continue;
      }
      this.at++;
      const escaped = this.text[this.at] ?? '';
      if (escaped === 'u') {
        result += this.unicode();
        continue;
      }
      const plain = ESCAPES[escaped];
      if (plain === undefined) this.unexpected('in string escape code');
      result += plain;
      this.at++;
    }
  }

  private unicode(): string {
    this.at++;
    const start = this.at;
    for (; this.at < start + 4; this.at++) {
      if (!/^[0-9a-fA-F]$/.test(this.text[this.at] ?? '')) this.unexpected('in \\u hexadecimal character escape');
    }
    return String.fromCharCode(Number.parseInt(this.text.slice(start, this.at), 16));
  }

  private number(): number {
    const start = this.at;
    if (this.text.charCodeAt(this.at) === 45) this.at++;
    if (!isDigit(this.text.charCodeAt(this.at))) this.unexpected('in numeric literal');
    if (this.text.charCodeAt(this.at) === 48) this.at++;
    else this.digits();
    if (this.text[this.at] === '.') {
      this.at++;
      if (!isDigit(this.text.charCodeAt(this.at))) this.unexpected('after decimal point in numeric literal');
      this.digits();
    }
    if (this.text[this.at] === 'e' || this.text[this.at] === 'E') {
      this.at++;
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at++;
      if (!isDigit(this.text.charCodeAt(this.at))) this.unexpected('in exponent of numeric literal');
      this.digits();
    }
    return Number(this.text.slice(start, this.at));
  }

  private digits(): void {
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
  }

  private word<T>(word: string, value: T): T {
    for (let index = 0; index < word.length; index++, this.at++) {
      if (this.text[this.at] !== word[index]) this.unexpected(`in literal ${word} (expecting '${word[index]}')`);
    }
    return value;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  private unexpected(context: string): never {
    if (this.at >= this.text.length) throw new JsonSyntaxError('unexpected end of JSON input');
    throw new JsonSyntaxError(`invalid character ${quoteCharacter(this.text, this.at)} ${context}`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** A character as Go quotes it in messages: by bytes, so that of 한 only the first of three shows. */
function quoteCharacter(text: string, at: number): string {
  const code = text.codePointAt(at)!;
  if (code === 39) return "'\\''";
  if (code === 34) return "'\"'";
  if (code === 92) return "'\\\\'";
  const short: Record<number, string> = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' };
  if (short[code] !== undefined) return `'\\${short[code]}'`;
  if (code < 32 || code === 127) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if (code < 127) return `'${String.fromCharCode(code)}'`;
  const first = code < 0x800 ? 0xc0 | (code >> 6) : code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
  return `'${String.fromCharCode(first)}'`;
}

function pathText(path: readonly (string | number)[], length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) {
    const part = path[index]!;
    text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
  }
  return text;
}
