import { assign } from './assign.ts';
import { BUILTINS } from './builtins/index.ts';
import { objects, texts } from './construct.ts';
import { destructure } from './destructure.ts';
import { extend, type Flow, indexed, iterated, MOST_DEPTH, plain, recurse } from './flow.ts';
import { formatText } from './formats.ts';
import { compute } from './operators.ts';
import { type Path, slice } from './paths.ts';
import { Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import { described, JqError, type Json, short, truthy } from './values.ts';

/** `break`, on its way to its label. */
class BreakJump {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A program that runs on and on is ended: simulated time does not pass in it. */
const MOST_STEPS = 3_000_000;

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
        for (const text of texts(this, node.parts, 0, value, scope, node.format)) yield plain(text);
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
        for (const made of objects(this, node.entries, 0, value, scope)) yield plain(made);
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
        for (const changed of assign(this, node, value, scope)) yield plain(changed);
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
          for (const inner of destructure(this, node.pattern, item, scope)) {
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
            for (const inner of destructure(this, node.pattern, item, scope)) {
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
          for (const inner of destructure(this, node.pattern, item, scope)) yield* this.run(node.body, flow, inner);
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
}
