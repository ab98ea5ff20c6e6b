import type { Text } from '../format/exercise.ts';
import type { Action, Test } from '../format/tests.ts';
import { act } from './actions.ts';
import { failed, NOT_NOW, type Outcome, PASSED, select, type TestContext, valuesOf } from './context.ts';
import type { Copies, Copy } from './copies.ts';
import { describeAction } from './describe-action.ts';
import { Refused } from './requests.ts';

/** Seconds. */
const BREATH = 5;

type Ask = (test: Test, context: TestContext) => Promise<Outcome>;

/** Tries something in a copy of the cluster, and asks tests of what comes of it. The learner's own cluster is not touched. */
export async function testScenario(
  { actions, expect }: { actions: readonly Action[]; expect: readonly Test[] },
  context: TestContext,
  ask: Ask,
): Promise<Outcome> {
  const { copies } = context;
  if (copies === undefined) return NOT_NOW;
  const after = await copyAfter(copies, actions);
  if ('status' in after) return after;
  const { cluster } = after.local.session;
  const inside: TestContext = { cluster, here: after, exercise: context.exercise };
  for (const test of expect) {
    const outcome = await ask(test, inside);
    if (outcome.status === 'passed') continue;
    const tried = actions.filter((action) => !isBreath(action));
    if (tried.length === 0) return outcome;
    return {
      status: outcome.status,
      message: { key: 'after-scenario', values: { actions: wordsOf(tried), found: outcome.message } },
    };
  }
  copies.giveBack(actions, after);
  return PASSED;
}

/** A copy in which these actions have happened; an outcome: what stood in their way. */
export async function copyAfter(copies: Copies, actions: readonly Action[]): Promise<Copy | Outcome> {
  const { copy, done } = copies.take(actions);
  const { cluster } = copy.local.session;
  if (done === 0) copy.begun = cluster.engine.now;
  for (const action of actions.slice(done)) {
    // A scenario in which there is nothing to take away shows nothing.
    if ('delete' in action && select({ cluster }, action.delete).length === 0)
      return failed('object-missing', valuesOf(action.delete));
    try {
      await act(copy, action);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return failed('action-refused', { action: describeAction(action), found: error.message });
    }
  }
  return copy;
}

/** A wait so short that there is nothing to tell of it. */
function isBreath(action: Action): boolean {
  return 'wait' in action && Number(action.wait) <= BREATH;
}

function wordsOf(actions: readonly Action[]): Text {
  const texts = actions.map(describeAction);
  return { en: texts.map(({ en }) => en).join('; '), ko: texts.map(({ ko }) => ko).join(', ') };
}
