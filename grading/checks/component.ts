import { problemText } from '../../sim-core/learner/problem-text.ts';
import type { ComponentTest } from '../format/tests.ts';
import { failed, notRun, type Outcome, PASSED, type TestContext } from './context.ts';

/** A component of the learner's own is in its place and runs. */
export function testComponent(
  { name, problems: allowed = true }: ComponentTest,
  { cluster, view }: TestContext,
): Outcome {
  if (view !== undefined) return notRun('components are not asked of the past');
  const state = cluster.components.list().find((each) => each.name === name);
  if (state === undefined) return failed('component-missing', { name });
  const problem = state.problems.at(-1);
  const said = problem === undefined ? '—' : { en: problemText(problem, 'en'), ko: problemText(problem, 'ko') };
  if (state.failed) return failed('component-ended', { name, file: state.file, said });
  if (!allowed && problem !== undefined) return failed('component-problem', { name, file: state.file, said });
  return PASSED;
}
