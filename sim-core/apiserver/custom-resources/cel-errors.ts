import type { ASTNode, Environment } from '@marcbachmann/cel-js';

const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** What is wrong with an expression, in cel-go's words. `at`: the offset in the expression, in UTF-16 units. */
export class CompileError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** An error of the library. */
interface LibraryError {
  readonly message: string;
  readonly node?: { readonly pos?: number; readonly op?: string };
}

interface Problem {
  readonly at: number;
  readonly what: string;
}

/** Values that stand for the first part of a function's name: their types in the library, and the name in cel-go. */
const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['OptionalNamespace', 'optional'],
  ['kubernetes.Sets', 'sets'],
  ['kubernetes.Strings', 'strings'],
  ['kubernetes.Formats', 'format'],
  ['kubernetes.IPs', 'ip'],
]);

/** The names of the functions that an environment declares, as cel-go knows them: `size`, `sets.contains`. Macros are no functions. */
export function declaredFunctions(environment: Environment): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, receiverType, params } of environment.getDefinitions().functions) {
    if (params.some(({ type }) => type === 'ast') && name !== 'or' && name !== 'orValue') continue;
    const namespace = NAMESPACES.get(receiverType ?? '');
    names.add(namespace === undefined ? name : `${namespace}.${name}`);
  }
  return names;
}

/** Why an expression cannot be compiled: an Error as cel-go words it, with each place marked below its line. */
export function compilation(expression: string, error: unknown, declared: () => ReadonlySet<string>): Error {
  const problems =
    error instanceof CompileError
      ? [{ at: error.at, what: error.message }]
      : problemsOf(expression, error as LibraryError, declared);
  return new Error(`compilation failed: ${problems.map((one) => shown(expression, one)).join('\n')}`);
}

function shown(expression: string, { at, what }: Problem): string {
  const before = expression.slice(0, at).split('\n');
  const column = before.at(-1)!.length;
  const line = expression.split('\n')[before.length - 1]!;
  return `ERROR: <input>:${before.length}:${column + 1}: ${what}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

function problemsOf(expression: string, error: LibraryError, declared: () => ReadonlySet<string>): Problem[] {
  const [first = ''] = error.message.split('\n', 1);
  const at = error.node?.pos ?? 0;
  if (/Unexpected token: EOF/.test(first))
    return [{ at: expression.length, what: `Syntax error: mismatched input '<EOF>' expecting ${EXPECTED}` }];
  // Optional elements of lists and maps, which the library does not read.
  if (/Unexpected token: QUESTION/.test(first)) return [{ at, what: "unsupported syntax '?'" }];
  const operator = /^no such overload: (.+?) (\S+) (.+)$/.exec(first);
  if (operator !== null) {
    const [, left = '', sign = '', right = ''] = operator;
    const place = Math.max(expression.indexOf(` ${sign} `) + 1, 0);
    return [{ at: place, what: noOverload(`_${sign}_`, `(${celType(left)}, ${celType(right)})`) }];
  }
  const variable = /^Unknown variable: (.+)$/.exec(first);
  if (variable !== null) return [{ at, what: undeclared(variable[1]!) }];
  const call = /^found no matching overload for '(.*)'$/.exec(first);
  if (call !== null && error.node?.op !== undefined)
    return callProblems(expression, call[1]!, error.node as ASTNode, declared());
  const range = /^Expression of type '(.*)' cannot be range of a comprehension/.exec(first);
  if (range !== null) return [{ at, what: noRange(range[1]!) }];
  return [{ at, what: first }];
}

export function noRange(type: string): string {
  return `expression of type '${celType(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
}

/** A call of something that is not declared at all, or not for such values. */
function callProblems(expression: string, signature: string, node: ASTNode, declared: ReadonlySet<string>): Problem[] {
  const at = callPlace(expression, node);
  if (node.op === 'call') {
    const [name] = node.args;
    if (!declared.has(name)) return [{ at, what: undeclared(name) }];
    return [{ at, what: noOverload(name, celType(signature.slice(name.length))) }];
  }
  if (node.op !== 'rcall') return [{ at, what: `found no matching overload for '${signature}'` }];
  const [name, receiver] = node.args;
  const split = signature.lastIndexOf(`.${name}(`);
  const on = signature.slice(0, split);
  const values = celType(signature.slice(split + 1 + name.length));
  const namespace = NAMESPACES.get(on);
  if (namespace === undefined)
    return [{ at, what: declared.has(name) ? noOverload(name, `${celType(on)}.${values}`) : undeclared(name) }];
  if (declared.has(`${namespace}.${name}`)) return [{ at, what: noOverload(`${namespace}.${name}`, values) }];
  return [
    { at: receiver.pos, what: undeclared(namespace) },
    { at, what: undeclared(name) },
  ];
}

/** The offset of the parenthesis that opens a call's arguments: where cel-go says that the call is. */
export function callPlace(expression: string, node: ASTNode): number {
  const from = node.op === 'rcall' ? node.args[1].end : node.start;
  return Math.max(expression.indexOf('(', from), 0);
}

export function undeclared(name: string): string {
  return `undeclared reference to '${name}' (in container '')`;
}

export function noOverload(name: string, applied: string): string {
  return `found no matching overload for '${name}' applied to '${applied}'`;
}

/** The library's name of a type as cel-go prints it: `list(string)`. */
export function celType(name: string): string {
  return name
    .replaceAll('optional<', 'optional_type<')
    .replace(/\blist\b(?!<)/g, 'list<dyn>')
    .replace(/\bmap\b(?!<)/g, 'map<dyn, dyn>')
    .replaceAll('<', '(')
    .replaceAll('>', ')');
}
