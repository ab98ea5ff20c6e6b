import { KubectlError } from '../errors.ts';
import { compactJson, stringifyJson } from './json.ts';
import { formatNumber } from './yaml.ts';

/** kubectl's JSONPath template dialect (k8s.io/client-go/util/jsonpath): text outside braces, ranges, filters, unions. */
type Node =
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

const MAX_DEPTH = 100;

class Parser {
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
      if (next === undefined || next === '[' || next === '}') return;
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
    if (name === '') return;
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
    nodes.push(this.#index(inner));
  }

  #index(inner: string): Node {
    const text = inner.trim();
    if (text === '*') return { kind: 'wildcard' };
    const key = /^'((?:[^'\\]|\\.)*)'$/.exec(text) ?? /^"((?:[^"\\]|\\.)*)"$/.exec(text);
    if (key !== null) return { kind: 'field', name: key[1]!.replace(/\\(.)/g, '$1') };
    const parts = splitOutsideQuotes(text);
    if (parts.length > 1) {
      const members = parts.map((part) => {
        const trimmed = part.trim();
        return /^['"\d-]/.test(trimmed) ? [this.#index(trimmed)] : new Parser(trimmed, this.#depth + 1).path();
      });
      return { kind: 'union', members };
    }
    const match = /^(-?\d*)(?:(:)(-?\d*))?(?:(:)(-?\d*))?$/.exec(text);
    if (match === null) throw new KubectlError(`invalid array index ${text}`);
    const [, start = '', firstColon, end = '', , step = ''] = match;
    if (firstColon === undefined) {
      const index = Number(start);
      return {
        kind: 'array',
        start: index,
        startKnown: true,
        end: index + 1,
        endKnown: true,
        derived: true,
        step: 0,
        stepKnown: false,
      };
    }
    return {
      kind: 'array',
      start: Number(start),
      startKnown: start !== '',
      end: Number(end),
      endKnown: end !== '',
      derived: false,
      step: Number(step),
      stepKnown: step !== '',
    };
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
    const { left, operator, right } = splitFilter(text);
    const path = (part: string) => new Parser(part, this.#depth + 1).path();
    return {
      kind: 'filter',
      left: path(left),
      operator: operator === '' ? 'exists' : operator,
      right: operator === '' ? [] : path(right),
    };
  }
}

function splitFilter(text: string): { left: string; operator: string; right: string } {
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quote !== '') {
      if (character === '\\') i++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else {
      const operator = /^(==|!=|<=|>=|<|>)/.exec(text.slice(i))?.[0];
      if (operator !== undefined) return { left: text.slice(0, i), operator, right: text.slice(i + operator.length) };
    }
  }
  return { left: text, operator: '', right: '' };
}

function splitOutsideQuotes(text: string): string[] {
  const parts: string[] = [];
  let quote = '';
  let part = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quote !== '') {
      part += character;
      if (character === '\\') part += text[++i] ?? '';
      else if (character === quote) quote = '';
    } else if (character === ',') {
      parts.push(part);
      part = '';
    } else {
      if (character === '"' || character === "'") quote = character;
      part += character;
    }
  }
  parts.push(part);
  return parts;
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

/** One value of an object by its own key; never a prototype's. */
function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value)
    .sort()
    .map((key) => (value as Record<string, unknown>)[key])
    .filter((item) => item !== undefined);
}

function descend(value: unknown, found: unknown[], depth: number): void {
  if (depth > 200) return;
  for (const child of children(value)) {
    if (child === null || typeof child !== 'object') continue;
    found.push(child);
    descend(child, found, depth + 1);
  }
}

function outOfBounds(index: number, length: number): KubectlError {
  return new KubectlError(`array index out of bounds: index ${index}, length ${length}`);
}

/** Go's %v of a number, string or boolean; structures as JSON. */
export function printValue(value: unknown): string {
  if (value === null) return '<nil>';
  if (value === undefined) return '';
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'object' ? compactJson(value) : String(value);
}

export class JsonPath {
  readonly template: string;
  readonly #nodes: Node[];
  readonly allowMissing: boolean;
  /** jsonpath-as-json: each result set as an indented JSON list. */
  readonly asJson: boolean;

  constructor(template: string, options: { allowMissing?: boolean; asJson?: boolean } = {}) {
    this.template = template;
    this.allowMissing = options.allowMissing ?? false;
    this.asJson = options.asJson ?? false;
    this.#nodes = new Parser(template).template();
  }

  /** The results of the first expression that is not text (FindResults()[0] for columns and sorting). */
  results(object: unknown): unknown[][] {
    const sets: unknown[][] = [];
    this.#run(this.#nodes, object, (set) => sets.push(set));
    return sets;
  }

