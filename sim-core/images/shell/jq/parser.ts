import { JqError, type Json } from './values.ts';

/** A jq program as a tree. */
export type Node =
  | { readonly kind: 'identity' }
  | { readonly kind: 'recurse' }
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'string'; readonly format: string | undefined; readonly parts: readonly (string | Node)[] }
  | { readonly kind: 'format'; readonly name: string }
  | { readonly kind: 'index'; readonly target: Node; readonly key: Node }
  | { readonly kind: 'slice'; readonly target: Node; readonly from: Node | undefined; readonly to: Node | undefined }
  | { readonly kind: 'iterate'; readonly target: Node }
  | { readonly kind: 'try'; readonly body: Node; readonly handler: Node | undefined }
  | { readonly kind: 'array'; readonly body: Node | undefined }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly kind: 'negate'; readonly body: Node }
  | { readonly kind: 'pipe' | 'comma'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'assign'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'if'; readonly test: Node; readonly yes: Node; readonly no: Node | undefined }
  | {
      readonly kind: 'reduce';
      readonly source: Node;
      readonly pattern: Pattern;
      readonly start: Node;
      readonly step: Node;
    }
  | {
      readonly kind: 'foreach';
      readonly source: Node;
      readonly pattern: Pattern;
      readonly start: Node;
      readonly step: Node;
      readonly extract: Node | undefined;
    }
  | { readonly kind: 'bind'; readonly source: Node; readonly pattern: Pattern; readonly body: Node }
  | { readonly kind: 'label'; readonly name: string; readonly body: Node }
  | { readonly kind: 'break'; readonly name: string }
  | { readonly kind: 'define'; readonly definition: Definition; readonly body: Node }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'variable'; readonly name: string };

export interface Definition {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Node;
}

/** `$x`, `[$a, $b]`, `{a: $x, $y}`. */
export type Pattern =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'array'; readonly items: readonly Pattern[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [Node, Pattern])[] };

