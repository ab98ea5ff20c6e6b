import type { KubeObject } from '../../sim-core/api/objects.ts';
import type { ObjectSelection } from '../format/tests.ts';
import { failed, type Outcome, PASSED, select, type TestContext, valuesOf } from './context.ts';
import { compare, type Difference } from './match.ts';

type Matching = ObjectSelection & { readonly match?: unknown };

/** One of the chosen objects looks so. */
export function testObject(test: Matching, context: TestContext): Outcome {
  const found = select(context, test);
  if (found.length === 0) return failed('object-missing', valuesOf(test));
  let first: { object: KubeObject; difference: Difference } | undefined;
  for (const object of found) {
    const difference = test.match === undefined ? undefined : compare(object, test.match);
    if (difference === undefined) return PASSED;
    first ??= { object, difference };
  }
  const { object, difference } = first!;
  const values = { ...valuesOf(test, object.metadata.name), path: difference.path, expected: difference.expected };
  return difference.found === undefined
    ? failed('object-field-missing', values)
    : failed('object-different', { ...values, found: difference.found });
}

/** There is none (that looks so). */
export function testAbsent(test: Matching, context: TestContext): Outcome {
  const [left] = matching(test, context);
  return left === undefined ? PASSED : failed('object-present', valuesOf(test, left.metadata.name));
}

/** So many look so. */
export function testCount(test: Matching & { is: unknown }, context: TestContext): Outcome {
  const fit = matching(test, context);
  const difference = compare(fit.length, test.is);
  return difference === undefined
    ? PASSED
    : failed('wrong-count', { ...valuesOf(test), expected: difference.expected, found: String(fit.length) });
}

/** The chosen objects that look so. */
export function matching(test: Matching, context: Pick<TestContext, 'cluster' | 'view'>): KubeObject[] {
  return select(context, test).filter(
    (object) => test.match === undefined || compare(object, test.match) === undefined,
  );
}
