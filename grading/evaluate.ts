import { prepareReplay, type SessionLog } from '../sim-core/host/session.ts';
import type { Outcome, TestContext } from './checks/context.ts';
import { Copies, type Lived, type Onlooker } from './checks/copies.ts';
import { loadPacks } from './checks/packs.ts';
import { runTest } from './checks/test.ts';
import { type Answer, type Check, checksOf, type Exercise, questionsOf, type Text } from './format/exercise.ts';
import { isPlain, type Test } from './format/tests.ts';
import { instantiate } from './format/variants.ts';
import { type CheckResult, couldNot, lock, type Report, report, resultOf } from './report.ts';
import { PRACTICE_SEED } from './seed.ts';

export type { CheckResult, Report } from './report.ts';

/**
 * Checks a session by its log: the cluster is made again, and so are its forks. Nothing of the learner's own is touched. Variants are
 * those of the log's seed: whether that is the learner's is for others to say. `onlooker` sees the learner's cluster as it is made again.
 */
export function evaluateLog(general: Exercise, log: SessionLog, onlooker?: Onlooker): Promise<Report> {
  return evaluate(general, log, onlooker);
}

/** The same of a cluster that nobody needs any more: it is taken itself for the first of its copies, and a replay is saved. */
export function evaluateLived(general: Exercise, lived: Lived): Promise<Report> {
  return evaluate(general, lived.local.log(), undefined, lived);
}

async function evaluate(general: Exercise, log: SessionLog, onlooker?: Onlooker, lived?: Lived): Promise<Report> {
  const exercise = instantiate(general, log.cluster.seed ?? PRACTICE_SEED);
  await prepareReplay(log);
  const checks = checksOf(exercise);
  const tests = checks.flatMap((check) => [...testsOf(check), ...check.mistakes.flatMap(({ when }) => when)]);
  const answers = questionsOf(exercise).map(({ answer }) => answer);
  await loadPacks([...tests, ...answers.flatMap(testsOfAnswer)], {
    cel: answers.some(({ value }) => 'cel' in value),
    shell: answers.some(({ value }) => 'run' in value),
  });
  const copies = new Copies(log, checks.flatMap(testsOf), tests, false, lived);
  const here = copies.untouched(onlooker);
  const looking: TestContext = { cluster: here.local.session.cluster, here, copies, exercise };
  // What only looks is asked first, all of it: then the cluster itself can be the first copy.
  const known = new Map<Test, Outcome>();
  for (const test of tests)
    for (const each of partsOf(test))
      if (onlyLooks(each)) known.set(each, await attemptAsync(() => runTest(each, looking)));
  copies.release();
  const context: TestContext = { ...looking, known };
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await evaluateCheck(check, context));
  return report(exercise, lock(exercise, results));
}

/** A test, and those that it is put together from and that are asked of the same cluster. */
function partsOf(test: Test): Test[] {
  if ('all' in test) return [test, ...test.all.flatMap(partsOf)];
  if ('any' in test) return [test, ...test.any.flatMap(partsOf)];
  return 'not' in test ? [test, ...partsOf(test.not)] : [test];
}

function onlyLooks(test: Test): boolean {
  return isPlain(test) || 'history' in test || 'traffic' in test || 'file' in test || 'script' in test;
}

/** What must be loaded for an answer, as tests. */
function testsOfAnswer({ actions, value }: Answer): Test[] {
  const expect = 'seconds' in value ? [value.seconds] : 'first' in value ? Object.values(value.first) : [];
  return [{ scenario: { actions, expect } }];
}

function testsOf({ test, parts }: Check): Test[] {
  return parts === undefined ? [test] : parts.map((part) => part.test);
}

async function evaluateCheck(check: Check, context: TestContext): Promise<CheckResult> {
  if (check.parts === undefined) {
    const outcome = await attemptAsync(() => runTest(check.test, context));
    return resultOf(check, outcome, outcome.status === 'failed' ? await recognise(check, context) : undefined);
  }
  let points = 0;
  let first: Outcome | undefined;
  for (const part of check.parts) {
    const outcome = await attemptAsync(() => runTest(part.test, context));
    if (outcome.status === 'passed') points += part.points;
    else if (first === undefined || outcome.status === 'not-run') first = outcome;
  }
  if (first === undefined || first.status === 'passed') return resultOf(check, { status: 'passed' });
  const values = { points: String(points), of: String(check.points), found: first.message };
  const outcome: Outcome = points === 0 ? first : { status: first.status, message: { key: 'part', values } };
  return { ...resultOf(check, outcome, await recognise(check, context)), points };
}

async function attemptAsync(ask: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await ask();
  } catch (error) {
    return couldNot(error);
  }
}

async function recognise({ mistakes }: Check, context: TestContext): Promise<{ id: string; say: Text } | undefined> {
  for (const mistake of mistakes) {
    let all = true;
    for (const test of mistake.when) {
      all = (await attemptAsync(() => runTest(test, context))).status === 'passed';
      if (!all) break;
    }
    if (all) return mistake;
  }
  return undefined;
}
