import { base64Decode, decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { KubectlError } from '../errors.ts';
import { formatNumber } from './yaml.ts';

/** Go's text/template over JSON values, with kubectl's `exists` and `base64decode`. */
type Expr =
  | { kind: 'dot'; at: number }
  | { kind: 'field'; names: string[]; at: number }
  | { kind: 'variable'; name: string; names: string[]; at: number }
  | { kind: 'literal'; value: unknown; at: number }
  | { kind: 'function'; name: string; at: number }
  | { kind: 'pipe'; pipe: Pipe; names: string[]; at: number };

interface CommandNode {
  args: Expr[];
}

interface Pipe {
  declare: string[];
  assign: boolean;
  commands: CommandNode[];
}

type Block =
  | { kind: 'text'; text: string }
  | { kind: 'action'; pipe: Pipe }
  | ControlBlock
  | { kind: 'template'; name: string; pipe: Pipe | undefined }
  | { kind: 'break' | 'continue' };

interface ControlBlock {
  kind: 'if' | 'range' | 'with';
  pipe: Pipe;
  body: Block[];
  otherwise: Block[];
}

type Token = {
  text: string;
  type: 'word' | 'string' | 'number' | 'punctuation' | 'field' | 'variable' | 'space' | 'char';
  /** Where it begins in the template. */
  at: number;
};

const MAX_DEPTH = 100;
const FUNCTIONS = new Set(
  'and or not len index slice print printf println html js urlquery call eq ne lt le gt ge exists base64decode'.split(
    ' ',
  ),
);
const KEYWORDS = new Set('if range with else end define template block break continue nil'.split(' '));

function tokenize(text: string, start: number): Token[] {
  const tokens: Token[] = [];
  let rest = text;
  const patterns: [RegExp, Token['type']][] = [
    [/^\s+/, 'space'],
    [/^"(?:[^"\\\n]|\\.)*"/, 'string'],
    [/^`[^`]*`/, 'string'],
    [/^'(?:[^'\\]|\\.)+'/, 'char'],
    [/^[-+]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)/, 'number'],
    [/^\$[\p{L}\p{N}_]*/u, 'variable'],
    [/^\.[\p{L}_][\p{L}\p{N}_]*/u, 'field'],
    [/^[\p{L}_][\p{L}\p{N}_]*/u, 'word'],
    [/^(?::=|=|\||\(|\)|,|\.)/, 'punctuation'],
  ];
  while (rest !== '') {
    const hit = patterns
      .map(([pattern, type]) => ({ match: pattern.exec(rest)?.[0], type }))
      .find(({ match }) => match !== undefined);
    if (hit === undefined) {
      if (rest.startsWith('"')) throw new KubectlError('unterminated quoted string');
      throw new KubectlError(`unexpected ${JSON.stringify(rest[0])} in operand`);
    }
    tokens.push({ text: hit.match!, type: hit.type, at: start + text.length - rest.length });
    rest = rest.slice(hit.match!.length);
  }
  return tokens;
}

interface Piece {
  text?: string;
  action?: string;
  /** Where the action's text begins. */
  at?: number;
}

/** Splits a template at its actions, with `{{-` and `-}}` applied and comments gone. */
function split(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    let text = open < 0 ? source.slice(at) : source.slice(at, open);
    if (trimNext) text = text.replace(/^[ \t\r\n]+/, '');
    trimNext = false;
    if (open < 0) {
      pieces.push({ text });
      break;
    }
    let start = open + 2;
    if (/^-[ \t\r\n]/.test(source.slice(start, start + 2))) {
      text = text.replace(/[ \t\r\n]+$/, '');
      start++;
    }
    if (text !== '') pieces.push({ text });
    const end = closing(source, start);
    let action = source.slice(start, end);
    if (/[ \t\r\n]-$/.test(action)) {
      trimNext = true;
      action = action.slice(0, -1);
    }
    if (!/^\s*\/\*[\s\S]*\*\/\s*$/.test(action)) pieces.push({ action, at: start });
    at = end + 2;
  }
  return pieces;
}

function closing(source: string, from: number): number {
  let quote = '';
  for (let i = from; i < source.length; i++) {
    const character = source[i]!;
    if (quote !== '') {
      if (character === '\\' && quote === '"') i++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === '`') quote = character;
    else if (source.startsWith('}}', i)) return i;
  }
  throw new KubectlError('unclosed action');
}

