import '../sim-core/host/programs.ts';
import { replay } from '../sim-core/host/session.ts';
import { digestOf, stateDigest } from './digest.ts';
import { evaluateLog, type Report } from './evaluate.ts';
import type { Exercise, Locale } from './format/exercise.ts';
import { chainOfSubmission, quiet, SUBMISSION_LIMIT, type Submission } from './submission.ts';
import { parseSubmission } from './submission-parse.ts';

/** Why a submission cannot be given the grade it asks for. */
export type Problem =
  | 'too-large'
  | 'not-a-submission'
  | 'damaged'
  | 'unknown-exercise'
  | 'other-exercise'
  | 'other-engine'
  | 'changed-exercise'
  | 'altered'
  | 'does-not-replay'
  | 'score-differs'
  | 'state-differs';

const PROBLEMS: Readonly<Record<Problem, Readonly<Record<Locale, string>>>> = {
  'too-large': {
    en: 'the file is larger than any submission can be (8 MiB)',
    ko: '파일이 제출물의 최대 크기(8 MiB)를 넘습니다',
  },
  'not-a-submission': { en: 'the file is not a Jotasu submission', ko: 'Jotasu 제출 파일이 아닙니다' },
  damaged: { en: 'the file is cut off or damaged', ko: '파일이 잘렸거나 손상되었습니다' },
  'unknown-exercise': { en: 'its exercise is not in this course', ko: '이 강좌에 없는 실습의 제출물입니다' },
  'other-exercise': { en: 'it belongs to another exercise', ko: '다른 실습의 제출물입니다' },
  'other-engine': {
    en: 'it was made with another version of the simulator',
    ko: '다른 버전의 시뮬레이터로 만든 제출물입니다',
  },
  'changed-exercise': {
    en: 'it was made with another version of the exercise',
    ko: '다른 버전의 실습으로 만든 제출물입니다',
  },
  altered: {
    en: 'it was altered after it was saved (the hash chain does not hold)',
    ko: '저장한 뒤에 내용이 바뀌었습니다(해시 체인이 맞지 않습니다)',
  },
  'does-not-replay': { en: 'its log cannot be replayed', ko: '기록을 재생할 수 없습니다' },
  'score-differs': {
    en: 'the replay comes to another score than the file claims',
    ko: '재생한 결과의 점수가 파일에 적힌 점수와 다릅니다',
  },
  'state-differs': {
    en: 'the replay comes to another cluster than the file claims',
    ko: '재생한 클러스터의 상태가 파일에 적힌 상태와 다릅니다',
  },
};

/** A problem in words. */
export function describeProblem(problem: Problem, locale: Locale): string {
  return PROBLEMS[problem][locale];
}

export interface Grading {
  readonly submission: Submission | undefined;
  readonly report: Report | undefined;
  readonly problem: Problem | undefined;
  /** More about the problem, for the instructor. */
  readonly detail: string | undefined;
}

export interface GradeOptions {
  /** The exercises of the course, by id. */
  readonly exercises: ReadonlyMap<string, Exercise>;
  /** The one exercise that is being graded, if only one is. */
  readonly only?: string;
  /** Version of this simulator. */
  readonly engine: string;
}

/**
 * Grades one submission from the bytes of its file: reads it, checks that it is whole and unaltered, makes its cluster again, and judges
 * that. What the file claims of itself is compared with the outcome, never trusted. Never throws: whatever is wrong is in the answer.
 */
export async function grade(bytes: Uint8Array, options: GradeOptions): Promise<Grading> {
  if (bytes.byteLength > SUBMISSION_LIMIT) return wrong('too-large');
  const parsed = parseSubmission(bytes);
  if ('problem' in parsed) return wrong(parsed.problem, parsed.detail);
  const { submission } = parsed;
  const found = (problem: Problem, detail?: string, report?: Report): Grading => ({
    submission,
    report,
    problem,
    detail,
  });
  const { chain, ...unsigned } = submission;
  if (chainOfSubmission(unsigned) !== chain) return found('altered');
  if (options.only !== undefined && submission.exercise !== options.only)
    return found('other-exercise', submission.exercise);
  const exercise = options.exercises.get(submission.exercise);
  if (exercise === undefined) return found('unknown-exercise', submission.exercise);
  if (submission.engine !== options.engine) return found('other-engine', submission.engine);
  if (digestOf(exercise) !== submission.exerciseHash) return found('changed-exercise');
  try {
    if (stateDigest(replay(quiet(submission.log)).cluster) !== submission.claim.state) return found('state-differs');
    const report = await evaluateLog(exercise, submission.log);
    if (report.points !== submission.claim.points || report.of !== submission.claim.of) {
      return found('score-differs', `${submission.claim.points} ≠ ${report.points}`, report);
    }
    return { submission, report, problem: undefined, detail: undefined };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return found('does-not-replay', detail);
  }
}

function wrong(problem: Problem, detail?: string): Grading {
  return { submission: undefined, report: undefined, problem, detail };
}
