import type { Frame } from '../door.ts';

/** At full speed a wait takes this long at most, and a slow one looks at the clock again this often; milliseconds. */
const FULL_SPEED_WAIT = 20;
const LOOK_AGAIN = 100;

/** What a cluster's clock says between two frames, for programs that run outside it. */
export class ClusterClock {
  private last: Pick<Frame, 'now' | 'paused' | 'speed' | 'settled'> | undefined;
  private wall = 0;

  take(frame: Frame): void {
    this.last = frame;
    this.wall = performance.now();
  }

  /** Virtual microseconds since 1970. */
  now(): number {
    const { last } = this;
    if (last === undefined) return 0;
    if (last.paused || (last.speed === 'max' && last.settled)) return last.now;
    return last.now + Math.max(0, performance.now() - this.wall) * 1000 * (last.speed === 'max' ? 1 : last.speed);
  }

  /** Waits so many virtual milliseconds: while the cluster is paused, for ever. Resolves early when `signal` is aborted. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const end = this.now() + milliseconds * 1000;
    while (signal?.aborted !== true) {
      const { paused = false, speed = 1 } = this.last ?? {};
      if (speed === 'max' && !paused) return wallTime(Math.min(milliseconds, FULL_SPEED_WAIT), signal);
      const left = (end - this.now()) / 1000;
      if (left <= 0) return;
      const factor = speed === 'max' ? 1 : speed;
      await wallTime(paused ? LOOK_AGAIN : Math.min(Math.max(left / factor, 1), LOOK_AGAIN), signal);
    }
  }
}

/** Resolves after so many milliseconds, or when `signal` is aborted. */
function wallTime(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
    if (signal?.aborted === true) done();
  });
}