class Parser {
  readonly #pieces: Piece[];
  #at = 0;
  readonly templates = new Map<string, Block[]>();

  constructor(source: string) {
    this.#pieces = split(source);
  }

  parse(): Block[] {
    const { blocks, end } = this.#blocks(0);
    if (end !== 'eof') throw new KubectlError(`unexpected {{${end}}}`);
    return blocks;
  }

  #blocks(depth: number): { blocks: Block[]; end: string; tokens: Token[] } {
    if (depth > MAX_DEPTH) throw new KubectlError('template is nested too deeply');
    const blocks: Block[] = [];
    while (this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at++]!;
      if (piece.text !== undefined) {
        blocks.push({ kind: 'text', text: piece.text });
        continue;
      }
      const action = piece.action!;
      const tokens = tokenize(action.trim(), piece.at! + action.length - action.trimStart().length);
      const keyword = tokens[0]?.type === 'word' ? tokens[0].text : '';
      if (keyword === 'end' || keyword === 'else') return { blocks, end: keyword, tokens: tokens.slice(1) };
      if (keyword === 'if' || keyword === 'range' || keyword === 'with')
        blocks.push(this.#control(keyword, tokens.slice(1), depth));
      else if (keyword === 'define' || keyword === 'block') {
        const name = stringOf(tokens[2]);
        const body = this.#blocks(depth + 1);
        if (body.end !== 'end') throw new KubectlError('unexpected EOF');
        this.templates.set(name, body.blocks);
        if (keyword === 'block') blocks.push({ kind: 'template', name, pipe: this.#pipe(tokens.slice(3)) });
      } else if (keyword === 'template') {
        const rest = tokens.slice(3).filter((token) => token.type !== 'space');
        blocks.push({
          kind: 'template',
          name: stringOf(tokens[2]),
          pipe: rest.length === 0 ? undefined : this.#pipe(rest),
        });
      } else if (keyword === 'break' || keyword === 'continue') blocks.push({ kind: keyword });
      else blocks.push({ kind: 'action', pipe: this.#pipe(tokens) });
    }
    return { blocks, end: 'eof', tokens: [] };
  }

  #control(kind: 'if' | 'range' | 'with', tokens: Token[], depth: number): Block {
    const pipe = this.#pipe(tokens);
    const body = this.#blocks(depth + 1);
    let otherwise: Block[] = [];
    if (body.end === 'else') {
      const rest = body.tokens.filter((token) => token.type !== 'space');
      if (rest[0]?.text === 'if' || rest[0]?.text === 'with')
        otherwise = [
          this.#control(rest[0].text as 'if', body.tokens.slice(body.tokens.indexOf(rest[0]) + 1), depth + 1),
        ];
      else {
        const alternative = this.#blocks(depth + 1);
        if (alternative.end !== 'end') throw new KubectlError('unexpected EOF');
        otherwise = alternative.blocks;
      }
    } else if (body.end !== 'end') throw new KubectlError('unexpected EOF');
    return { kind, pipe, body: body.blocks, otherwise };
  }

  #pipe(tokens: Token[]): Pipe {
    const reader = { tokens, at: 0 };
    const pipe = this.#readPipe(reader, 0);
    if (reader.at < tokens.length)
      throw new KubectlError(`unexpected ${JSON.stringify(tokens[reader.at]!.text)} in command`);
    return pipe;
  }

  #readPipe(reader: { tokens: Token[]; at: number }, depth: number): Pipe {
    if (depth > MAX_DEPTH) throw new KubectlError('template is nested too deeply');
    const peek = () => reader.tokens[reader.at];
    const skip = () => {
      while (peek()?.type === 'space') reader.at++;
    };
    const pipe: Pipe = { declare: [], assign: false, commands: [] };
    const compact = reader.tokens.slice(reader.at).filter((token) => token.type !== 'space');
    const operator = compact.findIndex((token) => token.text === ':=' || token.text === '=');
    if (operator > 0 && compact.slice(0, operator).every((token) => token.type === 'variable' || token.text === ',')) {
      pipe.declare = compact
        .slice(0, operator)
        .filter((token) => token.type === 'variable')
        .map((token) => token.text);
      pipe.assign = compact[operator]!.text === '=';
      while (peek() !== compact[operator]) reader.at++;
      reader.at++;
    }
    let args: Expr[] = [];
    for (;;) {
      skip();
      const token = peek();
      if (token === undefined || token.text === ')' || token.text === '|') {
        if (args.length === 0) throw new KubectlError('missing value for command');
        pipe.commands.push({ args });
        args = [];
        if (token?.text !== '|') return pipe;
        reader.at++;
        continue;
      }
      args.push(this.#operand(reader, depth));
    }
  }

  #operand(reader: { tokens: Token[]; at: number }, depth: number): Expr {
    const token = reader.tokens[reader.at++]!;
    const fields = (): string[] => {
      const names: string[] = [];
      while (reader.tokens[reader.at]?.type === 'field') names.push(reader.tokens[reader.at++]!.text.slice(1));
      return names;
    };
    // A chain of fields stands where its second part does, as upstream's parser has it.
    const at = reader.tokens[reader.at]?.type === 'field' ? reader.tokens[reader.at]!.at : token.at;
    switch (token.type) {
      case 'field':
        return { kind: 'field', names: [token.text.slice(1), ...fields()], at };
      case 'variable':
        return { kind: 'variable', name: token.text, names: fields(), at };
      case 'string':
        return { kind: 'literal', value: stringOf(token), at };
      case 'char':
        return {
          kind: 'literal',
          value: stringOf({ type: 'string', at, text: `"${token.text.slice(1, -1)}"` }).codePointAt(0),
          at,
        };
      case 'number':
        return { kind: 'literal', value: Number(token.text), at };
      case 'word':
        if (token.text === 'true' || token.text === 'false')
          return { kind: 'literal', value: token.text === 'true', at };
        if (token.text === 'nil') return { kind: 'literal', value: null, at };
        if (KEYWORDS.has(token.text)) throw new KubectlError(`unexpected <${token.text}> in operand`);
        if (!FUNCTIONS.has(token.text)) throw new KubectlError(`function ${JSON.stringify(token.text)} not defined`);
        return { kind: 'function', name: token.text, at };
      default:
        if (token.text === '.') return { kind: 'dot', at };
        if (token.text === '(') {
          const pipe = this.#readPipe(reader, depth + 1);
          if (reader.tokens[reader.at]?.text !== ')') throw new KubectlError('unclosed left paren');
          reader.at++;
          return { kind: 'pipe', pipe, names: fields(), at };
        }
        throw new KubectlError(`unexpected ${JSON.stringify(token.text)} in operand`);
    }
  }
}

