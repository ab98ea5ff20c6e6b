import { canonicalJson } from '../sim-core/api/equality.ts';
import type { LogEntry } from '../sim-core/host/session.ts';
import { digestOf, logChain } from './digest.ts';
import type { Report } from './evaluate.ts';
import { clusterOptions } from './format/cluster-options.ts';
import type { Check, Exercise } from './format/exercise.ts';
import { instantiate } from './format/variants.ts';
import { type Broke, type Case, type Judgement, judge } from './judge.ts';
import { type Detail, detailOf, type Problem } from './problems.ts';
import { learnerSeed, PRACTICE_SEED } from './seed.ts';
import { chainOfSubmission, type Submission } from './submission.ts';
import { parseSubmission } from './submission-parse.ts';

export { describeProblem, detailIn, type Problem } from './problems.ts';

export interface Grading {
  readonly submission: Submission | undefined;
  readonly report: Report | undefined;
  /** Of the checks that the learner has not seen. */
  readonly hidden?: Report;
  readonly broke?: Broke;
  /** Which version of the exercise judged, where it has changed since: the one that the submission was made with, or, as the instructor asked for, the mended one. */
  readonly judgedBy?: 'earlier' | 'mended';
  /** Graded as it was before this entry of its log. */
  readonly upTo?: number;
  readonly problem: Problem | undefined;
  /** More about the problem, for the instructor. */
  readonly detail: Detail | undefined;
}

export interface GradeOptions {
  /** The exercises of the course, by id. */
  readonly exercises: ReadonlyMap<string, Exercise>;
  /** The one exercise that is being graded, if only one is. */
  readonly only?: string;
  /** Version of this simulator. */
  readonly engine: string;
  /** The course that is graded: submissions of others are named. Absent: any. */
  readonly course?: string;
  /** Whether learners have names and numbers of their own in this course. Default: true. */
  readonly variants?: boolean;
  /** Grade what had been done by then, milliseconds since 1970, as the learner's clock had it: for all exercises, or by exercise. */
  readonly asOf?: number | ReadonlyMap<string, number>;
  /** Checks that learners have not seen, by exercise. */
  readonly hidden?: ReadonlyMap<string, readonly Check[]>;
  /** Exercises whose checks were mended: whatever version of them a submission was made with, it is judged by them as they are now. */
  readonly mended?: readonly string[];
  /** Simulators and exercises that were published earlier. */
  readonly library?: Library;
}

/** Simulators and exercises that were published earlier, by hash. */
export interface Library {
  engine(hash: string): Promise<((asked: Case) => Promise<Judgement>) | undefined>;
  /** The exercise of that hash as that engine's build had it. */
  exercise(engine: string, hash: string): Exercise | undefined;
}

/**
 * Grades one submission from the bytes of its file: reads it, checks that it is whole and unaltered, makes its cluster again by the engine and
 * the exercise that it names, and judges that. What the file claims of itself is compared with the outcome, never trusted. Never throws:
 * whatever is wrong is in the answer.
 */
export async function grade(bytes: Uint8Array, options: GradeOptions): Promise<Grading> {
  const parsed = parseSubmission(bytes);
  if ('problem' in parsed) return wrong(parsed.problem, parsed.detail);
  try {
    return await gradeParsed(parsed.submission, options);
  } catch (error) {
    return { submission: parsed.submission, report: undefined, problem: 'does-not-replay', detail: detailOf(error) };
  }
}

