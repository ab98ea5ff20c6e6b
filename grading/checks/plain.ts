import type { PlainTest, Test } from '../format/tests.ts';
import { testAuthorization } from './authorization.ts';
import { testCel } from './cel.ts';
import { testComponent } from './component.ts';
import { testCondition } from './condition.ts';
import { failed, type Outcome, PASSED, type TestContext } from './context.ts';
import { testEvent } from './event.ts';
import { testAbsent, testCount, testObject } from './object.ts';

/** Asks a test that only looks at objects: those of now, or of the moment that the context shows. */
export function askPlain(test: PlainTest, context: TestContext): Outcome {
  if ('object' in test) return testObject(test.object, context);
  if ('absent' in test) return testAbsent(test.absent, context);
  if ('count' in test) return testCount(test.count, context);
  if ('cel' in test) return testCel(test.cel, context);
  if ('condition' in test) return testCondition(test.condition, context);
  if ('event' in test) return testEvent(test.event, context);
  if ('authorization' in test) return testAuthorization(test.authorization, context);
  if ('component' in test) return testComponent(test.component, context);
  const ask = (each: Test) => askPlain(each as PlainTest, context);
  if ('all' in test) return firstOther(test.all.map(ask));
  if ('any' in test) return best(test.any.map(ask));
  return opposite(ask(test.not));
}

function firstOther(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find(({ status }) => status !== 'passed') ?? PASSED;
}

/** Passed if one is; what could not be asked might have been: then nobody knows. */
export function best(outcomes: readonly Outcome[]): Outcome {
  return (
    outcomes.find(({ status }) => status === 'passed') ??
    outcomes.find(({ status }) => status === 'not-run') ??
    outcomes[0]!
  );
}

export function opposite(outcome: Outcome): Outcome {
  if (outcome.status === 'not-run') return outcome;
  return outcome.status === 'failed' ? PASSED : failed('not-wanted', {});
}