function stringOf(token: Token | undefined): string {
  if (token?.type !== 'string') throw new KubectlError('expected a string');
  if (token.text.startsWith('`')) return token.text.slice(1, -1);
  const simple: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '"': '"',
    '\\': '\\',
    "'": "'",
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  return token.text
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/g, (_, u?: string, x?: string, c?: string) =>
      u !== undefined || x !== undefined ? String.fromCharCode(Number.parseInt((u ?? x)!, 16)) : (simple[c!] ?? c!),
    );
}

/** Go's template truth: false, 0, nil, and whatever is empty are false. */
function truth(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Go's %v. */
export function goValue(value: unknown, top = true): string {
  if (value === undefined) return '<no value>';
  if (value === null) return top ? '<no value>' : '<nil>';
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => goValue(item, false)).join(' ')}]`;
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>;
    const keys = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort();
    return `map[${keys.map((key) => `${key}:${goValue(record[key], false)}`).join(' ')}]`;
  }
  return String(value);
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function sprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const out = format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const value = args[next++];
      let text: string;
      const wrong = () => `%!${verb}(${typeName(value)}=${goValue(value, false)})`;
      if (verb === 'v') text = goValue(value, false);
      else if (verb === 's')
        text = typeof value === 'string' || typeof value === 'object' ? goValue(value, false) : wrong();
      else if (verb === 'q') text = typeof value === 'string' ? JSON.stringify(value) : wrong();
      else if (verb === 'd') text = typeof value === 'number' && Number.isInteger(value) ? String(value) : wrong();
      else if (verb === 'f')
        text = typeof value === 'number' ? value.toFixed(precision === undefined ? 6 : Number(precision)) : wrong();
      else if (verb === 'g') text = typeof value === 'number' ? formatNumber(value) : wrong();
      else if (verb === 't') text = typeof value === 'boolean' ? String(value) : wrong();
      else if (verb === 'x') text = typeof value === 'number' ? value.toString(16) : wrong();
      else if (verb === 'T') text = typeName(value);
      else text = wrong();
      if (verb === 's' && precision !== undefined) text = [...text].slice(0, Number(precision)).join('');
      const size = Number(width);
      if (flags.includes('-')) return text.padEnd(size);
      return text.padStart(size, flags.includes('0') && typeof value === 'number' ? '0' : ' ');
    },
  );
  return next < args.length
    ? `${out}%!(EXTRA ${args
        .slice(next)
        .map((arg) => `${typeName(arg)}=${goValue(arg, false)}`)
        .join(', ')})`
    : out;
}

class Signal extends Error {
  readonly kind: 'break' | 'continue';
  constructor(kind: 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

type Scope = Map<string, unknown>;

export class GoTemplate {
  readonly source: string;
  readonly #blocks: Block[];
  readonly #templates: Map<string, Block[]>;
  readonly #allowMissing: boolean;
  #out = '';
  /** What is being evaluated. */
  #node: { at: number; text: string } | undefined;

  constructor(source: string, allowMissing: boolean) {
    this.source = source;
    this.#allowMissing = allowMissing;
    try {
      const parser = new Parser(source);
      this.#blocks = parser.parse();
      this.#templates = parser.templates;
    } catch (error) {
      if (error instanceof KubectlError)
        throw new KubectlError(`error parsing template ${source}, template: output:1: ${error.message}`);
      throw error;
    }
  }

  execute(data: unknown): string {
    this.#out = '';
    this.#node = undefined;
    try {
      this.#run(this.#blocks, data, new Map([['$', data]]), 0);
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error;
      throw new KubectlError(`template: output:${this.#place()}${error.message}`);
    }
    return this.#out;
  }

  /** Where execution was, as the errors of Go's templates say it. */
  #place(): string {
    if (this.#node === undefined) return '1: ';
    const { at, text } = this.#node;
    const before = this.source.slice(0, at);
    const column = encodeUtf8(before.slice(before.lastIndexOf('\n') + 1)).length;
    return `${before.split('\n').length}:${column}: executing "output" at <${text}>: `;
  }

  #run(blocks: readonly Block[], dot: unknown, outer: Scope, depth: number): void {
    if (depth > MAX_DEPTH) throw new KubectlError('exceeded maximum template depth (100)');
    const scope = outer;
    for (const block of blocks) {
      if (block.kind === 'text') this.#out += block.text;
      else if (block.kind === 'break' || block.kind === 'continue') throw new Signal(block.kind);
      else if (block.kind === 'action') {
        const value = this.#pipe(block.pipe, dot, scope);
        if (block.pipe.declare.length === 0) this.#out += goValue(value);
      } else if (block.kind === 'template') {
        const body = this.#templates.get(block.name);
        if (body === undefined) throw new KubectlError(`template ${JSON.stringify(block.name)} not defined`);
        const value = block.pipe === undefined ? undefined : this.#pipe(block.pipe, dot, scope);
        this.#run(body, value, new Map([['$', value]]), depth + 1);
      } else this.#control(block as ControlBlock, dot, scope, depth);
    }
  }

  #control(block: ControlBlock, dot: unknown, outer: Scope, depth: number): void {
    const scope = nested(outer);
    const value = this.#pipe(block.pipe, dot, scope);
    if (block.kind !== 'range') {
      const yes = truth(value);
      this.#run(yes ? block.body : block.otherwise, yes && block.kind === 'with' ? value : dot, scope, depth + 1);
      return;
    }
    const entries = rangeEntries(value);
    if (entries.length === 0) {
      this.#run(block.otherwise, dot, scope, depth + 1);
      return;
    }
    const [first, second] = block.pipe.declare;
    for (const [key, item] of entries) {
      const inner = nested(scope);
      if (second !== undefined) {
        inner.set(first!, key);
        inner.set(second, item);
      } else if (first !== undefined) inner.set(first, item);
      try {
        this.#run(block.body, item, inner, depth + 1);
      } catch (error) {
        if (!(error instanceof Signal)) throw error;
        if (error.kind === 'break') break;
      }
    }
  }

  #pipe(pipe: Pipe, dot: unknown, scope: Scope): unknown {
    let value: unknown;
    pipe.commands.forEach((command, index) => {
      value = this.#command(command, dot, scope, index > 0 ? [value] : []);
    });
    if (pipe.declare.length === 1) {
      if (pipe.assign) assign(scope, pipe.declare[0]!, value);
      else scope.set(pipe.declare[0]!, value);
    }
    return value;
  }

  #command(command: CommandNode, dot: unknown, scope: Scope, piped: unknown[]): unknown {
    const [first, ...rest] = command.args;
    const head = first!;
    if (head.kind === 'function') {
      if (head.name === 'and' || head.name === 'or') return this.#shortCircuit(head.name, rest, dot, scope, piped);
      const args = [...rest.map((arg) => this.#expr(arg, dot, scope)), ...piped];
      this.#node = { at: head.at, text: command.args.map(describe).join(' ') };
      return callFunction(head.name, args);
    }
    if (rest.length > 0 || piped.length > 0)
      throw new KubectlError(`can't give argument to non-function ${describe(head)}`);
    return this.#expr(head, dot, scope);
  }

  #shortCircuit(name: 'and' | 'or', args: readonly Expr[], dot: unknown, scope: Scope, piped: unknown[]): unknown {
    let value: unknown;
    for (const arg of args) {
      value = this.#expr(arg, dot, scope);
      if (truth(value) === (name === 'or')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #expr(expr: Expr, dot: unknown, scope: Scope): unknown {
    if (expr.kind !== 'pipe') this.#node = { at: expr.at, text: describe(expr) };
    switch (expr.kind) {
      case 'dot':
        return dot;
      case 'literal':
        return expr.value;
      case 'field':
        return this.#fields(dot, expr.names);
      case 'variable': {
        if (!scope.has(expr.name)) throw new KubectlError(`undefined variable ${JSON.stringify(expr.name)}`);
        return this.#fields(scope.get(expr.name), expr.names);
      }
      case 'pipe':
        return this.#fields(this.#pipe(expr.pipe, dot, nested(scope)), expr.names);
      case 'function':
        return callFunction(expr.name, []);
    }
  }

  #fields(start: unknown, names: readonly string[]): unknown {
    let value = start;
    for (const name of names) {
      if (value === undefined || value === null) {
        if (!this.#allowMissing) throw new KubectlError(`nil data; no entry for key ${JSON.stringify(name)}`);
        value = undefined;
        continue;
      }
      if (typeof value !== 'object' || Array.isArray(value))
        throw new KubectlError(
          `can't evaluate field ${name} in type ${typeName(value) === 'map[string]interface {}' ? 'interface {}' : 'interface {}'}`,
        );
      const has = Object.hasOwn(value, name);
      if (!has && !this.#allowMissing) throw new KubectlError(`map has no entry for key ${JSON.stringify(name)}`);
      value = has ? (value as Record<string, unknown>)[name] : undefined;
    }
    return value;
  }
}

/** A scope that sees the outer one; assignments with `=` reach outwards. */
class Nested extends Map<string, unknown> {
  readonly outer: Scope;
  constructor(outer: Scope) {
    super();
    this.outer = outer;
  }
  override get(name: string): unknown {
    return super.has(name) ? super.get(name) : this.outer.get(name);
  }
  override has(name: string): boolean {
    return super.has(name) || this.outer.has(name);
  }
  owns(name: string): boolean {
    return super.has(name);
  }
}

function nested(outer: Scope): Scope {
  return new Nested(outer);
}

function assign(scope: Scope, name: string, value: unknown): void {
  if (scope instanceof Nested && !scope.owns(name)) assign(scope.outer, name, value);
  else if (!scope.has(name)) throw new KubectlError(`undefined variable ${JSON.stringify(name)}`);
  else scope.set(name, value);
}

/** An expression as Go prints it again. */
function describe(expr: Expr): string {
  const names = (list: readonly string[]): string => list.map((name) => `.${name}`).join('');
  switch (expr.kind) {
    case 'dot':
      return '.';
    case 'field':
      return names(expr.names);
    case 'variable':
      return expr.name + names(expr.names);
    case 'literal':
      return typeof expr.value === 'string' ? JSON.stringify(expr.value) : String(expr.value ?? 'nil');
    case 'function':
      return expr.name;
    case 'pipe': {
      const commands = expr.pipe.commands.map(({ args }) => args.map(describe).join(' '));
      return `(${commands.join(' | ')})${names(expr.names)}`;
    }
  }
}

function rangeEntries(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === 'number' && value <= 100_000)
    return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index]);
  if (typeof value === 'object' && value !== null)
    return Object.keys(value)
      .sort()
      .map((key) => [key, (value as Record<string, unknown>)[key]]);
  if (value === null || value === undefined) return [];
  throw new KubectlError(`range can't iterate over ${goValue(value)}`);
}

