/** Whose names are whose: what a name that is used belongs to, a function, a block, or the module. */
import { children, isFunction, type Node, nameOf, patternNames } from './syntax.ts';

/** A name that is read or written somewhere. */
export interface Reference {
  readonly name: string;
  readonly at: number;
  readonly written: boolean;
  /** Whose it is, when it is not the module's. */
  readonly binding: Binding | undefined;
}

/** A name that a function or a block has for itself. */
export interface Binding {
  readonly name: string;
  readonly at: number;
  /** `function`, `param`, or as it is declared. */
  readonly kind: string;
  written: boolean;
}

type Scope = ReadonlyMap<string, Binding>;

export interface FunctionPlace {
  readonly node: Node;
  readonly parent: Node | undefined;
}

/** All names that are used in a statement of a module, and all functions in it, outer ones first. */
export function resolve(statement: Node): { references: Reference[]; functions: FunctionPlace[] } {
  const references: Reference[] = [];
  const functions: FunctionPlace[] = [];
  const visit = (node: Node, parent: Node | undefined, key: string | undefined, scopes: readonly Scope[]): void => {
    if (node.type === 'Identifier' && isReference(parent, key, node)) {
      const name = nameOf(node);
      const binding = scopes.findLast((scope) => scope.has(name))?.get(name);
      const written = isWritten(parent, key);
      if (binding !== undefined && written) binding.written = true;
      references.push({ name, at: node.start, written, binding });
    }
    if (isFunction(node)) functions.push({ node, parent });
    const own = bindingsOf(node, parent);
    const inner = own.size === 0 ? scopes : [...scopes, own];
    for (const [next, child] of children(node)) visit(child, node, next, inner);
  };
  visit(statement, undefined, undefined, []);
  functions.sort((a, b) => a.node.start - b.node.start || b.node.end - a.node.end);
  return { references, functions };
}

/** What a function, a block or a loop declares for what is in it. */
function bindingsOf(node: Node, parent: Node | undefined): Scope {
  const found = new Map<string, Binding>();
  const add = (pattern: Node, kind: string) => {
    for (const name of patternNames(pattern))
      found.set(name, { name, at: pattern.start, kind, written: kind === 'var' });
  };
  const declare = (one: Node | null | undefined) => {
    if (one?.type === 'VariableDeclaration' && one.kind !== 'var') {
      for (const { id } of one.declarations as { id: Node }[]) add(id, one.kind as string);
    } else if (one?.type === 'FunctionDeclaration') add(one.id as Node, 'function');
    else if (one?.type === 'ClassDeclaration') add(one.id as Node, 'class');
  };
  if (isFunction(node)) {
    if (node.type === 'FunctionExpression' && node.id !== null) add(node.id as Node, 'function');
    for (const param of node.params as Node[]) add(param, 'param');
    variables(node.body as Node, add);
  } else if (node.type === 'BlockStatement' || node.type === 'StaticBlock') {
    for (const one of node.body as Node[]) declare(one);
  } else if (node.type === 'ForStatement') declare(node.init as Node | null);
  else if (node.type === 'ForOfStatement' || node.type === 'ForInStatement') declare(node.left as Node);
  else if (node.type === 'SwitchStatement') {
    for (const { consequent } of node.cases as { consequent: Node[] }[]) for (const one of consequent) declare(one);
  } else if (node.type === 'CatchClause' && node.param !== null) add(node.param as Node, 'param');
  else if (node.type === 'ClassExpression' && node.id !== null) add(node.id as Node, 'class');
  else if (node.type === 'ClassDeclaration' && parent !== undefined) add(node.id as Node, 'class');
  return found;
}

/** What is declared with `var` in a function's body, at any depth. */
function variables(node: Node, add: (pattern: Node, kind: string) => void): void {
  if (isFunction(node)) return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const { id } of node.declarations as { id: Node }[]) add(id, 'var');
  }
  for (const [, child] of children(node)) variables(child, add);
}

/** Whether an identifier is used, and not just the name of a property or of something declared. */
function isReference(parent: Node | undefined, key: string | undefined, node: Node): boolean {
  if (parent === undefined) return false;
  if (key === 'property') return parent.computed === true;
  if (key === 'key') return parent.computed === true || (parent.shorthand === true && parent.value === node);
  if (key === 'id') return false;
  return parent.type !== 'LabeledStatement' && parent.type !== 'BreakStatement' && parent.type !== 'ContinueStatement';
}

/** In doubt, it is: what stands in a pattern may be declared there, or assigned to. */
const isWritten = (parent: Node | undefined, key: string | undefined): boolean =>
  (parent?.type === 'AssignmentExpression' && key === 'left') ||
  parent?.type === 'UpdateExpression' ||
  parent?.type === 'ArrayPattern' ||
  (parent?.type === 'AssignmentPattern' && key === 'left') ||
  ((parent?.type === 'ForOfStatement' || parent?.type === 'ForInStatement') && key === 'left');
