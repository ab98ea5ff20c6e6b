import '../sim-core/host/programs.ts';
import type { ClusterOptions } from '../sim-core/cluster/cluster.ts';
import type { Session, SessionLog } from '../sim-core/host/session.ts';
import { type Checkpoint, chainOf, checkpointEvery, digestOf, logChain, type StateAt, stateDigest } from './digest.ts';
import { evaluateLog, type Report } from './evaluate.ts';
import type { Exercise, Locale } from './format/exercise.ts';

/** What every version of the format begins with. */
export const SUBMISSION_FAMILY = 'jotasu-submission/';
/** The first format has no checkpoints, and nothing of the learner's clock; it is still read. */
export const FIRST_FORMAT = 'jotasu-submission/1';
export const SUBMISSION_FORMAT = 'jotasu-submission/2';
/** No honest submission is larger; a larger file is not read. */
export const SUBMISSION_LIMIT = 8 * 1024 * 1024;

export interface Learner {
  readonly id: string;
  readonly name: string;
}

/** What a learner hands in: everything they did, from which their cluster can be made again. */
export interface Submission {
  readonly format: typeof SUBMISSION_FORMAT | typeof FIRST_FORMAT;
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
  /** States on the way, so that a replay that comes to another cluster shows where it left the way. */
  readonly checkpoints?: readonly Checkpoint[];
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
  const notes = new StateNotes(input.log);
  const report = await evaluateLog(exercise, input.log, notes);
  const { checkpoints } = logChain(input.log, notes.states);
  const unsigned: Omit<Submission, 'chain'> = {
    format: SUBMISSION_FORMAT,
    ...rest,
    exercise: exercise.id,
    exerciseHash: digestOf(exercise),
    claim: { points: report.points, of: report.of, state: notes.end },
    checkpoints,
  };
  return { submission: { ...unsigned, chain: chainOfSubmission(unsigned) }, report };
}

/** Notes states while a log is replayed. */
export class StateNotes {
  readonly states: StateAt[] = [];
  /** The state at the log's end. */
  end = '';
  private readonly every: number;

  constructor({ entries }: SessionLog) {
    this.every = checkpointEvery(entries.length);
  }

  begun(session: Session): void {
    let entry = 0;
    session.before = () => {
      if (entry > 0 && entry % this.every === 0) this.states.push({ entry, state: stateDigest(session.cluster) });
      entry++;
    };
  }

  ended(session: Session): void {
    session.before = undefined;
    this.end = stateDigest(session.cluster);
  }
}

/** The chain of a submission: over its log and the states on the way, and then over all else. */
export function chainOfSubmission({ log, checkpoints, ...head }: Omit<Submission, 'chain'>): string {
  if (head.format !== FIRST_FORMAT) return digestOf([logChain(log, checkpoints ?? []).end, head]);
  const { entries, ...frame } = log;
  return chainOf({ ...head, log: frame }, entries);
}

/** The same log, with nothing traced: the state is the same, and comes sooner. */
export function quiet(log: SessionLog): SessionLog {
  return { ...log, cluster: { ...log.cluster, trace: { level: 'off' } } satisfies ClusterOptions };
}