  /** Prints the template for an object (JSONPath.Execute). */
  execute(object: unknown): string {
    let out = '';
    this.#run(this.#nodes, object, (set) => {
      out += this.asJson ? stringifyJson(set) : set.map(printValue).join(' ');
    });
    return out;
  }

  #run(nodes: readonly Node[], object: unknown, emit: (set: unknown[]) => void, depth = 0): void {
    if (depth > MAX_DEPTH) throw new KubectlError('jsonpath is nested too deeply');
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      if (node.kind === 'text') {
        emit([node.text]);
        continue;
      }
      const [first] = node.kind === 'list' ? node.nodes : [];
      if (first?.kind === 'identifier' && first.name === 'range') {
        const end = this.#matchingEnd(nodes, i + 1);
        const items = this.#evaluate((node as { nodes: Node[] }).nodes.slice(1), [object]);
        for (const item of items) this.#run(nodes.slice(i + 1, end), item, emit, depth + 1);
        // Without an end the rest is the body, and then goes on once more for what is around the range, as upstream.
        i = end ?? i;
        continue;
      }
      if (first?.kind === 'identifier' && first.name === 'end') throw new KubectlError('not in range, nothing to end');
      const set = this.#evaluate(node.kind === 'list' ? node.nodes : [node], [object]);
      emit(set);
    }
  }

  #matchingEnd(nodes: readonly Node[], from: number): number | undefined {
    let depth = 1;
    for (let i = from; i < nodes.length; i++) {
      const node = nodes[i]!;
      const first = node.kind === 'list' ? node.nodes[0] : undefined;
      if (first?.kind !== 'identifier') continue;
      if (first.name === 'range') depth++;
      if (first.name === 'end' && --depth === 0) return i;
    }
    return undefined;
  }

  #evaluate(nodes: readonly Node[], start: unknown[]): unknown[] {
    let current = start;
    for (const node of nodes) current = this.#step(node, current);
    return current;
  }

  #step(node: Node, input: unknown[]): unknown[] {
    switch (node.kind) {
      case 'text':
        return [node.text];
      case 'value':
        return [node.value];
      case 'list':
        return this.#evaluate(node.nodes, input);
      case 'identifier':
        throw new KubectlError(`unrecognized identifier ${node.name}`);
      case 'field':
        return this.#field(node.name, input);
      case 'wildcard':
        return input.flatMap(children);
      case 'recursive': {
        const found: unknown[] = [];
        for (const value of input) {
          found.push(value);
          descend(value, found, 0);
        }
        return found;
      }
      case 'union':
        return node.members.flatMap((member) => this.#evaluate(member, input));
      case 'array':
        return input.flatMap((value) => this.#slice(node, value));
      case 'filter':
        return input.flatMap((value) =>
          (Array.isArray(value) ? value : children(value)).filter((item) => this.#test(node, item)),
        );
    }
  }

  #field(name: string, input: unknown[]): unknown[] {
    if (input.length === 0) return [];
    const found: unknown[] = [];
    for (const value of input) {
      const item = own(value, name);
      if (item !== undefined) found.push(item);
    }
    if (found.length === 0 && !this.allowMissing) throw new KubectlError(`${name} is not found`);
    return found;
  }

  #slice(node: Node & { kind: 'array' }, value: unknown): unknown[] {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) throw new KubectlError(`${goSyntax(value)} is not array or slice`);
    const length = value.length;
    let start = node.startKnown ? node.start : 0;
    let end = node.endKnown ? node.end : length;
    if (node.endKnown && (end < 0 || (end === 0 && node.derived))) end += length;
    if (start < 0) start += length;
    if (start === end || (node.startKnown && node.endKnown && start > end && !node.derived && end < 0)) return [];
    if (start >= length || start < 0) throw outOfBounds(start, length);
    if (end > length || end < 0) throw outOfBounds(end - 1, length);
    if (start > end) throw new KubectlError(`starting index ${start} is greater than ending index ${end}`);
    const step = node.stepKnown ? node.step : 1;
    if (step <= 0) throw new KubectlError('step must be > 0');
    return value.slice(start, end).filter((_, index) => index % step === 0);
  }

  #test(node: Node & { kind: 'filter' }, item: unknown): boolean {
    let left: unknown[];
    let right: unknown[];
    try {
      left = this.#evaluate(node.left, [item]);
      if (node.operator === 'exists') return left.length > 0;
      right = this.#evaluate(node.right, [item]);
    } catch (error) {
      if (error instanceof KubectlError && error.message.endsWith(' is not found')) return false;
      throw error;
    }
    if (left.length === 0 || right.length === 0) return false;
    if (left.length > 1) throw new KubectlError('can only compare one element at a time');
    if (right.length > 1) throw new KubectlError('can only compare one element at a time');
    return compare(left[0], right[0], node.operator);
  }
}

function compare(left: unknown, right: unknown, operator: string): boolean {
  const [a, b] = typeof left === typeof right ? [left, right] : [printValue(left), printValue(right)];
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if ((typeof a !== 'number' && typeof a !== 'string') || typeof a !== typeof b)
    throw new KubectlError('incompatible types for comparison');
  const [x, y] = [a as string, b as string];
  if (operator === '<') return x < y;
  if (operator === '>') return x > y;
  return operator === '<=' ? x <= y : x >= y;
}

/** Go's %#v of JSON data, as kubectl dumps the object a template failed on. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value).replace(/\x7f/g, '\\x7f');
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const record = value as Record<string, unknown>;
  const items = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(record[key])}`);
  return `map[string]interface {}{${items.join(', ')}}`;
}

/** Reads the short forms of a field path: `metadata.name`, `.metadata.name`, `{.metadata.name}` (RelaxedJSONPathExpression). */
export function relaxedPath(text: string): string {
  if (text === '') return '';
  const match = /^\{\.?([^{}]+)\}$/.exec(text) ?? /^\.?([^{}]+)$/.exec(text);
  if (match === null)
    throw new KubectlError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  return `{.${match[1]}}`;
}
