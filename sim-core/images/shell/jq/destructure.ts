import type { Machine } from './evaluator.ts';
import { indexed, plain } from './flow.ts';
import { Scope } from './scope.ts';
import type { Node, Pattern } from './syntax.ts';
import type { Json } from './values.ts';

/** The scope in which the names of a pattern mean the parts of a value. */
export function* destructure(machine: Machine, pattern: Pattern, value: Json, scope: Scope): Generator<Scope> {
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
    const [name] = machine.values(key, value, inner);
    const { value: item } = indexed(plain(value), name ?? null);
    [inner = inner] = destructure(machine, part, item, inner);
  }
  yield inner;
}
