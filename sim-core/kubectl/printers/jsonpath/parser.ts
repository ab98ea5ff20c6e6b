import { KubectlError } from '../../errors.ts';

/** A parsed part of a template. */
export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'field'; name: string }
  | { kind: 'identifier'; name: string }
  | {
      kind: 'array';
      start: number;
      startKnown: boolean;
      end: number;
      endKnown: boolean;
      derived: boolean;
      step: number;
      stepKnown: boolean;
    }
  | { kind: 'filter'; left: Node[]; right: Node[]; operator: string }
  | { kind: 'value'; value: number | boolean }
  | { kind: 'wildcard' }
  | { kind: 'recursive' }
  | { kind: 'union'; members: Node[][] }
  | { kind: 'list'; nodes: Node[] };

/** How deep templates may nest. */
export const MAX_DEPTH = 100;

/** Reads templates as k8s.io/client-go/util/jsonpath does. */
export class Parser {
  readonly #input: string;
  #at = 0;
  #depth: number;

  constructor(input: string, depth = 0) {
    this.#input = input;
    this.#depth = depth;
    if (depth > MAX_DEPTH) throw new KubectlError('jsonpath is nested too deeply');
  }

  template(): Node[] {
    const nodes: Node[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') nodes.push({ kind: 'text', text });
      text = '';
    };
    while (this.#at < this.#input.length) {
      if (this.#input[this.#at] === '{') {
        flush();
        this.#at++;
        nodes.push({ kind: 'list', nodes: this.#action() });
      } else text += this.#input[this.#at++];
    }
    flush();
    return nodes;
  }

  /** The inside of braces, up to `}`. */
  #action(): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const character = this.#input[this.#at];
      if (character === undefined || character === '\n') throw new KubectlError('unclosed action');
      if (character === '}') {
        this.#at++;
        return nodes;
      }
      this.#inside(nodes);
    }
  }

