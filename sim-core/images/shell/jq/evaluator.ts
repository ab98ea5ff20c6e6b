import { BUILTINS } from './builtins.ts';
import { formatText } from './formats.ts';
import type { Definition, Node, Pattern } from './parser.ts';
import { deletePaths, getPath, type Path, setPath, slice } from './paths.ts';
import { compare, copyOf, has, isObject, JqError, type Json, toText, truthy, typeOf } from './values.ts';

/** A value on its way through a program, with the path that leads to it while paths are asked for. */
export interface Flow {
  readonly value: Json;
  readonly path: Path | undefined;
}

interface Closure {
  readonly node: Node;
  readonly scope: Scope;
}

interface Function {
  readonly definition: Definition;
  readonly scope: Scope | undefined;
}

/** What names mean at a place of a program. */
export class Scope {
  private readonly variables = new Map<string, Json>();
  private readonly functions = new Map<string, Function>();
  private readonly closures = new Map<string, Closure>();
  private readonly outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.outer = outer;
  }

  setVariable(name: string, value: Json): void {
    this.variables.set(name, value);
  }

  variable(name: string): Json | undefined {
    return this.variables.has(name) ? this.variables.get(name) : this.outer?.variable(name);
  }

  define(definition: Definition): void {
    this.functions.set(`${definition.name}/${definition.parameters.length}`, { definition, scope: this });
  }

  bind(name: string, closure: Closure): void {
    this.closures.set(`${name}/0`, closure);
  }

  find(key: string): Closure | Function | undefined {
    return this.closures.get(key) ?? this.functions.get(key) ?? this.outer?.find(key);
  }
}

/** `break`, on its way to its label. */
class BreakJump {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A program that runs on and on is ended: simulated time does not pass in it. */
const MOST_STEPS = 3_000_000;
const MOST_DEPTH = 250;

/** Runs programs. One machine counts the steps of one run. */
export class Machine {
  private steps = 0;
  private depth = 0;

  /** All values that a program makes of an input. Throws `JqError`. */
  *run(node: Node, flow: Flow, scope: Scope): Generator<Flow> {
    this.count();
    if (++this.depth > MOST_DEPTH) throw new JqError('the program is nested too deeply');
    try {
      yield* this.dispatch(node, flow, scope);
    } finally {
      this.depth--;
    }
  }

  /** One step more. Throws `JqError` after too many. */
  count(): void {
    if (++this.steps > MOST_STEPS) throw new JqError('the program runs too long');
  }

  /** The values alone, paths not asked for. */
  *values(node: Node, value: Json, scope: Scope): Generator<Json> {
    for (const flow of this.run(node, { value, path: undefined }, scope)) yield flow.value;
  }

  /** The paths that a path expression leads to. */
  *paths(node: Node, value: Json, scope: Scope): Generator<Path> {
    for (const flow of this.run(node, { value, path: [] }, scope)) {
      if (flow.path === undefined) throw new JqError(`Invalid path expression with result ${short(flow.value)}`);
      yield flow.path;
    }
  }

