import type { Outcome } from './checks/context.ts';
import type { Check, Exercise, Step, Text } from './format/exercise.ts';
import type { Message } from './messages.ts';

/** What came of a check. */
export interface CheckResult {
  readonly id: string;
  readonly status: 'passed' | 'failed' | 'not-run';
  /** Some of them, when parts of it passed. */
  readonly points: number;
  readonly of: number;
  readonly title: Text;
  /** What was found. Absent when passed. */
  readonly message?: Message;
  /** The recorded mistake that was recognised, with its own words. */
  readonly mistake?: { readonly id: string; readonly say: Text };
  /** Its step waits for others. */
  readonly locked?: true;
}

/** What came of an exercise. */
export interface Report {
  readonly exercise: string;
  readonly points: number;
  readonly of: number;
  readonly results: readonly CheckResult[];
}

/**
 * A step that needs others earns nothing before all of their checks have passed. While a learner works (`live`), those that were not asked count
 * as passed here: nobody knows yet.
 */
export function lock({ steps }: Exercise, results: readonly CheckResult[], live = false): CheckResult[] {
  const result = new Map(results.map((each) => [each.id, each]));
  const fine = (status: CheckResult['status'] | undefined) => status === 'passed' || (live && status === 'not-run');
  const open = (step: Step, seen: readonly string[] = []): boolean => unmet(step, seen).length === 0;
  const unmet = ({ needs = [] }: Step, seen: readonly string[]): Step[] =>
    steps.filter(
      (step) =>
        needs.includes(step.id) &&
        (seen.includes(step.id) ||
          !step.checks.every(({ id }) => fine(result.get(id)?.status)) ||
          !open(step, [...seen, step.id])),
    );
  return steps.flatMap((step) => {
    const missing = unmet(step, [step.id]);
    return step.checks.map((check): CheckResult => {
      const found = result.get(check.id)!;
      if (missing.length === 0) return found;
      const titles = {
        en: missing.map(({ title }) => title.en).join(', '),
        ko: missing.map(({ title }) => title.ko).join(', '),
      };
      const { id, title, of } = found;
      const message: Message = { key: 'needs-first', values: { steps: titles } };
      return { id, title, status: 'failed', points: 0, of, message, locked: true };
    });
  });
}

/** The results with their sums. */
export function report(exercise: Exercise, results: readonly CheckResult[]): Report {
  return {
    exercise: exercise.id,
    points: results.reduce((sum, { points }) => sum + points, 0),
    of: results.reduce((sum, { of }) => sum + of, 0),
    results,
  };
}

/** What came of a check, of the outcome of its test. */
export function resultOf(
  { id, title, points: of }: Check,
  outcome: Outcome,
  mistake?: { id: string; say: Text },
): CheckResult {
  if (outcome.status === 'passed') return { id, title, status: 'passed', points: of, of };
  const { status, message } = outcome;
  if (status !== 'failed' || mistake === undefined) return { id, title, status, points: 0, of, message };
  return { id, title, status, points: 0, of, message, mistake: { id: mistake.id, say: mistake.say } };
}

/** A test that throws could not be asked; that is neither a pass nor the learner's failure. */
export function couldNot(error: unknown): Outcome {
  const found = error instanceof Error ? error.message : String(error);
  return { status: 'not-run', message: { key: 'could-not-run', values: { found } } };
}
