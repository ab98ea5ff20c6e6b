import type { Micros } from '../engine/index.ts';
import type { Space } from './file-node.ts';

/** Times that are kept for followers, at most: then all catch up. */
const KEPT = 1024;

/** Does the same each time that something recurs, and writes it down later: when somebody looks, or all at once. */
export interface Follower {
  /** Writes down what it has done up to now. */
  catchUp(): void;
  /** Catches up and follows no longer. */
  leave(): void;
}

/** What a follower takes up on a disk each time. Whoever makes it recur has taken that room before. */
export interface Room {
  readonly disk: Space | undefined;
  readonly bytes: number;
}

/** Something that recurs in the same way in many places at once, like the probes of a node's pods. What it does there is written down later. */
export class Recurrence {
  private readonly followers: Follower[] = [];
  private times: Micros[] = [];
  private forgotten = 0;
  private over = false;

  /** How often it has been so far. */
  get count(): number {
    return this.forgotten + this.times.length;
  }

  get ended(): boolean {
    return this.over;
  }

  /** When it was, microseconds, since it had been so often; only while somebody has not caught up with that. Never changes: it may be kept. */
  timesAfter(count: number): readonly Micros[] {
    const index = count - this.forgotten;
    const whole = index === 0 && (this.over || this.times.length === KEPT);
    return whole ? this.times : this.times.slice(index);
  }

  /** Someone follows from now on. */
  followedBy(follower: Follower): void {
    this.followers.push(follower);
  }

  /** It is once more. */
  recur(time: Micros): void {
    this.times.push(time);
    if (this.times.length < KEPT) return;
    for (const follower of this.followers) follower.catchUp();
    this.forgotten += this.times.length;
    this.times = [];
  }

  /** It will not be again. */
  end(): void {
    if (this.over) return;
    this.over = true;
    for (const follower of this.followers) follower.leave();
    this.followers.length = 0;
  }
}
