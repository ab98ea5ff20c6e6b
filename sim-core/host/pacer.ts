import type { Engine, Micros } from '../engine/index.ts';

/** How fast virtual time passes: a factor of wall time, `max` (as fast as it goes, until settled), or paused. */
export type Speed = number | 'max';

/** The most events run in one go, so that a host can do other things between. */
const SLICE = 20_000;

/**
 * Lets virtual time follow a wall clock that the host reads. Between two ticks the cluster stands still, so inputs always
 * arrive between two events.
 */
export class Pacer {
  private readonly engine: Engine;
  /** Wall time and virtual time that belong together. */
  private anchor: { wall: Micros; virtual: Micros };
  private currentSpeed: Speed;
  private isPaused = false;

  constructor(engine: Engine, wall: Micros, speed: Speed = 1) {
    this.engine = engine;
    this.currentSpeed = speed;
    this.anchor = { wall, virtual: engine.now };
  }

  get speed(): Speed {
    return this.currentSpeed;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  setSpeed(speed: Speed, wall: Micros): void {
    this.reanchor(wall);
    this.currentSpeed = speed;
  }

  pause(wall: Micros): void {
    this.reanchor(wall);
    this.isPaused = true;
  }

  resume(wall: Micros): void {
    this.isPaused = false;
    this.reanchor(wall);
  }

  /** Lets the cluster's time jump: what it skips is run at once. */
  reanchor(wall: Micros): void {
    this.anchor = { wall, virtual: this.engine.now };
  }

  /** Virtual time that should be now. */
  target(wall: Micros): Micros {
    const { anchor, currentSpeed } = this;
    if (this.isPaused) return this.engine.now;
    if (currentSpeed === 'max') return Number.MAX_SAFE_INTEGER;
    return anchor.virtual + Math.floor((wall - anchor.wall) * currentSpeed);
  }

  /** Runs what is due at wall time `wall`. Answers whether more is due than one slice could run. */
  tick(wall: Micros): boolean {
    if (this.isPaused) return false;
    const { engine } = this;
    if (this.currentSpeed === 'max') {
      for (let count = 0; count < SLICE; count++) {
        if (engine.settled) return false;
        if (!engine.step()) return false;
      }
      return !engine.settled;
    }
    const target = this.target(wall);
    for (let count = 0; count < SLICE; count++) {
      const next = engine.nextTime();
      if (next === undefined || next > target) {
        if (target > engine.now) engine.now = target;
        return false;
      }
      engine.step();
    }
    // The cluster cannot keep up with the wall: let virtual time lag rather than the host hang.
    this.reanchor(wall);
    return true;
  }

  /** Wall microseconds until something is due; undefined when nothing will be by itself. */
  untilNext(wall: Micros): Micros | undefined {
    if (this.isPaused) return undefined;
    const next = this.engine.nextTime();
    if (next === undefined) return undefined;
    if (this.currentSpeed === 'max') return this.engine.settled ? undefined : 0;
    return Math.max(0, (next - this.target(wall)) / this.currentSpeed);
  }
}