  private *dispatch(node: Node, flow: Flow, scope: Scope): Generator<Flow> {
    const { value } = flow;
    switch (node.kind) {
      case 'identity':
        yield flow;
        return;
      case 'recurse':
        yield* recurse(flow);
        return;
      case 'literal':
        yield plain(node.value);
        return;
      case 'string':
        for (const text of this.texts(node.parts, 0, value, scope, node.format)) yield plain(text);
        return;
      case 'format':
        yield plain(formatText(node.name, value));
        return;
      case 'index':
        for (const target of this.run(node.target, flow, scope))
          for (const key of this.values(node.key, value, scope)) yield indexed(target, key);
        return;
      case 'slice':
        for (const target of this.run(node.target, flow, scope)) {
          for (const to of node.to === undefined ? [null] : this.values(node.to, value, scope))
            for (const from of node.from === undefined ? [null] : this.values(node.from, value, scope))
              yield { value: slice(target.value, from, to), path: extend(target.path, { start: from, end: to }) };
        }
        return;
      case 'iterate':
        for (const target of this.run(node.target, flow, scope)) yield* iterated(target);
        return;
      case 'try':
        yield* this.attempt(node, flow, scope);
        return;
      case 'array':
        yield plain(node.body === undefined ? [] : [...this.values(node.body, value, scope)]);
        return;
      case 'object':
        for (const made of this.objects(node.entries, 0, value, scope)) yield plain(made);
        return;
      case 'negate':
        for (const number of this.values(node.body, value, scope)) {
          if (typeof number !== 'number') throw new JqError(`${described(number)} cannot be negated`);
          yield plain(-number);
        }
        return;
      case 'pipe':
        for (const left of this.run(node.left, flow, scope)) yield* this.run(node.right, left, scope);
        return;
      case 'comma':
        yield* this.run(node.left, flow, scope);
        yield* this.run(node.right, flow, scope);
        return;
      case 'binary':
        yield* this.binary(node, flow, scope);
        return;
      case 'assign':
        for (const changed of this.assign(node, value, scope)) yield plain(changed);
        return;
      case 'if':
        for (const test of this.values(node.test, value, scope)) {
          if (truthy(test)) yield* this.run(node.yes, flow, scope);
          else if (node.no === undefined) yield flow;
          else yield* this.run(node.no, flow, scope);
        }
        return;
      case 'reduce': {
        let state: Json = null;
        for (const start of this.values(node.start, value, scope)) state = start;
        for (const item of this.values(node.source, value, scope)) {
          for (const inner of this.matches(node.pattern, item, scope)) {
            let last: Json = null;
            for (const next of this.values(node.step, state, inner)) last = next;
            state = last;
          }
        }
        yield plain(state);
        return;
      }
      case 'foreach':
        for (const start of this.values(node.start, value, scope)) {
          let state = start;
          for (const item of this.values(node.source, value, scope)) {
            for (const inner of this.matches(node.pattern, item, scope)) {
              for (const next of this.values(node.step, state, inner)) {
                state = next;
                if (node.extract === undefined) yield plain(next);
                else for (const shown of this.values(node.extract, next, inner)) yield plain(shown);
              }
            }
          }
        }
        return;
      case 'bind':
        for (const item of this.values(node.source, value, scope))
          for (const inner of this.matches(node.pattern, item, scope)) yield* this.run(node.body, flow, inner);
        return;
      case 'label':
        try {
          yield* this.run(node.body, flow, scope);
        } catch (jump) {
          if (!(jump instanceof BreakJump) || jump.name !== node.name) throw jump;
        }
        return;
      case 'break':
        throw new BreakJump(node.name);
      case 'define': {
        const inner = new Scope(scope);
        inner.define(node.definition);
        yield* this.run(node.body, flow, inner);
        return;
      }
      case 'variable': {
        const found = scope.variable(node.name);
        if (found === undefined) throw new JqError(`$${node.name} is not defined`);
        yield plain(found);
        return;
      }
      case 'call':
        yield* this.call(node.name, node.args, flow, scope);
    }
  }

  private *call(name: string, args: readonly Node[], flow: Flow, scope: Scope): Generator<Flow> {
    const found = scope.find(`${name}/${args.length}`);
    if (found !== undefined && 'node' in found) {
      yield* this.run(found.node, flow, found.scope);
      return;
    }
    if (found === undefined) {
      const builtin = BUILTINS.get(`${name}/${args.length}`);
      if (builtin === undefined) throw new JqError(`${name}/${args.length} is not defined`);
      yield* builtin(this, flow, args, scope);
      return;
    }
    const { definition, scope: home } = found;
    const inner = new Scope(home);
    const bindings: { name: string; node: Node }[] = [];
    for (const [index, parameter] of definition.parameters.entries()) {
      const plainName = parameter.replace(/^\$/, '');
      inner.bind(plainName, { node: args[index]!, scope });
      if (parameter.startsWith('$')) bindings.push({ name: plainName, node: args[index]! });
    }
    yield* this.withArguments(bindings, 0, flow, scope, inner, definition.body);
  }

  private *withArguments(
    bindings: readonly { name: string; node: Node }[],
    at: number,
    flow: Flow,
    caller: Scope,
    inner: Scope,
    body: Node,
  ): Generator<Flow> {
    const binding = bindings[at];
    if (binding === undefined) {
      yield* this.run(body, flow, inner);
      return;
    }
    for (const value of this.values(binding.node, flow.value, caller)) {
      const next = new Scope(inner);
      next.setVariable(binding.name, value);
      yield* this.withArguments(bindings, at + 1, flow, caller, next, body);
    }
  }

