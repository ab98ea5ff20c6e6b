import type { Report } from '../evaluate.ts';
import type { Locale } from '../format/exercise.ts';
import type { Detail, Problem } from '../problems.ts';

/** What came of one file of a class: plain JSON, so that it can be kept, and gone on with. */
export interface GradedFile {
  /** Path inside the given folder; of a file in a zip `class.zip/kim_1234/x.jotasu.json`. */
  readonly file: string;
  readonly sha256: string;
  /** As the submission says. */
  readonly learner?: { readonly id: string; readonly name: string };
  /** Id of the roster's row that it was matched with. */
  readonly rosterId?: string;
  readonly locale: Locale;
  readonly course?: string;
  readonly exercise?: string;
  /** By the learner's clock. */
  readonly savedAt?: string;
  /** By the LMS's, or whoever took it. */
  readonly receivedAt?: string;
  readonly seed?: number;
  /** Why it could not be graded, and more about it. */
  readonly problem?: Problem;
  readonly detail?: Detail;
  /** Where its exercise has changed since: by the version that it was made with, or by mended checks. */
  readonly judgedBy?: 'earlier' | 'mended';
  /** Open checks. */
  readonly report?: Report;
  /** Hidden checks: never in a learner's feedback by their content, only by their number. */
  readonly hidden?: Report;
  /** After hidden checks, the late rule and the override. */
  readonly points?: number;
  readonly of?: number;
  readonly late?: { readonly seconds: number; readonly factor: number };
  readonly override?: { readonly points: number; readonly reason: string };
  /** Another file of the same learner and exercise counts. */
  readonly supersededBy?: string;
  readonly timeline: readonly TimelineEntry[];
  /** The moment at which a check that had passed began to fail. */
  readonly broke?: { readonly check: string; readonly at: number; readonly text: string };
  readonly flags: readonly Flag[];
}

/** Something that the learner did, in virtual seconds of their cluster. */
export interface TimelineEntry {
  readonly at: number;
  readonly kind: 'command' | 'file' | 'clock' | 'fault';
  readonly text: string;
  readonly exit?: number;
}

/** Evidence that somebody should look at, never a verdict. */
export interface Flag {
  readonly kind: string;
  /** Other files that it is about. */
  readonly with?: readonly string[];
  /** In plain English. */
  readonly evidence: string;
  readonly values: Readonly<Record<string, string | number>>;
}
