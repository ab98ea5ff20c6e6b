import type { Cluster } from '../sim-core/cluster/cluster.ts';
import { replay, type SessionLog } from '../sim-core/host/session.ts';
import { type Outcome, runTest, type TestContext } from './checks/test.ts';
import { type Check, type Exercise, isPlain, type Text } from './format/exercise.ts';
import type { Message } from './messages.ts';

/** What came of a check. */
export interface CheckResult {
  readonly id: string;
  readonly status: 'passed' | 'failed' | 'not-run';
  readonly points: number;
  readonly of: number;
  readonly title: Text;
  /** What was found. Absent when passed. */
  readonly message?: Message;
  /** The recorded mistake that was recognised, with its own words. */
  readonly mistake?: { readonly id: string; readonly say: Text };
}

/** What came of an exercise. */
export interface Report {
  readonly exercise: string;
  readonly points: number;
  readonly of: number;
  readonly results: readonly CheckResult[];
}

/** Checks a live cluster as it is. Only plain tests are asked: others are `not-run`. */
export function evaluateLive(exercise: Exercise, cluster: Cluster): Report {
  return report(exercise, (check) => (isPlain(check.test) ? evaluate(check, { cluster }) : notRun(check)));
}

/** Checks a session by its log: the cluster is made again, and so are its forks. Nothing of the learner's own is touched. */
export async function evaluateLog(exercise: Exercise, log: SessionLog): Promise<Report> {
  const quiet: SessionLog = { ...log, cluster: { ...log.cluster, trace: { level: 'off' } } };
  const { cluster } = replay(quiet);
  // A learner may press Check while pods still start: what they did is judged, not how long they waited.
  cluster.engine.settle();
  const fork = () => {
    const copy = replay(quiet).cluster;
    copy.engine.settle();
    return copy;
  };
  return report(exercise, (check) => evaluate(check, { cluster, fork }));
}

function report(exercise: Exercise, judge: (check: Check) => CheckResult): Report {
  const results = exercise.steps.flatMap(({ checks }) => checks).map(judge);
  return {
    exercise: exercise.id,
    points: results.reduce((sum, { points }) => sum + points, 0),
    of: results.reduce((sum, { of }) => sum + of, 0),
    results,
  };
}

function evaluate(check: Check, context: TestContext): CheckResult {
  const outcome = attempt(check, context);
  const { id, title, points: of } = check;
  if (outcome.status === 'passed') return { id, title, status: 'passed', points: of, of };
  const mistake = outcome.status === 'failed' ? recognise(check, context) : undefined;
  return {
    id,
    title,
    status: outcome.status,
    points: 0,
    of,
    message: outcome.message,
    ...(mistake === undefined ? {} : { mistake }),
  };
}

/** A test that throws could not be asked; that is neither a pass nor the learner's failure. */
function attempt(check: Check, context: TestContext): Outcome {
  try {
    return runTest(check.test, context);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { status: 'not-run', message: { key: 'could-not-run', values: { found } } };
  }
}

function recognise({ mistakes }: Check, context: TestContext): { id: string; say: Text } | undefined {
  for (const { id, when, say } of mistakes) {
    if (when.every((test) => runTest(test, context).status === 'passed')) return { id, say };
  }
  return undefined;
}

function notRun({ id, title, points: of }: Check): CheckResult {
  return { id, title, status: 'not-run', points: 0, of, message: { key: 'not-run', values: {} } };
}
