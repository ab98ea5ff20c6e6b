import type { ASTNode, TypeDeclaration } from '@marcbachmann/cel-js';
import { CompileError } from './cel-errors.ts';

/** The names that a part of an expression sees. */
export interface Scope {
  forkWithVariable(name: string, type: TypeDeclaration): BoundScope;
}

interface BoundScope extends Scope {
  setIterValue(value: unknown, evaluator: Evaluator): BoundScope;
}

export interface Checker {
  check(node: ASTNode, scope: Scope): TypeDeclaration;
  getType(name: string): TypeDeclaration;
}

export interface Evaluator {
  run(node: ASTNode, scope: Scope): unknown;
}

/** What the library hands to whoever expands a macro: the call, what it is called on, and with which expressions. */
export interface MacroCall {
  readonly ast: ASTNode;
  readonly receiver: ASTNode;
  readonly args: readonly ASTNode[];
}

/** A macro as the library wants it: what type it has, and how to evaluate it. Both are asked with the macro itself as the second argument. */
export interface Macro {
  typeCheck(checker: Checker, self: unknown, scope: Scope): TypeDeclaration;
  evaluate(evaluator: Evaluator, self: unknown, scope: Scope): unknown;
  /** Nothing here waits for anything. */
  readonly async: false;
}

/** A name that a macro binds, with the type of its values. */
export interface Binding {
  readonly name: string;
  type: TypeDeclaration;
}

/** A scope with names bound to values. */
export function bound(
  scope: Scope,
  evaluator: Evaluator,
  bindings: readonly Binding[],
  values: readonly unknown[],
): Scope {
  let inner = scope;
  for (const [index, { name, type }] of bindings.entries())
    inner = inner.forkWithVariable(name, type).setIterValue(values[index], evaluator);
  return inner;
}

/** The simple name that an argument is. Throws a CompileError with `problem` when it is something else. */
export function nameOf(argument: ASTNode, problem: string): string {
  if (argument.op !== 'id') throw new CompileError(problem, argument.pos);
  return argument.args;
}