  /** A path without braces, up to the end: inside filters and unions. */
  path(): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#input.length) this.#inside(nodes);
    return nodes;
  }

  #inside(nodes: Node[]): void {
    const character = this.#input[this.#at]!;
    if (character === ' ' || character === '\t' || character === '\r' || character === '@' || character === '$') {
      this.#at++;
    } else if (character === '[') this.#bracket(nodes);
    else if (character === '"' || character === "'") nodes.push(this.#quoted(character));
    else if (character === '.') this.#dot(nodes);
    else if (character === '+' || character === '-' || isDigit(character)) nodes.push(this.#number());
    else if (isWord(character)) {
      const start = this.#at;
      while (this.#at < this.#input.length && isWord(this.#input[this.#at]!)) this.#at++;
      const name = this.#input.slice(start, this.#at);
      nodes.push(
        name === 'true' || name === 'false' ? { kind: 'value', value: name === 'true' } : { kind: 'identifier', name },
      );
    } else
      throw new KubectlError(
        `unrecognized character in action: U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${character}'`,
      );
  }

  #number(): Node {
    const match = /^[-+]?\d*\.?\d*/.exec(this.#input.slice(this.#at))!;
    this.#at += match[0].length;
    const value = Number(match[0]);
    if (match[0] === '' || Number.isNaN(value)) throw new KubectlError(`cannot parse number ${match[0]}`);
    return { kind: 'value', value };
  }

  #quoted(quote: string): Node {
    const start = this.#at++;
    while (this.#at < this.#input.length && this.#input[this.#at] !== quote) {
      if (this.#input[this.#at] === '\\') this.#at++;
      this.#at++;
    }
    if (this.#at >= this.#input.length) throw new KubectlError('unterminated quoted string');
    this.#at++;
    return { kind: 'text', text: unquote(this.#input.slice(start + 1, this.#at - 1)) };
  }

  #dot(nodes: Node[]): void {
    this.#at++;
    if (this.#input[this.#at] === '.') {
      this.#at++;
      nodes.push({ kind: 'recursive' });
      const next = this.#input[this.#at];
      if (next === undefined || !isWord(next)) return;
    }
    let name = '';
    while (this.#at < this.#input.length) {
      const character = this.#input[this.#at]!;
      if (character === '\\') {
        this.#at++;
        name += this.#input[this.#at] ?? '';
        this.#at++;
      } else if (' \t\r\n.,[]|$@{}()'.includes(character)) break;
      else if (/[=<>!]/.test(character)) break;
      else {
        name += character;
        this.#at++;
      }
    }
    nodes.push(name === '*' ? { kind: 'wildcard' } : { kind: 'field', name });
  }

  #bracket(nodes: Node[]): void {
    const start = ++this.#at;
    if (this.#input.startsWith('?(', start)) {
      this.#at += 2;
      nodes.push(this.#filter());
      return;
    }
    let quote = '';
    for (; this.#at < this.#input.length; this.#at++) {
      const character = this.#input[this.#at]!;
      if (quote !== '') {
        if (character === '\\') this.#at++;
        else if (character === quote) quote = '';
      } else if (character === '"' || character === "'") quote = character;
      else if (character === ']') break;
    }
    if (this.#at >= this.#input.length) throw new KubectlError('unterminated array');
    const inner = this.#input.slice(start, this.#at++);
    nodes.push(...this.#index(inner));
  }

  #index(inner: string): Node[] {
    if (inner === '*') return [{ kind: 'wildcard' }];
    const parts = inner.split(',');
    const within = (text: string) => new Parser(text, this.#depth + 1).path();
    if (parts.length > 1)
      return [{ kind: 'union', members: parts.map((part) => within(`[${part.replace(/^ +| +$/g, '')}]`)) }];
    const key = /^'([^']*)'$/.exec(inner)?.[1];
    if (key !== undefined) return within(`.${key}`);
    const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(inner);
    if (match === null) throw new KubectlError(`invalid array index ${inner}`);
    const [, start = '', end, step = ''] = match;
    const read = (text: string) => Number(text.replace(':', ''));
    return [
      {
        kind: 'array',
        start: read(start),
        startKnown: start !== '',
        end: end === undefined ? read(start) + 1 : read(end),
        endKnown: end !== ':',
        derived: end === undefined,
        step: read(step),
        stepKnown: step !== '' && step !== ':',
      },
    ];
  }

  #filter(): Node {
    let depth = 1;
    let quote = '';
    const start = this.#at;
    for (; this.#at < this.#input.length && depth > 0; this.#at++) {
      const character = this.#input[this.#at]!;
      if (quote !== '') {
        if (character === '\\') this.#at++;
        else if (character === quote) quote = '';
      } else if (character === '"' || character === "'") quote = character;
      else if (character === '(') depth++;
      else if (character === ')') depth--;
    }
    if (depth > 0) throw new KubectlError('unterminated filter');
    const text = this.#input.slice(start, this.#at - 1);
    if (this.#input[this.#at] !== ']') throw new KubectlError('unclosed array expect ]');
    this.#at++;
    const path = (part: string) => new Parser(part, this.#depth + 1).path();
    const match = /^([^!<>=]+)([!<>=]+)(.+)$/.exec(text);
    if (match === null) return { kind: 'filter', left: path(text), operator: 'exists', right: [] };
    return { kind: 'filter', left: path(match[1]!), operator: match[2]!, right: path(match[3]!) };
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}_*]/u.test(character);
}

const UNQUOTED: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

function unquote(text: string): string {
  return text.replace(
    /\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\(.)/g,
    (_, unicode?: string, hex?: string, other?: string) => {
      if (unicode !== undefined || hex !== undefined)
        return String.fromCharCode(Number.parseInt((unicode ?? hex)!, 16));
      return UNQUOTED[other!] ?? other!;
    },
  );
}
