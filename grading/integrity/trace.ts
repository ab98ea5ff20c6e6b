import type { GradedFile } from '../batch/graded.ts';
import type { Submission } from '../submission.ts';

/** What is compared of a submission: plain JSON, so that it can be kept beside its grade. */
export interface Trace {
  readonly commands: readonly {
    readonly text: string /** Virtual microseconds. */;
    readonly at: number;
    readonly wall?: number;
  }[];
  /** What the learner's clock said at each entry of the log, milliseconds since 1970; `null` where it said nothing. */
  readonly walls: readonly (number | null)[];
  /** As last written. */
  readonly files: Readonly<Record<string, string>>;
  /** Texts of requests that change something, for values that they name. */
  readonly requests: readonly string[];
}

/** A file with what is compared of it. */
export interface Traced {
  readonly graded: GradedFile;
  readonly trace: Trace;
}

const LONGEST = 20_000;

/** Takes from a submission what is compared of it. */
export function traceOf({ log, files }: Pick<Submission, 'log' | 'files'>): Trace {
  return {
    commands: log.entries.flatMap(({ input, time, wall }) =>
      input.type === 'note'
        ? [{ text: input.text.slice(0, LONGEST), at: time, ...(wall === undefined ? {} : { wall }) }]
        : [],
    ),
    walls: log.entries.map(({ wall }) => wall ?? null),
    files,
    requests: log.entries.flatMap(({ input }) =>
      input.type === 'request' && input.request.method !== 'GET'
        ? [`${input.request.path} ${JSON.stringify(input.request.body ?? '')}`.slice(0, LONGEST)]
        : [],
    ),
  };
}
