import type { ASTNode, Environment, TypeDeclaration } from '@marcbachmann/cel-js';
import { CompileError, callPlace, celType, undeclared } from './cel-errors.ts';

/** Functions on bytes that the library has and cel-go has not. */
const FOREIGN: ReadonlySet<string> = new Set(['json', 'hex', 'base64', 'at']);

/**
 * What cel-go refuses in an expression that the library takes: functions of other dialects, literals that are no durations, times or
 * patterns, and lists and maps of values of several types (Kubernetes' base environment with its AST validators). Asked after the types have
 * been worked out. Throws a CompileError.
 */
export function checkTree(environment: Environment, node: ASTNode, formatted = false): void {
  checkCall(environment, node);
  if (node.op === 'list' && !formatted) oneType(node.args);
  else if (node.op === 'map' && !formatted) {
    oneType(node.args.map(([key]) => key));
    oneType(node.args.map(([, value]) => value));
  }
  // What a format shows is of several types by nature.
  const below = formatted || (node.op === 'rcall' && node.args[0] === 'format');
  for (const child of childrenOf(node)) checkTree(environment, child, below);
}

function checkCall(environment: Environment, node: ASTNode): void {
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args;
    if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel')
      throw new CompileError(undeclared('cel'), receiver.pos);
    if (FOREIGN.has(name)) throw new CompileError(undeclared(name), callPlace(node.input, node));
    if (name === 'matches') checkLiteral(environment, name, args[0], (pattern) => `''.matches(${pattern})`);
  } else if (node.op === 'call') {
    const [name, args] = node.args;
    if (name === 'duration' || name === 'timestamp')
      checkLiteral(environment, name, args[0], (literal) => `${name}(${literal})`);
  }
}

/** Tries a call with a literal, as its author wrote it. */
function checkLiteral(
  environment: Environment,
  name: string,
  argument: ASTNode | undefined,
  callWith: (literal: string) => string,
): void {
  if (argument?.op !== 'value' || typeof argument.args !== 'string') return;
  try {
    environment.evaluate(callWith(argument.input.slice(argument.start, argument.end)));
  } catch {
    throw new CompileError(`invalid ${name} argument`, argument.pos);
  }
}

/** That literals have one type each (ValidateHomogeneousAggregateLiterals). What may be anything is let be. */
function oneType(nodes: readonly ASTNode[]): void {
  let expected: string | undefined;
  for (const node of nodes) {
    const type = (node as { checkedType?: TypeDeclaration }).checkedType;
    if (type === undefined || type.hasDynType || type.hasPlaceholderType) continue;
    const found = celType(String(type));
    expected ??= found;
    if (found !== expected) throw new CompileError(`expected type '${expected}' but found '${found}'`, node.pos);
  }
}

function childrenOf(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) collect(one);
    else if (typeof value === 'object' && value !== null && 'op' in value && 'args' in value)
      found.push(value as ASTNode);
  };
  collect(node.args);
  return found;
}
