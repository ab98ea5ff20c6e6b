import { encodeUtf8 } from '../../api/utf8.ts';
import { KubectlError } from '../errors.ts';
import { callFunction, checkArguments } from './go-template/functions.ts';
import {
  type Block,
  type ControlBlock,
  describe,
  describePipe,
  type Expr,
  MAX_DEPTH,
  type Pipe,
} from './go-template/nodes.ts';
import { Parser } from './go-template/parser.ts';
import { goValue, truth } from './go-template/values.ts';

export { goValue } from './go-template/values.ts';

class Signal extends Error {
  readonly kind: 'break' | 'continue';
  constructor(kind: 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

/** Variables by name; a block sees those around it. */
class Scope {
  readonly #own = new Map<string, unknown>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): unknown {
    return this.#own.has(name) ? this.#own.get(name) : this.#outer?.get(name);
  }

  declare(name: string, value: unknown): this {
    this.#own.set(name, value);
    return this;
  }

  assign(name: string, value: unknown): void {
    if (this.#own.has(name) || this.#outer === undefined) this.#own.set(name, value);
    else this.#outer.assign(name, value);
  }
}

function rangeEntries(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === 'number' && Number.isInteger(value) && value <= 100_000)
    return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index]);
  if (typeof value === 'object' && value !== null)
    return Object.keys(value)
      .sort()
      .map((key) => [key, (value as Record<string, unknown>)[key]]);
  if (value === null || value === undefined) return [];
  throw new KubectlError(`range can't iterate over ${goValue(value)}`);
}

/** Go's text/template over JSON values, with kubectl's `exists` and `base64decode`. */
export class GoTemplate {
  readonly source: string;
  readonly #blocks: Block[];
  readonly #templates: Map<string, Block[]>;
  readonly #allowMissing: boolean;
  #out = '';
  /** The template that runs, and the part of it that is being evaluated. */
  #name = 'output';
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

  /** What was printed before an error stays in `printed`. */
  execute(data: unknown): string {
    this.#out = '';
    this.#node = undefined;
    this.#name = 'output';
    try {
      this.#run(this.#blocks, data, new Scope().declare('$', data), 0);
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error;
      throw new KubectlError(`template: output:${this.#place()}${error.message}`);
    }
    return this.#out;
  }

  get printed(): string {
    return this.#out;
  }

  /** Where execution was, as the errors of Go's templates say it. */
  #place(): string {
    if (this.#node === undefined) return '1: ';
    const { at, text } = this.#node;
    const before = this.source.slice(0, at);
    const column = encodeUtf8(before.slice(before.lastIndexOf('\n') + 1)).length;
    return `${before.split('\n').length}:${column}: executing ${JSON.stringify(this.#name)} at <${text}>: `;
  }

  #run(blocks: readonly Block[], dot: unknown, scope: Scope, depth: number): void {
    if (depth > MAX_DEPTH) throw new KubectlError('exceeded maximum template depth (100)');
    for (const block of blocks) {
      if (block.kind === 'text') this.#out += block.text;
      else if (block.kind === 'break' || block.kind === 'continue') throw new Signal(block.kind);
      else if (block.kind === 'action') {
        const value = this.#pipe(block.pipe, dot, scope);
        if (block.pipe.declare.length === 0) this.#out += goValue(value);
      } else if (block.kind === 'template') this.#template(block, dot, scope, depth);
      else this.#control(block as ControlBlock, dot, scope, depth);
    }
  }

  #template({ name, pipe, at }: Block & { kind: 'template' }, dot: unknown, scope: Scope, depth: number): void {
    const quoted = JSON.stringify(name);
    const body = this.#templates.get(name);
    const value = pipe === undefined ? undefined : this.#pipe(pipe, dot, scope);
    this.#node = { at, text: `{{template ${quoted}${pipe === undefined ? '' : ` ${describePipe(pipe)}`}}}` };
    if (body === undefined) throw new KubectlError(`template ${quoted} not defined`);
    const caller = this.#name;
    this.#name = name;
    this.#run(body, value, new Scope().declare('$', value), depth + 1);
    this.#name = caller;
  }

  #control(block: ControlBlock, dot: unknown, outer: Scope, depth: number): void {
    const scope = new Scope(outer);
    const value = this.#pipe(block.pipe, dot, scope);
    if (block.kind !== 'range') {
      const yes = truth(value);
      this.#run(yes ? block.body : block.otherwise, yes && block.kind === 'with' ? value : dot, scope, depth + 1);
      return;
    }
    const entries = rangeEntries(value);
    if (entries.length === 0) this.#run(block.otherwise, dot, scope, depth + 1);
    const [first, second] = block.pipe.declare;
    for (const [key, item] of entries) {
      const inner = new Scope(scope);
      if (second !== undefined) inner.declare(first!, key).declare(second, item);
      else if (first !== undefined) inner.declare(first, item);
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
    const [name, more] = pipe.declare;
    if (name !== undefined && more === undefined) {
      if (pipe.assign) scope.assign(name, value);
      else scope.declare(name, value);
    }
    return value;
  }

  #command(command: readonly Expr[], dot: unknown, scope: Scope, piped: unknown[]): unknown {
    const [head, ...rest] = command as [Expr, ...Expr[]];
    if (head.kind === 'function') {
      if (head.name === 'and' || head.name === 'or') return this.#shortCircuit(head.name, rest, dot, scope, piped);
      this.#node = { at: head.at, text: head.name };
      checkArguments(head.name, rest.length + piped.length);
      const args = [...rest.map((arg) => this.#expr(arg, dot, scope)), ...piped];
      const text = command.map(describe).join(' ');
      this.#node = { at: head.at, text };
      if (head.name === 'call') args.push(describe(rest[0] ?? head));
      return callFunction(head.name, args);
    }
    if (rest.length > 0 || piped.length > 0) {
      this.#node = { at: head.at, text: describe(head) };
      throw new KubectlError(
        head.kind === 'field' || (head.kind === 'variable' && head.names.length > 0)
          ? `${head.names.at(-1)} is not a method but has arguments`
          : `can't give argument to non-function ${describe(head)}`,
      );
    }
    if (head.kind === 'nil') {
      this.#node = { at: head.at, text: 'nil' };
      throw new KubectlError('nil is not a command');
    }
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
      case 'nil':
        return null;
      case 'literal':
        return expr.value;
      case 'field':
        return this.#fields(dot, expr.names);
      case 'variable':
        return this.#fields(scope.get(expr.name), expr.names);
      case 'pipe':
        return this.#fields(this.#pipe(expr.pipe, dot, new Scope(scope)), expr.names);
      case 'function':
        checkArguments(expr.name, 0);
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
        throw new KubectlError(`can't evaluate field ${name} in type interface {}`);
      const has = Object.hasOwn(value, name);
      if (!has && !this.#allowMissing) throw new KubectlError(`map has no entry for key ${JSON.stringify(name)}`);
      value = has ? (value as Record<string, unknown>)[name] : undefined;
    }
    return value;
  }
}
