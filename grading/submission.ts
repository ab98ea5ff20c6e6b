import '../sim-core/host/programs.ts';
import type { ClusterOptions } from '../sim-core/cluster/cluster.ts';
import { replay, type SessionLog } from '../sim-core/host/session.ts';
import { chainOf, digestOf, stateDigest } from './digest.ts';
import { evaluateLog, type Report } from './evaluate.ts';
import type { Exercise, Locale } from './format/exercise.ts';

export const SUBMISSION_FORMAT = 'jotasu-submission/1';
/** No honest submission is larger; a larger file is not read. */
export const SUBMISSION_LIMIT = 8 * 1024 * 1024;

export interface Learner {
  readonly id: string;
  readonly name: string;
}

/** What a learner hands in: everything they did, from which their cluster can be made again. */
export interface Submission {
  readonly format: typeof SUBMISSION_FORMAT;
  readonly course: string;
  readonly exercise: string;
  /** Hash of the exercise as the learner had it. */
  readonly exerciseHash: string;
  /** Version of the simulator that they worked with. */
  readonly engine: string;
  readonly learner: Learner;
  readonly locale: Locale;
  /** Wall time, ISO 8601, as the learner's machine had it. */
  readonly savedAt: string;
  readonly log: SessionLog;
  readonly files: Readonly<Record<string, string>>;
  /** What the learner's own page made of it; replay must come to the same. */
  readonly claim: { readonly points: number; readonly of: number; readonly state: string };
  /** Hash chain over all of the above. */
  readonly chain: string;
}

export interface SubmissionInput {
  readonly course: string;
  readonly exercise: Exercise;
  readonly engine: string;
  readonly learner: Learner;
  readonly locale: Locale;
  readonly savedAt: string;
  readonly log: SessionLog;
  readonly files: Readonly<Record<string, string>>;
}

/** Makes a submission of a session. */
export async function makeSubmission(input: SubmissionInput): Promise<{ submission: Submission; report: Report }> {
  const { exercise, ...rest } = input;
  const report = await evaluateLog(exercise, input.log);
  const state = stateDigest(replay(quiet(input.log)).cluster);
  const unsigned: Omit<Submission, 'chain'> = {
    format: SUBMISSION_FORMAT,
    ...rest,
    exercise: exercise.id,
    exerciseHash: digestOf(exercise),
    claim: { points: report.points, of: report.of, state },
  };
  return { submission: { ...unsigned, chain: chainOfSubmission(unsigned) }, report };
}

/** The chain of a submission: over its head, then over every entry of its log. */
export function chainOfSubmission({ log, ...head }: Omit<Submission, 'chain'>): string {
  const { entries, ...frame } = log;
  return chainOf({ ...head, log: frame }, entries);
}

/** The same log, with nothing traced: the state is the same, and comes sooner. */
export function quiet(log: SessionLog): SessionLog {
  return { ...log, cluster: { ...log.cluster, trace: { level: 'off' } } satisfies ClusterOptions };
}