  private *attempt(node: Extract<Node, { kind: 'try' }>, flow: Flow, scope: Scope): Generator<Flow> {
    try {
      yield* this.run(node.body, flow, scope);
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      if (node.handler !== undefined) yield* this.run(node.handler, plain(error.value), scope);
    }
  }

  private *texts(
    parts: readonly (string | Node)[],
    at: number,
    value: Json,
    scope: Scope,
    format: string | undefined,
  ): Generator<string> {
    const part = parts[at];
    if (part === undefined) {
      yield '';
      return;
    }
    const own =
      typeof part === 'string'
        ? [part]
        : (function* (machine: Machine) {
            for (const inner of machine.values(part, value, scope)) yield formatText(format ?? '@text', inner);
          })(this);
    for (const text of own) for (const rest of this.texts(parts, at + 1, value, scope, format)) yield text + rest;
  }

  private *objects(
    entries: readonly (readonly [Node, Node])[],
    at: number,
    value: Json,
    scope: Scope,
  ): Generator<Json> {
    const entry = entries[at];
    if (entry === undefined) {
      yield copyOf();
      return;
    }
    for (const key of this.values(entry[0], value, scope)) {
      if (typeof key !== 'string') throw new JqError(`Object keys must be strings`);
      for (const item of this.values(entry[1], value, scope)) {
        for (const rest of this.objects(entries, at + 1, value, scope)) {
          const made = copyOf();
          made[key] = item;
          yield Object.assign(made, rest);
        }
      }
    }
  }

  private *binary(node: Extract<Node, { kind: 'binary' }>, flow: Flow, scope: Scope): Generator<Flow> {
    const { operator, left, right } = node;
    const { value } = flow;
    if (operator === '//') {
      let any = false;
      try {
        for (const found of this.run(left, flow, scope)) {
          if (!truthy(found.value)) continue;
          any = true;
          yield found;
        }
      } catch (error) {
        if (!(error instanceof JqError)) throw error;
      }
      if (!any) yield* this.run(right, flow, scope);
      return;
    }
    if (operator === 'and' || operator === 'or') {
      for (const a of this.values(left, value, scope)) {
        if (truthy(a) === (operator === 'or')) yield plain(operator === 'or');
        else for (const b of this.values(right, value, scope)) yield plain(truthy(b));
      }
      return;
    }
    for (const b of this.values(right, value, scope))
      for (const a of this.values(left, value, scope)) yield plain(compute(operator, a, b));
  }

  private *assign(
    { operator, left, right }: Extract<Node, { kind: 'assign' }>,
    value: Json,
    scope: Scope,
  ): Generator<Json> {
    const paths = [...this.paths(left, value, scope)];
    if (operator === '|=') {
      let result = value;
      const gone: Path[] = [];
      for (const path of paths) {
        const [first] = this.values(right, getPath(result, path), scope);
        if (first === undefined) gone.push(path);
        else result = setPath(result, path, first);
      }
      yield gone.length === 0 ? result : deletePaths(result, gone);
      return;
    }
    for (const given of this.values(right, value, scope)) {
      let result = value;
      for (const path of paths) {
        const before = getPath(result, path);
        if (operator === '//=' && truthy(before)) continue;
        result = setPath(
          result,
          path,
          operator === '=' || operator === '//=' ? given : compute(operator.slice(0, -1), before, given),
        );
      }
      yield result;
    }
  }

