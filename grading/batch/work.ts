import { digestOf } from '../digest.ts';
import type { Locale } from '../format/exercise.ts';
import { type GradeOptions, type Grading, grade } from '../grade.ts';
import { type Trace, traceOf } from '../integrity/trace.ts';
import type { Detail } from '../problems.ts';
import { plainText } from '../report-text.ts';
import { EngineLibrary } from './engine-library.ts';
import type { GradedFile } from './graded.ts';
import { timelineOf } from './timeline.ts';

/** A file to be graded. */
export interface Job {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** What every file of a class is graded with: it goes to the workers as it is. */
export interface WorkSetup extends Omit<GradeOptions, 'library'> {
  /** Folder of the simulators that were published earlier. */
  readonly engines: string;
  /** Language of feedback for those whose submission says none. */
  readonly locale: Locale;
}

/** What came of a file by itself, without its class: plain JSON, so that it can be kept. */
export interface Worked {
  readonly graded: GradedFile;
  readonly trace?: Trace;
  /** What the outcome hangs on, beside the file and the simulator: see `dependsOn`. */
  readonly depends: string;
}

/** Grades files, one after the other. */
export class Grader {
  private readonly setup: WorkSetup;
  private readonly options: GradeOptions;

  constructor(setup: WorkSetup) {
    this.setup = setup;
    this.options = { ...setup, library: new EngineLibrary(setup.engines) };
  }

  async work({ file, sha256, bytes }: Job): Promise<Worked> {
    const grading = await grade(bytes, this.options);
    const { submission } = grading;
    const graded = gradedFile(file, sha256, grading, this.setup.locale);
    const depends = dependsOn(this.setup, submission?.exercise);
    return { graded, depends, ...(submission === undefined ? {} : { trace: traceOf(submission) }) };
  }
}

/** Hash of what a grade hangs on beside its file: the exercise as it is now, its hidden checks, and the moment. */
export function dependsOn({ exercises, hidden, asOf }: WorkSetup, exercise: string | undefined): string {
  const id = exercise ?? '';
  const moment = typeof asOf === 'object' ? asOf.get(id) : asOf;
  return digestOf([id, exercises.get(id) ?? null, hidden?.get(id) ?? null, moment ?? null]);
}

function gradedFile(file: string, sha256: string, grading: Grading, fallback: Locale): GradedFile {
  const { submission, report, hidden, broke, judgedBy, problem, detail } = grading;
  const said =
    submission === undefined
      ? {}
      : {
          learner: { id: plainText(submission.learner.id), name: plainText(submission.learner.name) },
          course: plainText(submission.course),
          exercise: plainText(submission.exercise),
          savedAt: new Date(submission.savedAt).toISOString(),
          seed: submission.log.cluster.seed,
        };
  return {
    file,
    sha256,
    locale: submission?.locale ?? fallback,
    ...said,
    ...(problem === undefined ? {} : { problem }),
    ...(detail === undefined ? {} : { detail: plainDetail(detail) }),
    ...(judgedBy === undefined ? {} : { judgedBy }),
    ...(report === undefined ? {} : { report }),
    ...(hidden === undefined ? {} : { hidden }),
    ...(broke === undefined ? {} : { broke: { ...broke, text: plainText(broke.text).slice(0, 500) } }),
    timeline: submission === undefined ? [] : timelineOf(submission),
    flags: [],
  };
}

/** A detail may quote the file. */
function plainDetail(detail: Detail): Detail {
  const plain = (text: string) => plainText(text).slice(0, 500);
  return typeof detail === 'string' ? plain(detail) : { en: plain(detail.en), ko: plain(detail.ko) };
}
