/** Trees of syntax (ESTree), as far as all of this needs them. */

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export const nameOf = (node: unknown): string =>
  (node as { name?: string; value?: string }).name ?? (node as { value: string }).value;

/** The names that a pattern declares, or writes to. */
export function patternNames(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [nameOf(pattern)];
  const found: string[] = [];
  for (const [key, child] of children(pattern)) {
    if (pattern.type === 'Property' && key === 'key') continue;
    if (pattern.type === 'AssignmentPattern' && key === 'right') continue;
    found.push(...patternNames(child));
  }
  return found;
}

/** All that stands in a node, with the part of it that it is. */
export function* children(node: Node): Generator<[string, Node]> {
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield [key, item];
    } else if (isNode(value)) yield [key, value];
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

export const isFunction = ({ type }: Node): boolean =>
  type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';

/** Where a function's first own code stands: what has not run there has not been called. */
export function bodyStart(node: Node): number {
  const body = node.body as Node;
  return body.type === 'BlockStatement' ? body.start + 1 : body.start;
}