  private *matches(pattern: Pattern, value: Json, scope: Scope): Generator<Scope> {
    if (pattern.kind === 'name') {
      const inner = new Scope(scope);
      inner.setVariable(pattern.name, value);
      yield inner;
      return;
    }
    const parts: (readonly [Node, Pattern])[] =
      pattern.kind === 'array'
        ? pattern.items.map((item, index) => [{ kind: 'literal', value: index }, item] as const)
        : [...pattern.entries];
    let inner = scope;
    for (const [key, part] of parts) {
      const [name] = this.values(key, value, inner);
      const { value: item } = indexed(plain(value), name ?? null);
      [inner = inner] = this.matches(part, item, inner);
    }
    yield inner;
  }
}

export function plain(value: Json): Flow {
  return { value, path: undefined };
}

export function extend(path: Path | undefined, step: Path[number]): Path | undefined {
  return path === undefined ? undefined : [...path, step];
}

/** `.[key]` of a value. */
export function indexed(target: Flow, key: Json): Flow {
  const { value } = target;
  const path = typeof key === 'string' || typeof key === 'number' ? extend(target.path, key) : undefined;
  if (value === null && (typeof key === 'string' || typeof key === 'number' || key === null))
    return { value: null, path };
  if (isObject(value) && typeof key === 'string') return { value: has(value, key) ? value[key]! : null, path };
  if (Array.isArray(value) && typeof key === 'number') {
    const at = Math.floor(key);
    return { value: value[at < 0 ? value.length + at : at] ?? null, path };
  }
  if (typeof key === 'string') throw new JqError(`Cannot index ${typeOf(value)} with "${key}"`);
  throw new JqError(`Cannot index ${typeOf(value)} with ${typeOf(key)}`);
}

/** `.[]` of a value. */
export function* iterated(target: Flow): Generator<Flow> {
  const { value, path } = target;
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield { value: item, path: extend(path, index) };
  else if (isObject(value)) for (const key of Object.keys(value)) yield { value: value[key]!, path: extend(path, key) };
  else throw new JqError(`Cannot iterate over ${value === null ? 'null' : described(value)}`);
}

/** `..`: a value and all values in it. */
export function* recurse(flow: Flow, depth = 0): Generator<Flow> {
  if (depth > MOST_DEPTH) throw new JqError('the value is nested too deeply');
  yield flow;
  if (Array.isArray(flow.value) || isObject(flow.value))
    for (const inner of iterated(flow)) yield* recurse(inner, depth + 1);
}

/** A value in a message: `number (1)`. */
export function described(value: Json): string {
  return `${typeOf(value)} (${short(value)})`;
}

function short(value: Json): string {
  const text = toText(value);
  return text.length > 11 ? `${text.slice(0, 10)}...` : text;
}

/** `a operator b` for one pair of values. */
export function compute(operator: string, a: Json, b: Json): Json {
  switch (operator) {
    case '==':
      return compare(a, b) === 0;
    case '!=':
      return compare(a, b) !== 0;
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
    case '+':
      return add(a, b);
    case '-':
      if (typeof a === 'number' && typeof b === 'number') return a - b;
      if (Array.isArray(a) && Array.isArray(b))
        return a.filter((item) => !b.some((other) => compare(item, other) === 0));
      throw new JqError(`${described(a)} and ${described(b)} cannot be subtracted`);
    case '*':
      return multiply(a, b);
    case '/':
      return divide(a, b);
    default:
      if (typeof a !== 'number' || typeof b !== 'number')
        throw new JqError(`${described(a)} and ${described(b)} cannot be divided (remainder)`);
      if (Math.trunc(b) === 0)
        throw new JqError(
          `${described(a)} and ${described(b)} cannot be divided (remainder) because the divisor is zero`,
        );
      return Math.trunc(a) % Math.trunc(b);
  }
}

export function add(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (isObject(a) && isObject(b)) return Object.assign(copyOf(a), b);
  throw new JqError(`${described(a)} and ${described(b)} cannot be added`);
}

function multiply(a: Json, b: Json): Json {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (typeof a === 'string' && typeof b === 'number') {
    if (b <= 0) return null;
    if (a.length * b > 1_000_000) throw new JqError('Repeat string result too long');
    return a.repeat(Math.max(1, Math.floor(b)));
  }
  if (isObject(a) && isObject(b)) return merge(a, b);
  throw new JqError(`${described(a)} and ${described(b)} cannot be multiplied`);
}

function merge(a: { [key: string]: Json }, b: { [key: string]: Json }): Json {
  const merged = copyOf(a);
  for (const key of Object.keys(b)) {
    const before = has(merged, key) ? merged[key] : undefined;
    const after = b[key]!;
    merged[key] = isObject(before) && isObject(after) ? merge(before, after) : after;
  }
  return merged;
}

function divide(a: Json, b: Json): Json {
  if (typeof a === 'string' && typeof b === 'string') return a === '' ? [] : a.split(b);
  if (typeof a !== 'number' || typeof b !== 'number')
    throw new JqError(`${described(a)} and ${described(b)} cannot be divided`);
  if (b === 0) throw new JqError(`${described(a)} and ${described(b)} cannot be divided because the divisor is zero`);
  return a / b;
}
