import { readFileSync, statSync } from 'node:fs';
import { describeProblem, detailIn } from '../grading/problems.ts';
import { SUBMISSION_LIMIT } from '../grading/submission.ts';
import { parseSubmission } from '../grading/submission-parse.ts';
import { codeIn, codeOf, contentsOf } from '../grading/submission-words.ts';

/** Prints what is in a submission. Answers the exit code: 1 when it is none, or the code is of another; 2 for arguments that make no sense. */
export function showSubmission(file: string, { lang, code }: { lang?: string; code?: string }): number {
  if (lang !== undefined && lang !== 'en' && lang !== 'ko') {
    process.stderr.write(`--lang: "${lang}" is neither en nor ko\n`);
    return 2;
  }
  let bytes: Uint8Array;
  try {
    bytes = statSync(file).size > SUBMISSION_LIMIT ? new Uint8Array(SUBMISSION_LIMIT + 1) : readFileSync(file);
  } catch {
    process.stderr.write(`There is no file ${file}.\n`);
    return 2;
  }
  const parsed = parseSubmission(bytes);
  if ('problem' in parsed) {
    const detail = parsed.detail === undefined ? '' : ` (${detailIn(parsed.detail, lang ?? 'en')})`;
    process.stderr.write(`${file}: ${describeProblem(parsed.problem, lang ?? 'en')}${detail}\n`);
    return 1;
  }
  const { submission } = parsed;
  process.stdout.write(`${contentsOf(submission, lang ?? submission.locale).join('\n')}\n`);
  if (code === undefined) return 0;
  const isRight = codeIn(code) === codeOf(submission);
  process.stdout.write(isRight ? 'The code is of this file.\n' : 'The code is NOT of this file.\n');
  return isRight ? 0 : 1;
}
