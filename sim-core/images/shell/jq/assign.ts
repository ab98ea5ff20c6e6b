import type { Machine } from './evaluator.ts';
import { compute } from './operators.ts';
import { deletePaths, getPath, type Path, setPath } from './paths.ts';
import type { Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import { type Json, truthy } from './values.ts';

/** `left = right`, `|=`, `+=`, …: the input with what lies at the paths of `left` changed. */
export function* assign(
  machine: Machine,
  { operator, left, right }: Extract<Node, { kind: 'assign' }>,
  value: Json,
  scope: Scope,
): Generator<Json> {
  const paths = [...machine.paths(left, value, scope)];
  if (operator === '|=') {
    let result = value;
    const gone: Path[] = [];
    for (const path of paths) {
      const [first] = machine.values(right, getPath(result, path), scope);
      if (first === undefined) gone.push(path);
      else result = setPath(result, path, first);
    }
    yield gone.length === 0 ? result : deletePaths(result, gone);
    return;
  }
  for (const given of machine.values(right, value, scope)) {
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
