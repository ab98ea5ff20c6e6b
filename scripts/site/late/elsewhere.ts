/** Functions whose bodies are elsewhere: what stands in their place, and what stands there. */
import type { FunctionPlace, Reference } from './scopes.ts';
import { children, type Node, nameOf } from './syntax.ts';

/** A function that is shorter than this is not worth the call that would stand in its place. */
const WORTH_MOVING = 90;

/** A function whose body may be elsewhere. */
export interface Unit {
  readonly start: number;
  readonly end: number;
  /** What is replaced in its place, and with what, given how the function elsewhere is called. */
  readonly from: number;
  readonly instead: (late: string) => string;
  /** The same function as an expression. */
  readonly expression: string;
  /** Of a declaration of the module. */
  readonly name?: string | undefined;
}

/** How a function can be elsewhere; undefined when it cannot, or is not worth it. */
export function unitOf(
  { node, parent }: FunctionPlace,
  references: readonly Reference[],
  text: string,
): Unit | undefined {
  const { start, end } = node;
  const source = text.slice(start, end);
  const has = contents(node);
  if (has.has('Super') || has.has('PrivateIdentifier') || has.has('new.target')) return undefined;
  const given = closure(node, references);
  if (given === undefined) return undefined;
  if (source.replaceAll(/\s+/g, ' ').length < WORTH_MOVING + 12 * given.length) return undefined;
  const names = given.join(',');
  const kind = `${node.async === true ? 'async ' : ''}function${node.generator === true ? '*' : ''}`;
  /** A function that has names around it is made anew for every call: they are given to what makes it. */
  const made = (expression: string) => (given.length === 0 ? expression : `function(${names}){return ${expression}}`);
  const call = (late: string) => `{return ${late}${given.length === 0 ? '' : `(${names})`}.apply(this,arguments)}`;
  if (node.type === 'FunctionDeclaration') {
    const own = nameOf(node.id);
    const instead = (late: string) => `function ${own}()${call(late)}`;
    const name = parent === undefined ? own : undefined;
    return { start, end, from: start, name, expression: made(source), instead };
  }
  if (node.type === 'ArrowFunctionExpression') {
    if (has.has('arguments')) return undefined;
    if (given.length > 0 || has.has('ThisExpression')) {
      // It is made where `this` is what it is here.
      const expression = `function(${names}){return ${source}}`;
      const instead = (late: string) => `((...$)=>${late}.call(${['this', ...given].join(',')})(...$))`;
      return { start, end, from: start, expression, instead };
    }
    return { start, end, from: start, expression: source, instead: (late) => `((...$)=>${late}(...$))` };
  }
  const isMethod =
    parent?.type === 'MethodDefinition' ||
    (parent?.type === 'Property' && (parent.method === true || parent.kind !== 'init'));
  if (!isMethod || parent === undefined) {
    return { start, end, from: start, expression: made(source), instead: (late) => `(function()${call(late)})` };
  }
  const { kind: role } = parent as unknown as { kind: string };
  const name = parent.key as Node;
  if (role === 'constructor' || name.type === 'PrivateIdentifier') return undefined;
  const key = text.slice(name.start, name.end);
  const before = `${parent.static === true ? 'static ' : ''}${role === 'get' || role === 'set' ? `${role} ` : ''}`;
  const head = `${before}${parent.computed === true ? `[${key}]` : key}`;
  const params = role === 'set' ? '($)' : '()';
  return {
    start,
    end,
    from: parent.start,
    expression: made(`${kind}${source}`),
    instead: (late) => `${head}${params}${call(late)}`,
  };
}

/**
 * What a function uses of the functions around it, which has to be given to it. Undefined where that cannot be: something of it changes, or
 * may not be there yet.
 */
function closure({ start, end }: Node, references: readonly Reference[]): string[] | undefined {
  const names = new Set<string>();
  for (const { at, binding } of references) {
    if (binding === undefined || at < start || at >= end) continue;
    if (binding.at >= start && binding.at < end) continue;
    if (binding.written) return undefined;
    if (binding.at > end && binding.kind !== 'function' && binding.kind !== 'param') return undefined;
    names.add(binding.name);
  }
  return [...names];
}

/** What stands in a function, by type of node; `arguments` and `new.target` by their names. */
function contents(node: Node, found: Set<string> = new Set()): Set<string> {
  for (const [, child] of children(node)) {
    found.add(child.type);
    if (child.type === 'Identifier' && nameOf(child) === 'arguments') found.add('arguments');
    if (child.type === 'MetaProperty' && nameOf(child.meta) === 'new') found.add('new.target');
    contents(child, found);
  }
  return found;
}
