import type { Follower, Recurrence } from '../../recurrence.ts';
import type { NginxConfig } from './config.ts';
import type { StandingPage } from './standing.ts';

/** What the workers of one nginx share. */
export class ServerState implements Follower {
  config: NginxConfig;
  /** Requests under way. */
  active = 0;
  /** What was promised last. */
  standing: StandingPage | undefined;
  private accepted = 0;
  private recurrence: Recurrence | undefined;
  /** Connections that come each time it recurs, and up to which time they are counted. */
  private each = 0;
  private counted = 0;

  constructor(config: NginxConfig) {
    this.config = config;
  }

  /** How many connections it has taken since it started. */
  get connections(): number {
    this.catchUp();
    return this.accepted;
  }

  connected(): void {
    this.accepted++;
  }

  /** Takes one whenever something recurs. Answers whether it can: it follows one thing at a time. */
  follow(recurrence: Recurrence): boolean {
    if (this.recurrence === undefined) {
      this.recurrence = recurrence;
      this.counted = recurrence.count;
      recurrence.followedBy(this);
    }
    if (this.recurrence !== recurrence) return false;
    this.each++;
    return true;
  }

  catchUp(): void {
    if (this.recurrence === undefined) return;
    const { count } = this.recurrence;
    this.accepted += (count - this.counted) * this.each;
    this.counted = count;
  }

  leave(): void {
    this.catchUp();
    this.recurrence = undefined;
    this.each = 0;
  }
}