async function gradeParsed(submission: Submission, options: GradeOptions): Promise<Grading> {
  const found = (problem: Problem, detail?: Detail, report?: Report): Grading => ({
    submission,
    report,
    problem,
    detail,
  });
  const { chain, log, claim, learner } = submission;
  const altered = alteration(submission, chain);
  if (altered !== undefined) return found('altered', altered);
  if (options.only !== undefined && submission.exercise !== options.only)
    return found('other-exercise', submission.exercise);
  if (options.course !== undefined && submission.course !== options.course)
    return found('other-course', submission.course);
  const current = options.exercises.get(submission.exercise);
  if (current === undefined) return found('unknown-exercise', submission.exercise);
  const judging = submission.engine === options.engine ? judge : await options.library?.engine(submission.engine);
  if (judging === undefined) return found('other-engine', submission.engine);
  const changed = digestOf(current) !== submission.exerciseHash;
  const mended = changed && options.mended?.includes(current.id) === true;
  const exercise = changed && !mended ? options.library?.exercise(submission.engine, submission.exerciseHash) : current;
  if (exercise === undefined || exercise.id !== submission.exercise) return found('changed-exercise');
  const seed = log.cluster.seed ?? PRACTICE_SEED;
  const cluster = clusterOptions(instantiate(exercise, seed), seed);
  if (canonicalJson(log.cluster) !== canonicalJson(cluster))
    return found('other-cluster', mended ? NOT_ONLY_CHECKS : undefined);
  const { asOf } = options;
  const moment = typeof asOf === 'object' ? asOf.get(exercise.id) : asOf;
  const upTo = moment === undefined ? undefined : entriesBy(log.entries, moment);
  const judged = await judging({
    exercise,
    hidden: options.hidden?.get(exercise.id) ?? [],
    log,
    ...(upTo === undefined ? {} : { upTo }),
    states: submission.checkpoints ?? [],
    state: claim.state,
  });
  const where = judged.differs === undefined ? undefined : placeOf(log.entries, judged.differs);
  if (judged.failure !== undefined) return found('does-not-replay', joined(judged.failure, where));
  if (judged.state !== claim.state) return found('state-differs', where);
  const { report, hidden, broke } = judged;
  if (report === undefined) return found('does-not-replay', { en: 'nothing came of it', ko: '재생한 결과가 없습니다' });
  // What the file claims is by the checks of then, or of its end.
  if (!mended && upTo === undefined && (report.points !== claim.points || report.of !== claim.of)) {
    const [claimed, earned] = [claim, report].map(({ points, of }) => `${points}/${of}`);
    const detail = { en: `claimed ${claimed}, earned ${earned}`, ko: `파일의 점수 ${claimed}, 재생한 점수 ${earned}` };
    return found('score-differs', detail, report);
  }
  const own = learnerSeed(submission.course, exercise.id, learner.id);
  if (exercise.variants !== undefined && options.variants !== false && seed !== own)
    return found(
      'other-seed',
      {
        en: `its seed is ${seed}, and this learner's is ${own}`,
        ko: `파일의 시드는 ${seed}이고 이 학습자의 시드는 ${own}입니다`,
      },
      report,
    );
  return {
    submission,
    report,
    problem: undefined,
    detail: undefined,
    ...(hidden === undefined ? {} : { hidden }),
    ...(broke === undefined ? {} : { broke }),
    ...(changed ? { judgedBy: mended ? 'mended' : 'earlier' } : {}),
    ...(upTo === undefined ? {} : { upTo }),
  };
}

type Words = Exclude<Detail, string>;

const NOT_ONLY_CHECKS: Words = {
  en: 'more than the checks of the exercise has changed since: its cluster begins otherwise',
  ko: '그사이 실습의 검사뿐 아니라 처음 클러스터도 바뀌었습니다',
};

/** Where the hash chain breaks, in words; undefined: it holds. */
function alteration(submission: Submission, chain: string): Words | undefined {
  const { chain: _, ...unsigned } = submission;
  if (chainOfSubmission(unsigned) === chain) return undefined;
  const { log, checkpoints } = submission;
  if (checkpoints === undefined) return { en: 'something in it has changed', ko: '내용 가운데 일부가 바뀌었습니다' };
  const links = logChain(log, checkpoints).checkpoints;
  const broken = checkpoints.findIndex((checkpoint, index) => links[index]?.link !== checkpoint.link);
  if (broken >= 0) {
    const agreed = broken === 0 ? 0 : checkpoints[broken - 1]!.entry;
    const place = placeOf(log.entries, { agreed, before: checkpoints[broken]!.entry });
    return { en: `its log has changed ${place.en}`, ko: `${place.ko}에서 기록이 바뀌었습니다` };
  }
  const last = checkpoints.at(-1)?.entry ?? 0;
  return {
    en: `its log up to input ${last} is as it was: what has changed is later in the log, or the name, the files or the score`,
    ko: `입력 ${last}까지의 기록은 그대로입니다. 그 뒤의 기록, 이름, 파일, 점수 가운데 하나가 바뀌었습니다`,
  };
}

/** How many entries there were at that time. Entries without a time are of the time of those before them. */
function entriesBy(entries: readonly LogEntry[], time: number): number | undefined {
  const late = entries.findIndex(({ wall }) => wall !== undefined && wall > time);
  return late < 0 ? undefined : late;
}

/** A place in a log, in words. */
function placeOf(entries: readonly LogEntry[], { agreed, before }: { agreed: number; before: number }): Words {
  const command = entries.slice(agreed, before).find(({ input }) => input.type === 'note')?.input;
  const near = command?.type === 'note' ? command.text.slice(0, 100) : undefined;
  const all = entries.length;
  return {
    en: `between inputs ${agreed} and ${before} of ${all}${near === undefined ? '' : ` (near "${near}")`}`,
    ko: `입력 ${all}개 가운데 ${agreed}번과 ${before}번 사이${near === undefined ? '' : `("${near}" 근처)`}`,
  };
}

/** What the simulator says, and where. */
function joined(failure: string, where: Words | undefined): Detail {
  return where === undefined ? failure : { en: `${failure}; ${where.en}`, ko: `${failure}; ${where.ko}` };
}

function wrong(problem: Problem, detail?: Detail): Grading {
  return { submission: undefined, report: undefined, problem, detail };
}
