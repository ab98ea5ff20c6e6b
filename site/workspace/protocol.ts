import type { CheckResult, Report } from '../../grading/evaluate.ts';
import type { Exercise, Locale } from '../../grading/format/exercise.ts';
import type { Learner } from '../../grading/submission.ts';
import type { FromHost, ToHost } from '../../sim-core/host/door.ts';
import type { SessionLog } from '../../sim-core/host/session.ts';

/** What goes into the cluster's Worker: the door's messages, and the exercise whose plain checks it is to ask. */
export type ToClusterWorker =
  | ToHost
  | { readonly type: 'exercise'; readonly exercise: Exercise }
  /** The page has what it needs first: the rest of the simulator may be loaded. */
  | { readonly type: 'load-rest' };

export type FromClusterWorker =
  | FromHost
  | { readonly type: 'live-report'; readonly report: Report }
  /** The rest of the simulator could not be fetched: what comes next is a failure. */
  | { readonly type: 'not-loaded' };

/** What goes into the checking Worker: a session's log, to be made again and judged. */
export type ToCheckWorker =
  | { readonly type: 'check'; readonly id: number; readonly exercise: Exercise; readonly log: SessionLog }
  | {
      readonly type: 'submission';
      readonly id: number;
      readonly exercise: Exercise;
      readonly log: SessionLog;
      readonly engine: string;
      readonly learner: Learner;
      readonly locale: Locale;
      readonly files: Readonly<Record<string, string>>;
      readonly savedAt: string;
    };

export type FromCheckWorker =
  | { readonly type: 'report'; readonly id: number; readonly report: Report }
  | ({ readonly type: 'submission'; readonly id: number; readonly report: Report } & SubmissionFile)
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

/** A submission as it is saved, and what the learner is told of it. */
export interface SubmissionFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the bytes are packed (gzip). */
  readonly isPacked: boolean;
  /** What is in it, in plain words, a line each. */
  readonly contents: readonly string[];
  readonly code: string;
}

export type { CheckResult, Report };
