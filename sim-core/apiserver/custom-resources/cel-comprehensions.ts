import type { ASTNode, Environment, TypeDeclaration } from '@marcbachmann/cel-js';
import { isObject } from '../../api/equality.ts';
import { CompileError, callPlace, noOverload, noRange } from './cel-errors.ts';
import {
  type Binding,
  bound,
  type Checker,
  type Evaluator,
  type Macro,
  type MacroCall,
  nameOf,
  type Scope,
} from './cel-macros.ts';

/** One round: the key or index and the value, and what evaluates an expression about them. */
interface Round {
  readonly key: unknown;
  readonly value: unknown;
  ask(node: ASTNode): unknown;
}

/** One of the macros: its type, from that of what it makes of each entry; and its result. */
interface Kind {
  /** What must hold of the type of the last expression; a message when it does not. */
  typed?(type: TypeDeclaration): string | undefined;
  type(made: TypeDeclaration, range: TypeDeclaration): string;
  result(rounds: Iterable<Round>, last: ASTNode, filter: ASTNode | undefined): unknown;
}

const ALL: Kind = {
  typed: mustBeBool('_&&_'),
  type: () => 'bool',
  result: (rounds, predicate) => !some(rounds, predicate, false),
};

const EXISTS: Kind = {
  typed: mustBeBool('_||_'),
  type: () => 'bool',
  result: (rounds, predicate) => some(rounds, predicate, true),
};

const EXISTS_ONE: Kind = {
  typed: (type) => (type.isDynOrBool() ? undefined : noOverload('_?_:_', `(${type}, int, int)`)),
  type: () => 'bool',
  result(rounds, predicate) {
    let count = 0;
    for (const { ask } of rounds) if (isTrue(ask(predicate))) count++;
    return count === 1;
  },
};

const TRANSFORM_LIST: Kind = {
  type: (made) => `list<${made}>`,
  result: (rounds, transform, filter) => chosen(rounds, filter).map(({ ask }) => ask(transform)),
};

const TRANSFORM_MAP: Kind = {
  type: (made, range) => `map<${keyTypeOf(range)}, ${made}>`,
  result: (rounds, transform, filter) => mapOf(chosen(rounds, filter).map(({ key, ask }) => [key, ask(transform)])),
};

const TRANSFORM_MAP_ENTRY: Kind = {
  typed: (type) =>
    type.kind === 'map' || type.kind === 'dyn' ? undefined : noOverload('cel.@mapInsert', `(map(dyn, dyn), ${type})`),
  type: (made) => (made.kind === 'map' ? String(made) : 'map'),
  result: (rounds, entry, filter) => mapOf(chosen(rounds, filter).flatMap(({ ask }) => entriesOf(ask(entry)))),
};

/** Macros that go through lists by index and value, and through maps by key and value (cel-go's ext.TwoVarComprehensions). */
export function addComprehensions(environment: Environment): void {
  const add = (name: string, kind: Kind, filtered: boolean) => {
    for (const count of filtered ? [3, 4] : [3])
      environment.registerFunction(`dyn.${name}(${Array(count).fill('ast').join(', ')}): dyn`, (call: MacroCall) =>
        comprehension(call, kind),
      );
  };
  add('all', ALL, false);
  add('exists', EXISTS, false);
  add('existsOne', EXISTS_ONE, false);
  add('exists_one', EXISTS_ONE, false);
  add('transformList', TRANSFORM_LIST, true);
  add('transformMap', TRANSFORM_MAP, true);
  add('transformMapEntry', TRANSFORM_MAP_ENTRY, true);
}

