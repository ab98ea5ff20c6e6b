import type { GradedFile } from '../batch/graded.ts';
import { describeProblem } from '../grade.ts';
import { explain, plainText } from '../report-text.ts';
import { round } from './scores.ts';

/**
 * Gradescope's `results.json` of one submission: the points of each check, and what was found, in the learner's language. Hidden checks are told
 * by their number alone.
 */
export function gradescopeResults(file: GradedFile): string {
  const { locale, report, hidden, problem, points = 0, of = 0 } = file;
  const tests = (report?.results ?? []).map((result) => ({
    name: result.title[locale],
    score: result.points,
    max_score: result.of,
    status: result.status === 'passed' ? 'passed' : 'failed',
    output: explain(result, locale) ?? '',
    output_format: 'text',
    visibility: 'visible',
  }));
  const results = {
    score: problem === undefined ? round(points) : 0,
    max_score: of,
    output: problem === undefined ? '' : `${describeProblem(problem, locale)}`,
    output_format: 'text',
    visibility: 'visible',
    stdout_visibility: 'hidden',
    tests,
    extra_data: {
      file: plainText(file.file),
      exercise: plainText(file.exercise ?? ''),
      learner: plainText(file.learner?.id ?? ''),
      graded: problem === undefined,
      hidden_checks: hidden?.results.length ?? 0,
    },
  };
  return `${JSON.stringify(results, undefined, 2)}\n`;
}