function order(left: unknown, right: unknown): number {
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string'))
    throw new KubectlError('incompatible types for comparison');
  if (left === right) return 0;
  return (left as string) < (right as string) ? -1 : 1;
}

function equal(left: unknown, right: unknown): boolean {
  const nothing = (value: unknown) => value === null || value === undefined;
  if (nothing(left) || nothing(right)) return nothing(left) && nothing(right);
  if (typeof left === 'object' || typeof right === 'object') throw new KubectlError('non-comparable types');
  if (typeof left !== typeof right) throw new KubectlError('incompatible types for comparison');
  return left === right;
}

function indexInto(value: unknown, keys: readonly unknown[]): unknown {
  let current = value;
  for (const key of keys) {
    if (current === null || current === undefined) throw new KubectlError('error calling index: index of untyped nil');
    if (Array.isArray(current)) {
      if (typeof key !== 'number')
        throw new KubectlError(`error calling index: cannot index slice/array with type ${typeName(key)}`);
      if (key < 0 || key >= current.length) throw new KubectlError(`error calling index: index out of range: ${key}`);
      current = current[key];
    } else if (typeof current === 'object') {
      current =
        typeof key === 'string' && Object.hasOwn(current, key) ? (current as Record<string, unknown>)[key] : undefined;
    } else if (typeof current === 'string' && typeof key === 'number') current = current.charCodeAt(key);
    else throw new KubectlError(`error calling index: can't index item of type ${typeName(current)}`);
  }
  return current;
}