function comprehension({ ast, receiver, args }: MacroCall, kind: Kind): Macro {
  const [first, second, ...rest] = args as [ASTNode, ASTNode, ...ASTNode[]];
  const names = [first, second].map((argument) => nameOf(argument, 'argument must be a simple name'));
  if (names[0] === names[1]) throw new CompileError(`duplicate variable name: ${names[0]}`, second.pos);
  const last = rest.at(-1)!;
  const filter = rest.length > 1 ? rest[0] : undefined;
  let bindings: readonly Binding[] = [];
  return {
    async: false,
    typeCheck(checker, _self, scope) {
      const range = checker.check(receiver, scope);
      bindings = bindingsFor(checker, range, names as [string, string], receiver);
      let inner = scope;
      for (const { name, type } of bindings) inner = inner.forkWithVariable(name, type);
      const test = filter === undefined ? undefined : checker.check(filter, inner);
      const made = checker.check(last, inner);
      const problem =
        test !== undefined && !test.isDynOrBool() ? noOverload('_?_:_', `(${test}, dyn, dyn)`) : kind.typed?.(made);
      if (problem !== undefined) throw new CompileError(problem, callPlace(ast.input, ast));
      return checker.getType(kind.type(made, range));
    },
    evaluate: (evaluator, _self, scope) =>
      kind.result(roundsOf(evaluator, scope, evaluator.run(receiver, scope), bindings), last, filter),
  };
}

function bindingsFor(
  checker: Checker,
  range: TypeDeclaration,
  [key, value]: readonly [string, string],
  receiver: ASTNode,
): readonly Binding[] {
  const dyn = checker.getType('dyn');
  switch (range.kind) {
    case 'list':
      return [
        { name: key, type: checker.getType('int') },
        { name: value, type: range.valueType ?? dyn },
      ];
    case 'map':
      return [
        { name: key, type: range.keyType ?? dyn },
        { name: value, type: range.valueType ?? dyn },
      ];
    case 'dyn':
      return [
        { name: key, type: dyn },
        { name: value, type: dyn },
      ];
    default:
      throw new CompileError(noRange(String(range)), receiver.pos);
  }
}

function* roundsOf(evaluator: Evaluator, scope: Scope, range: unknown, bindings: readonly Binding[]): Generator<Round> {
  const keyType = bindings[0]!.type.kind === 'primitive' ? bindings[0]!.type.name : '';
  for (const [key, value] of entriesIn(range, keyType)) {
    const inner = bound(scope, evaluator, bindings, [key, value]);
    yield { key, value, ask: (node) => evaluator.run(node, inner) };
  }
}

function entriesIn(range: unknown, keyType: string): [unknown, unknown][] {
  if (Array.isArray(range)) return range.map((value, index) => [BigInt(index), value]);
  if (range instanceof Map) return [...range];
  // Keys of maps are texts in the library, whatever they were written as.
  if (isObject(range)) return Object.keys(range).map((key) => [keyType === 'int' ? BigInt(key) : key, range[key]]);
  throw new Error('no such overload');
}

/**
 * Whether a predicate is `wanted` for any entry. As `&&` and `||` do, it forgets what failed for one entry when another decides; else the
 * first failure counts.
 */
function some(rounds: Iterable<Round>, predicate: ASTNode, wanted: boolean): boolean {
  const failures: unknown[] = [];
  for (const { ask } of rounds) {
    try {
      if (isTrue(ask(predicate)) === wanted) return true;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return false;
}

function chosen(rounds: Iterable<Round>, filter: ASTNode | undefined): Round[] {
  return [...rounds].filter(({ ask }) => filter === undefined || isTrue(ask(filter)));
}

function isTrue(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error('no such overload');
  return value;
}

function entriesOf(map: unknown): [unknown, unknown][] {
  if (map instanceof Map || (isObject(map) && !Array.isArray(map))) return entriesIn(map, '');
  throw new Error('no such overload');
}

/** A map with these entries (types.InsertMapKeyValue). Throws when a key comes twice. */
function mapOf(entries: readonly (readonly [unknown, unknown])[]): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const name = String(key);
    if (Object.hasOwn(map, name)) throw new Error(`insert failed: key ${name} already exists`);
    Object.defineProperty(map, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return map;
}

function keyTypeOf(range: TypeDeclaration): string {
  if (range.kind === 'list') return 'int';
  return range.kind === 'map' ? String(range.keyType ?? 'dyn') : 'dyn';
}

function mustBeBool(operator: string): (type: TypeDeclaration) => string | undefined {
  return (type) => (type.isDynOrBool() ? undefined : noOverload(operator, `(bool, ${type})`));
}
