import { utf8Length } from '../api/utf8.ts';
import { flat } from '../engine/index.ts';

/** How many lines are known of those that have been made. */
const MOST_LINES = 1000;

/** A line of a log in which nothing but the time changes, which always takes up as much. */
export class TimedLine {
  /** Those that were made last, by what they say: thousands of servers write the same lines. */
  private static readonly made = new Map<string, TimedLine>();
  readonly before: string;
  readonly time: (now: number) => string;
  readonly after: string;
  private measured: { readonly characters: number; readonly bytes: number } | undefined;

  /** The line that says so, to be kept: mostly the same one for all who ask for the same. */
  static of(before: string, time: (now: number) => string, after: string): TimedLine {
    const key = `${before}\0${after}`;
    const known = TimedLine.made.get(key);
    if (known?.time === time) return known;
    if (TimedLine.made.size >= MOST_LINES) TimedLine.made.clear();
    const line = new TimedLine(flat(before), time, flat(after));
    TimedLine.made.set(key, line);
    return line;
  }

  constructor(before: string, time: (now: number) => string, after: string) {
    this.before = before;
    this.time = time;
    this.after = after;
  }

  get size(): { readonly characters: number; readonly bytes: number } {
    const text = this.measured === undefined ? this.at(0) : '';
    this.measured ??= { characters: text.length, bytes: utf8Length(text) };
    return this.measured;
  }

  at(now: number): string {
    return this.before + this.time(now) + this.after;
  }
}
