/** What an LMS wrote into the name of a file or folder when all submissions were downloaded. */
export interface LmsMark {
  readonly lms: 'canvas' | 'moodle' | 'blackboard';
  /** Number of the participant or user. */
  readonly number?: string;
  /** Login name. */
  readonly login?: string;
  readonly name?: string;
  /** When it was handed in, as the LMS's clock had it (no zone): `2026-03-09T13:45:10`. */
  readonly at?: string;
  /** The LMS itself took it for late. */
  readonly isLate?: true;
}

const MOODLE = /^(.+)_(\d+)_assignsubmission_(?:file|onlinetext)(?:_|$)/;
const BLACKBOARD = /_([^_]+)_attempt_(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)(?:_|\.txt$)/;
const CANVAS = /^([^_/]+)_(LATE_)?(\d+)_(\d+)_./;

/**
 * What a path says of who handed it in: Moodle's folders `Haneul Kim_12345_assignsubmission_file_`, Canvas's `kimhaneul_LATE_678_9012_x.json`,
 * Blackboard's `Web_20260001_attempt_2026-03-09-13-45-10_x.json`. The innermost that says something counts.
 */
export function lmsMark(path: string): LmsMark | undefined {
  for (const part of path.split('/').reverse()) {
    const moodle = MOODLE.exec(part);
    if (moodle !== null) return { lms: 'moodle', name: moodle[1]!, number: moodle[2]! };
    const blackboard = BLACKBOARD.exec(part);
    if (blackboard !== null) {
      const [, login, day, hours, minutes, seconds] = blackboard;
      return { lms: 'blackboard', login: login!, at: `${day}T${hours}:${minutes}:${seconds}` };
    }
    const canvas = CANVAS.exec(part);
    if (canvas !== null)
      return {
        lms: 'canvas',
        name: canvas[1]!,
        number: canvas[3]!,
        ...(canvas[2] === undefined ? {} : { isLate: true }),
      };
  }
  return undefined;
}

/** Files that systems and LMSes put beside what people hand in. */
export function isClutter(path: string): boolean {
  const parts = path.split('/');
  const name = parts.at(-1)!;
  return (
    parts.some((part) => /^\.[^.]/.test(part) || part === '__MACOSX') ||
    /^(thumbs\.db|desktop\.ini)$/i.test(name) ||
    // Blackboard's own note of an attempt; Moodle's text that came with a file.
    /_attempt_\d{4}(-\d\d){5}\.txt$/.test(name) ||
    (name === 'onlinetext.html' && path.includes('_assignsubmission_'))
  );
}