function callFunction(name: string, args: unknown[]): unknown {
  const [first, second] = args;
  switch (name) {
    case 'not':
      return !truth(first);
    case 'len':
      if (typeof first === 'string') return first.length;
      if (Array.isArray(first)) return first.length;
      if (typeof first === 'object' && first !== null) return Object.keys(first).length;
      throw new KubectlError(
        `error calling len: len of ${first === undefined || first === null ? 'nil pointer' : `type ${typeName(first)}`}`,
      );
    case 'index':
      return indexInto(first, args.slice(1));
    case 'slice':
      return (first as string | unknown[]).slice(...(args.slice(1) as number[]));
    case 'print':
      return args
        .map(
          (arg, i) =>
            (i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string' ? ' ' : '') + goValue(arg, false),
        )
        .join('');
    case 'println':
      return `${args.map((arg) => goValue(arg, false)).join(' ')}\n`;
    case 'printf':
      return sprintf(String(first), args.slice(1));
    case 'eq':
      return args.slice(1).some((arg) => equal(first, arg));
    case 'ne':
      return !equal(first, second);
    case 'lt':
      return order(first, second) < 0;
    case 'le':
      return order(first, second) <= 0;
    case 'gt':
      return order(first, second) > 0;
    case 'ge':
      return order(first, second) >= 0;
    case 'exists':
      try {
        return indexInto(first, args.slice(1)) !== undefined;
      } catch {
        return false;
      }
    case 'base64decode': {
      const bytes = base64Decode(goValue(first));
      if (bytes === undefined)
        throw new KubectlError('error calling base64decode: base64 decode failed: illegal base64 data at input byte 0');
      return decodeUtf8(bytes);
    }
    case 'html':
      return goValue(first).replace(
        /[&<>"']/g,
        (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[c]!,
      );
    case 'js':
      return goValue(first).replace(/[\\'"<>&=\n]/g, (c) =>
        c === '\n' ? '\\u000A' : '\\\'"'.includes(c) ? `\\${c}` : `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    case 'urlquery':
      return encodeURIComponent(goValue(first)).replace(/%20/g, '+');
    default:
      throw new KubectlError(`function ${JSON.stringify(name)} cannot be called here`);
  }
}
