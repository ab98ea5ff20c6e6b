import type { Frame } from '../door.ts';
import type { Speed } from '../pacer.ts';
import { wallTime } from './wall-time.ts';

/** At full speed a wait takes this long at most, and a slow one looks at the clock again this often; milliseconds. */
const FULL_SPEED_WAIT = 20;
const LOOK_AGAIN = 100;

/** A cluster's clock, as those outside it know it. */
export interface OutsideClock {
  /** Virtual microseconds since 1970. */
  now(): number;
  readonly paused: boolean;
  readonly speed: Speed;
}

/** Waits so many virtual milliseconds: while the cluster is paused, for ever. Resolves early when `signal` is aborted. */
export async function sleepBy(clock: OutsideClock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  const end = clock.now() + milliseconds * 1000;
  while (signal?.aborted !== true) {
    const { paused, speed } = clock;
    if (speed === 'max' && !paused) return wallTime(Math.min(milliseconds, FULL_SPEED_WAIT), signal);
    const left = (end - clock.now()) / 1000;
    if (left <= 0) return;
    const factor = speed === 'max' ? 1 : speed;
    await wallTime(paused ? LOOK_AGAIN : Math.min(Math.max(left / factor, 1), LOOK_AGAIN), signal);
  }
}

/** What a cluster's clock says between two frames, for programs that run outside it. */
export class ClusterClock implements OutsideClock {
  private last: Pick<Frame, 'now' | 'paused' | 'speed' | 'settled'> | undefined;
  private wall = 0;

  take(frame: Frame): void {
    this.last = frame;
    this.wall = performance.now();
  }

  get paused(): boolean {
    return this.last?.paused ?? false;
  }

  get speed(): Speed {
    return this.last?.speed ?? 1;
  }

  now(): number {
    const { last } = this;
    if (last === undefined) return 0;
    if (last.paused || (last.speed === 'max' && last.settled)) return last.now;
    return last.now + Math.max(0, performance.now() - this.wall) * 1000 * (last.speed === 'max' ? 1 : last.speed);
  }
}
