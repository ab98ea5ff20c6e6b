import type { Cluster } from '../sim-core/cluster/cluster.ts';
import { NOT_NOW, type Outcome } from './checks/context.ts';
import { askPlain } from './checks/plain.ts';
import type { Exercise } from './format/exercise.ts';
import { isPlain, type PlainTest } from './format/tests.ts';
import { instantiate } from './format/variants.ts';
import { couldNot, lock, type Report, report, resultOf } from './report.ts';

/** Checks a live cluster as it is, with the variants of its seed. Only plain tests are asked: others are `not-run`. */
export function evaluateLive(general: Exercise, cluster: Cluster): Report {
  const exercise = instantiate(general, cluster.engine.seed);
  const results = exercise.steps.flatMap(({ checks }) =>
    checks.map((check) => {
      if (check.parts !== undefined || !isPlain(check.test)) return resultOf(check, NOT_NOW);
      const { test } = check;
      const context = { cluster };
      const outcome = attempt(() => askPlain(test as PlainTest, context));
      const mistake = check.mistakes.find(
        ({ when }) =>
          when.every(isPlain) &&
          when.every((each) => attempt(() => askPlain(each as PlainTest, context)).status === 'passed'),
      );
      return resultOf(check, outcome, mistake);
    }),
  );
  return report(exercise, lock(exercise, results, true));
}

function attempt(ask: () => Outcome): Outcome {
  try {
    return ask();
  } catch (error) {
    return couldNot(error);
  }
}
