import { Cursor } from './cursor.ts';
import { parsePattern } from './pattern-parser.ts';
import type { Node } from './syntax.ts';
import { type Token, tokensOf } from './tokens.ts';
import { JqError } from './values.ts';

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
  return parse(tokensOf(source, parse));
}

function parse(tokens: readonly Token[]): Node {
  const cursor = new Cursor(tokens);
  const node = new Parser(cursor).pipe();
  if (!cursor.ended) throw cursor.unexpected();
  return node;
}

class Parser {
  private readonly cursor: Cursor;
  private depth = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  /** `def …; body`, `a as $x | b`, `label $l | b`, and pipes. */
  pipe(): Node {
    if (++this.depth > MAX_DEPTH) throw new JqError('syntax error: nested too deeply');
    try {
      if (this.cursor.word('def')) return this.define();
      if (this.cursor.word('label')) {
        const name = this.cursor.variableName();
        this.cursor.expect('|');
        return { kind: 'label', name, body: this.pipe() };
      }
      const left = this.comma();
      if (this.cursor.word('as')) {
        const pattern = parsePattern(this.cursor);
        this.cursor.expect('|');
        return { kind: 'bind', source: left, pattern, body: this.pipe() };
      }
      return this.cursor.take('|') ? { kind: 'pipe', left, right: this.pipe() } : left;
    } finally {
      this.depth--;
    }
  }

  private define(): Node {
    const name = this.cursor.next()?.text ?? '';
    const parameters: string[] = [];
    if (this.cursor.take('(')) {
      do parameters.push(this.cursor.next()?.text ?? '');
      while (this.cursor.take(';'));
      this.cursor.expect(')');
    }
    this.cursor.expect(':');
    const body = this.pipe();
    this.cursor.expect(';');
    return {
      kind: 'define',
      definition: { name, parameters, body },
      body: this.cursor.ended ? { kind: 'identity' } : this.pipe(),
    };
  }

  private comma(): Node {
    let left = this.assignment();
    while (this.cursor.take(',')) left = { kind: 'comma', left, right: this.assignment() };
    return left;
  }

  private assignment(): Node {
    const left = this.binary(0);
    const token = this.cursor.peek();
    if (token?.kind !== 'operator' || !ASSIGNMENTS.has(token.text)) return left;
    this.cursor.next();
    return { kind: 'assign', operator: token.text, left, right: this.binary(0) };
  }