const TOKEN =
  /\s*(?:#[^\n]*\n?\s*)*(?:(\.\.|\?\/\/=?|\|=|\/\/=?|[-+*/%]=|==|!=|<=|>=|[.[\]{}()|,:;=<>+\-*/%?])|(@\w+)|(\$?[A-Za-z_]\w*(?:::\w+)*)|(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|(")|(\$))/y;

interface Token {
  readonly kind: 'operator' | 'format' | 'word' | 'number' | 'string';
  readonly text: string;
  readonly parts?: readonly (string | Node)[];
  /** Whether blanks stand before it: `.foo` is one thing, `. foo` is not. */
  readonly apart: boolean;
}

const MAX_DEPTH = 200;
const PRECEDENCE: readonly (readonly string[])[] = [
  ['//'],
  ['or'],
  ['and'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];
const ASSIGNMENTS = new Set(['=', '|=', '+=', '-=', '*=', '/=', '%=', '//=']);
const KEYWORDS = new Set(
  'if then elif else end as def reduce foreach try catch label and or import include'.split(' '),
);

/** Reads a program. Throws `JqError`. */
export function parseProgram(source: string): Node {
  const parser = new Parser(tokensOf(source));
  const node = parser.pipe();
  parser.end();
  return node;
}

function tokensOf(source: string, start = 0, stopAt?: string): Token[] {
  const tokens: Token[] = [];
  const place = { at: start };
  scan(source, place, tokens, stopAt);
  return tokens;
}

function scan(source: string, place: { at: number }, tokens: Token[], stopAt?: string): void {
  let depth = 0;
  while (place.at < source.length) {
    TOKEN.lastIndex = place.at;
    const match = TOKEN.exec(source);
    if (match === null) {
      if (/^\s*(#[^\n]*)?\s*$/.test(source.slice(place.at))) {
        place.at = source.length;
        return;
      }
      throw new JqError(`syntax error: unexpected '${source.slice(place.at).trim().slice(0, 10)}'`);
    }
    const [whole, operator, format, word, number, quote] = match;
    const apart = /^[\s#]/.test(whole);
    place.at = TOKEN.lastIndex;
    if (operator !== undefined) {
      if (operator === '(') depth++;
      if (operator === ')' && stopAt === ')' && depth-- === 0) return;
      tokens.push({ kind: 'operator', text: operator, apart });
    } else if (format !== undefined) tokens.push({ kind: 'format', text: format, apart });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, apart });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, apart });
    else if (quote !== undefined) tokens.push({ kind: 'string', text: '', parts: scanString(source, place), apart });
    else throw new JqError("syntax error: unexpected '$'");
  }
  if (stopAt !== undefined) throw new JqError('syntax error: unterminated string interpolation');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function scanString(source: string, place: { at: number }): (string | Node)[] {
  const parts: (string | Node)[] = [];
  let text = '';
  for (;;) {
    const character = source[place.at++];
    if (character === undefined) throw new JqError('syntax error: unterminated string literal');
    if (character === '"') break;
    if (character !== '\\') {
      text += character;
      continue;
    }
    const next = source[place.at++] ?? '';
    if (next === '(') {
      const tokens: Token[] = [];
      scan(source, place, tokens, ')');
      parts.push(text);
      text = '';
      const parser = new Parser(tokens);
      parts.push(parser.pipe());
      parser.end();
    } else if (next === 'u') {
      text += String.fromCharCode(Number.parseInt(source.slice(place.at, place.at + 4), 16));
      place.at += 4;
    } else text += ESCAPES[next] ?? next;
  }
  parts.push(text);
  return parts;
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.unexpected();
  }

  /** `def …; body`, `a as $x | b`, `label $l | b`, and pipes. */
  pipe(): Node {
    if (++this.depth > MAX_DEPTH) throw new JqError('syntax error: nested too deeply');
    try {
      if (this.word('def')) return this.define();
      if (this.word('label')) {
        const name = this.variableName();
        this.expect('|');
        return { kind: 'label', name, body: this.pipe() };
      }
      const left = this.comma();
      if (this.word('as')) {
        const pattern = this.pattern();
        this.expect('|');
        return { kind: 'bind', source: left, pattern, body: this.pipe() };
      }
      return this.take('|') ? { kind: 'pipe', left, right: this.pipe() } : left;
    } finally {
      this.depth--;
    }
  }

  private define(): Node {
    const name = this.tokens[this.at++]?.text ?? '';
    const parameters: string[] = [];
    if (this.take('(')) {
      do parameters.push(this.tokens[this.at++]?.text ?? '');
      while (this.take(';'));
      this.expect(')');
    }
    this.expect(':');
    const body = this.pipe();
    this.expect(';');
    return {
      kind: 'define',
      definition: { name, parameters, body },
      body: this.at < this.tokens.length ? this.pipe() : { kind: 'identity' },
    };
  }

  private comma(): Node {
    let left = this.assignment();
    while (this.take(',')) left = { kind: 'comma', left, right: this.assignment() };
    return left;
  }

  private assignment(): Node {
    const left = this.binary(0);
    const token = this.tokens[this.at];
    if (token?.kind !== 'operator' || !ASSIGNMENTS.has(token.text)) return left;
    this.at++;
    return { kind: 'assign', operator: token.text, left, right: this.binary(0) };
  }

  private binary(level: number): Node {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined || token.kind === 'string' || !operators.includes(token.text)) return left;
      this.at++;
      // `//` binds to the right: a // b // c.
      const right = this.binary(token.text === '//' ? level : level + 1);
      left = { kind: 'binary', operator: token.text, left, right };
    }
  }

  private unary(): Node {
    if (this.take('-')) return { kind: 'negate', body: this.postfix() };
    return this.postfix();
  }

  private postfix(): Node {
    let node = this.primary();
    for (;;) {
      const token = this.tokens[this.at];
      if (token?.kind !== 'operator') return node;
      if (token.text === '?') {
        this.at++;
        node = { kind: 'try', body: node, handler: undefined };
      } else if (token.text === '[' && !(token.apart && node.kind === 'call')) {
        this.at++;
        node = this.bracket(node);
      } else if (token.text === '.' && this.fieldFollows(this.at + 1)) {
        this.at++;
        node = { kind: 'index', target: node, key: this.fieldKey() };
      } else if (token.text === '.' && this.tokens[this.at + 1]?.text === '[') {
        this.at += 2;
        node = this.bracket(node);
      } else return node;
    }
  }

  private fieldFollows(at: number): boolean {
    const token = this.tokens[at];
    return token !== undefined && !token.apart && (token.kind === 'word' || token.kind === 'string');
  }

  private fieldKey(): Node {
    const token = this.tokens[this.at++]!;
    if (token.kind === 'string') return { kind: 'string', format: undefined, parts: token.parts! };
    return { kind: 'literal', value: token.text };
  }

  private bracket(target: Node): Node {
    if (this.take(']')) return { kind: 'iterate', target };
    if (this.take(':')) {
      const to = this.pipe();
      this.expect(']');
      return { kind: 'slice', target, from: undefined, to };
    }
    const key = this.pipe();
    if (this.take(':')) {
      const to = this.tokens[this.at]?.text === ']' ? undefined : this.pipe();
      this.expect(']');
      return { kind: 'slice', target, from: key, to };
    }
    this.expect(']');
    return { kind: 'index', target, key };
  }

  private primary(): Node {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new JqError('syntax error: unexpected end of the program');
    switch (token.kind) {
      case 'number':
        return { kind: 'literal', value: Number(token.text) };
      case 'string':
        return { kind: 'string', format: undefined, parts: token.parts! };
      case 'format': {
        const next = this.tokens[this.at];
        if (next?.kind !== 'string') return { kind: 'format', name: token.text };
        this.at++;
        return { kind: 'string', format: token.text, parts: next.parts! };
      }
      case 'word':
        return this.term(token.text);
      case 'operator':
        break;
    }
    if (token.text === '..') return { kind: 'recurse' };
    if (token.text === '.') {
      if (this.fieldFollows(this.at)) return { kind: 'index', target: { kind: 'identity' }, key: this.fieldKey() };
      return { kind: 'identity' };
    }
    if (token.text === '(') {
      const node = this.pipe();
      this.expect(')');
      return node;
    }
    if (token.text === '[') {
      if (this.take(']')) return { kind: 'array', body: undefined };
      const body = this.pipe();
      this.expect(']');
      return { kind: 'array', body };
    }
    if (token.text === '{') return this.object();
    this.at--;
    throw this.unexpected();
  }

  private term(word: string): Node {
    if (word.startsWith('$')) return { kind: 'variable', name: word.slice(1) };
    switch (word) {
      case 'null':
        return { kind: 'literal', value: null };
      case 'true':
        return { kind: 'literal', value: true };
      case 'false':
        return { kind: 'literal', value: false };
      case 'if':
        return this.condition();
      case 'try': {
        const body = this.postfix();
        return { kind: 'try', body, handler: this.word('catch') ? this.postfix() : undefined };
      }
      case 'reduce':
      case 'foreach':
        return this.fold(word);
      case 'break':
        return { kind: 'break', name: this.variableName() };
      case 'def':
        return this.define();
    }
    if (KEYWORDS.has(word)) {
      this.at--;
      throw this.unexpected();
    }
    const args: Node[] = [];
    if (this.take('(')) {
      do args.push(this.pipe());
      while (this.take(';'));
      this.expect(')');
    }
    return { kind: 'call', name: word, args };
  }

  private condition(): Node {
    const test = this.pipe();
    if (!this.word('then')) throw this.unexpected();
    const yes = this.pipe();
    if (this.word('elif')) return { kind: 'if', test, yes, no: this.condition() };
    const no = this.word('else') ? this.pipe() : undefined;
    if (!this.word('end')) throw this.unexpected();
    return { kind: 'if', test, yes, no };
  }

  private fold(kind: 'reduce' | 'foreach'): Node {
    const source = this.postfix();
    if (!this.word('as')) throw this.unexpected();
    const pattern = this.pattern();
    this.expect('(');
    const start = this.pipe();
    this.expect(';');
    const step = this.pipe();
    const extract = kind === 'foreach' && this.take(';') ? this.pipe() : undefined;
    this.expect(')');
    return kind === 'reduce' ? { kind, source, pattern, start, step } : { kind, source, pattern, start, step, extract };
  }

  private object(): Node {
    const entries: [Node, Node][] = [];
    while (!this.take('}')) {
      if (entries.length > 0) this.expect(',');
      if (this.take('}')) break;
      const token = this.tokens[this.at++];
      if (token === undefined) throw new JqError('syntax error: unexpected end of the program');
      let key: Node;
      let short: Node | undefined;
      if (token.kind === 'word' && token.text.startsWith('$')) {
        key = { kind: 'literal', value: token.text.slice(1) };
        short = { kind: 'variable', name: token.text.slice(1) };
      } else if (token.kind === 'word' || token.kind === 'number') key = { kind: 'literal', value: token.text };
      else if (token.kind === 'string') key = { kind: 'string', format: undefined, parts: token.parts! };
      else if (token.kind === 'format') {
        this.at--;
        key = this.primary();
      } else if (token.text === '(') {
        key = this.pipe();
        this.expect(')');
      } else {
        this.at--;
        throw this.unexpected();
      }
      if (this.take(':')) entries.push([key, this.objectValue()]);
      else entries.push([key, short ?? { kind: 'index', target: { kind: 'identity' }, key }]);
    }
    return { kind: 'object', entries };
  }

  private objectValue(): Node {
    let left = this.binary(0);
    while (this.take('|')) left = { kind: 'pipe', left, right: this.binary(0) };
    return left;
  }

  private pattern(): Pattern {
    const token = this.tokens[this.at++];
    if (token?.kind === 'word' && token.text.startsWith('$')) return { kind: 'name', name: token.text.slice(1) };
    if (token?.text === '[' && token.kind === 'operator') {
      const items: Pattern[] = [];
      do items.push(this.pattern());
      while (this.take(','));
      this.expect(']');
      return { kind: 'array', items };
    }
    if (token?.text === '{' && token.kind === 'operator') {
      const entries: [Node, Pattern][] = [];
      do {
        const key = this.tokens[this.at++];
        if (key?.kind === 'word' && key.text.startsWith('$')) {
          const name = key.text.slice(1);
          entries.push([
            { kind: 'literal', value: name },
            { kind: 'name', name },
          ]);
          continue;
        }
        const node: Node =
          key?.kind === 'string'
            ? { kind: 'string', format: undefined, parts: key.parts! }
            : { kind: 'literal', value: key?.text ?? '' };
        this.expect(':');
        entries.push([node, this.pattern()]);
      } while (this.take(','));
      this.expect('}');
      return { kind: 'object', entries };
    }
    this.at--;
    throw this.unexpected();
  }

  private variableName(): string {
    const token = this.tokens[this.at++];
    if (token?.kind !== 'word' || !token.text.startsWith('$')) {
      this.at--;
      throw this.unexpected();
    }
    return token.text.slice(1);
  }

  private take(operator: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'operator' || token.text !== operator) return false;
    this.at++;
    return true;
  }

  private word(word: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'word' || token.text !== word) return false;
    this.at++;
    return true;
  }

  private expect(operator: string): void {
    if (!this.take(operator)) throw this.unexpected();
  }

  private unexpected(): JqError {
    const token = this.tokens[this.at];
    if (token === undefined) return new JqError('syntax error: unexpected end of the program');
    return new JqError(`syntax error: unexpected ${token.kind === 'string' ? 'string' : `'${token.text}'`}`);
  }
}
