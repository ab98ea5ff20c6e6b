import type { ConditionTest } from '../format/tests.ts';
import { failed, type Outcome, PASSED, select, type TestContext, valuesOf } from './context.ts';
import { compare } from './match.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** One of the chosen objects has a condition in that state. */
export function testCondition(test: ConditionTest, context: TestContext): Outcome {
  const { type, status = 'True', reason, message, ...selection } = test;
  const wanted = {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  let first: Outcome | undefined;
  for (const object of select(context, selection)) {
    const conditions =
      (object as unknown as { status?: { conditions?: readonly Condition[] } }).status?.conditions ?? [];
    const found = conditions.find((each) => each.type === type);
    const values = { ...valuesOf(selection, object.metadata.name), type };
    if (found === undefined) {
      first ??= failed('condition-missing', {
        ...values,
        found: conditions.map((each) => each.type).join(', ') || '—',
      });
      continue;
    }
    const difference = compare(found, wanted);
    if (difference === undefined) return PASSED;
    const { [difference.path as 'status']: is = '—' } = found;
    first ??= failed('condition-different', {
      ...values,
      path: difference.path,
      expected: difference.expected,
      found: is,
      says: [found.reason, found.message].filter((each) => each !== undefined && each !== '').join(': ') || '—',
    });
  }
  return first ?? failed('object-missing', valuesOf(selection));
}