  private binary(level: number): Node {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const token = this.cursor.peek();
      if (token === undefined || token.kind === 'string' || !operators.includes(token.text)) return left;
      this.cursor.next();
      // `//` binds to the right: a // b // c.
      const right = this.binary(token.text === '//' ? level : level + 1);
      left = { kind: 'binary', operator: token.text, left, right };
    }
  }

  private unary(): Node {
    if (this.cursor.take('-')) return { kind: 'negate', body: this.postfix() };
    return this.postfix();
  }

  private postfix(): Node {
    let node = this.primary();
    for (;;) {
      const token = this.cursor.peek();
      if (token?.kind !== 'operator') return node;
      if (token.text === '?') {
        this.cursor.next();
        node = { kind: 'try', body: node, handler: undefined };
      } else if (token.text === '[' && !(token.apart && node.kind === 'call')) {
        this.cursor.next();
        node = this.bracket(node);
      } else if (token.text === '.' && this.fieldFollows(1)) {
        this.cursor.next();
        node = { kind: 'index', target: node, key: this.fieldKey() };
      } else if (token.text === '.' && this.cursor.peek(1)?.text === '[') {
        this.cursor.next();
        this.cursor.next();
        node = this.bracket(node);
      } else return node;
    }
  }

  private fieldFollows(further: number): boolean {
    const token = this.cursor.peek(further);
    return token !== undefined && !token.apart && (token.kind === 'word' || token.kind === 'string');
  }

  private fieldKey(): Node {
    const token = this.cursor.next()!;
    if (token.kind === 'string') return { kind: 'string', format: undefined, parts: token.parts! };
    return { kind: 'literal', value: token.text };
  }

  private bracket(target: Node): Node {
    if (this.cursor.take(']')) return { kind: 'iterate', target };
    if (this.cursor.take(':')) {
      const to = this.pipe();
      this.cursor.expect(']');
      return { kind: 'slice', target, from: undefined, to };
    }
    const key = this.pipe();
    if (this.cursor.take(':')) {
      const to = this.cursor.peek()?.text === ']' ? undefined : this.pipe();
      this.cursor.expect(']');
      return { kind: 'slice', target, from: key, to };
    }
    this.cursor.expect(']');
    return { kind: 'index', target, key };
  }

  private primary(): Node {
    const token = this.cursor.next();
    if (token === undefined) throw new JqError('syntax error: unexpected end of the program');
    switch (token.kind) {
      case 'number':
        return { kind: 'literal', value: Number(token.text) };
      case 'string':
        return { kind: 'string', format: undefined, parts: token.parts! };
      case 'format': {
        const next = this.cursor.peek();
        if (next?.kind !== 'string') return { kind: 'format', name: token.text };
        this.cursor.next();
        return { kind: 'string', format: token.text, parts: next.parts! };
      }
      case 'word':
        return this.term(token.text);
      case 'operator':
        break;
    }
    if (token.text === '..') return { kind: 'recurse' };
    if (token.text === '.') {
      if (this.fieldFollows(0)) return { kind: 'index', target: { kind: 'identity' }, key: this.fieldKey() };
      return { kind: 'identity' };
    }
    if (token.text === '(') {
      const node = this.pipe();
      this.cursor.expect(')');
      return node;
    }
    if (token.text === '[') {
      if (this.cursor.take(']')) return { kind: 'array', body: undefined };
      const body = this.pipe();
      this.cursor.expect(']');
      return { kind: 'array', body };
    }
    if (token.text === '{') return this.object();
    this.cursor.back();
    throw this.cursor.unexpected();
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
        return { kind: 'try', body, handler: this.cursor.word('catch') ? this.postfix() : undefined };
      }
      case 'reduce':
      case 'foreach':
        return this.fold(word);
      case 'break':
        return { kind: 'break', name: this.cursor.variableName() };
      case 'def':
        return this.define();
    }
    if (KEYWORDS.has(word)) {
      this.cursor.back();
      throw this.cursor.unexpected();
    }
    const args: Node[] = [];
    if (this.cursor.take('(')) {
      do args.push(this.pipe());
      while (this.cursor.take(';'));
      this.cursor.expect(')');
    }
    return { kind: 'call', name: word, args };
  }

  private condition(): Node {
    const test = this.pipe();
    if (!this.cursor.word('then')) throw this.cursor.unexpected();
    const yes = this.pipe();
    if (this.cursor.word('elif')) return { kind: 'if', test, yes, no: this.condition() };
    const no = this.cursor.word('else') ? this.pipe() : undefined;
    if (!this.cursor.word('end')) throw this.cursor.unexpected();
    return { kind: 'if', test, yes, no };
  }

  private fold(kind: 'reduce' | 'foreach'): Node {
    const source = this.postfix();
    if (!this.cursor.word('as')) throw this.cursor.unexpected();
    const pattern = parsePattern(this.cursor);
    this.cursor.expect('(');
    const start = this.pipe();
    this.cursor.expect(';');
    const step = this.pipe();
    const extract = kind === 'foreach' && this.cursor.take(';') ? this.pipe() : undefined;
    this.cursor.expect(')');
    return kind === 'reduce' ? { kind, source, pattern, start, step } : { kind, source, pattern, start, step, extract };
  }

  private object(): Node {
    const entries: [Node, Node][] = [];
    while (!this.cursor.take('}')) {
      if (entries.length > 0) this.cursor.expect(',');
      if (this.cursor.take('}')) break;
      const token = this.cursor.next();
      if (token === undefined) throw new JqError('syntax error: unexpected end of the program');
      let key: Node;
      let short: Node | undefined;
      if (token.kind === 'word' && token.text.startsWith('$')) {
        key = { kind: 'literal', value: token.text.slice(1) };
        short = { kind: 'variable', name: token.text.slice(1) };
      } else if (token.kind === 'word' || token.kind === 'number') key = { kind: 'literal', value: token.text };
      else if (token.kind === 'string') key = { kind: 'string', format: undefined, parts: token.parts! };
      else if (token.kind === 'format') {
        this.cursor.back();
        key = this.primary();
      } else if (token.text === '(') {
        key = this.pipe();
        this.cursor.expect(')');
      } else {
        this.cursor.back();
        throw this.cursor.unexpected();
      }
      if (this.cursor.take(':')) entries.push([key, this.objectValue()]);
      else entries.push([key, short ?? { kind: 'index', target: { kind: 'identity' }, key }]);
    }
    return { kind: 'object', entries };
  }

  private objectValue(): Node {
    let left = this.binary(0);
    while (this.cursor.take('|')) left = { kind: 'pipe', left, right: this.binary(0) };
    return left;
  }
}
