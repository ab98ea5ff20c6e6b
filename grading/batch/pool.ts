import { Worker } from 'node:worker_threads';
import type { Detail, Problem } from '../problems.ts';
import { dependsOn, type Job, type Worked, type WorkSetup } from './work.ts';

export interface PoolLimits {
  readonly workers: number;
  /** A file that takes longer, in milliseconds, is given up: never a judgement of it, only of the machine's patience. */
  readonly timeout: number;
  /** Memory of a worker, MiB. */
  readonly memory: number;
}

/** One worker's seat: what is graded there, and who waits for it. */
interface Seat {
  worker: Worker | undefined;
  busy: boolean;
}

/** Grades files in threads of their own, several at a time. A thread that runs away or runs out of memory is ended, and its file reported. */
export class Pool {
  private readonly setup: WorkSetup;
  private readonly limits: PoolLimits;
  private readonly seats: Seat[];
  private readonly waiting: ((seat: Seat) => void)[] = [];

  constructor(setup: WorkSetup, limits: PoolLimits) {
    this.setup = setup;
    this.limits = limits;
    this.seats = Array.from({ length: limits.workers }, () => ({ worker: undefined, busy: false }));
  }

  /** Resolves when a worker is free to take the next file. Only so many files need to be held at a time. */
  async free(): Promise<Seat> {
    const seat = this.seats.find(({ busy }) => !busy);
    if (seat !== undefined) {
      seat.busy = true;
      return seat;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Grades a file at a seat that `free` gave. Never rejects. */
  async work(seat: Seat, job: Job): Promise<Worked> {
    try {
      return await this.ask(seat, job);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) seat.busy = false;
      else next(seat);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.seats.map(({ worker }) => worker?.terminate()));
  }

  private ask(seat: Seat, job: Job): Promise<Worked> {
    seat.worker ??= new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: this.setup,
      // Clusters come and go: with room for the young, fewer of them are carried about.
      resourceLimits: { maxOldGenerationSizeMb: this.limits.memory, maxYoungGenerationSizeMb: 128 },
      // What a simulator says of itself is no part of the report.
      stdout: true,
      stderr: true,
    });
    const { worker } = seat;
    return new Promise((resolve) => {
      const done = (worked: Worked) => {
        clearTimeout(timer);
        worker.off('message', done).off('error', fail).off('exit', leave);
        resolve(worked);
      };
      const giveUp = (problem: Problem, detail: Detail) => {
        seat.worker = undefined;
        done(this.gaveUp(job, problem, detail));
        // What it still says is about nothing.
        worker.on('error', () => {});
        void worker.terminate();
      };
      const fail = (error: Error & { code?: string }) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
          giveUp('out-of-memory', { en: `more than ${this.limits.memory} MiB`, ko: `${this.limits.memory} MiB 초과` });
        else giveUp('does-not-replay', error.message);
      };
      const leave = () => giveUp('does-not-replay', { en: 'the worker ended', ko: '채점 프로세스가 종료되었습니다' });
      const seconds = Math.round(this.limits.timeout / 1000);
      const timer = setTimeout(
        () => giveUp('too-slow', { en: `more than ${seconds} s`, ko: `${seconds}초 초과` }),
        this.limits.timeout,
      );
      worker.on('message', done).on('error', fail).on('exit', leave);
      worker.postMessage(job);
    });
  }

  private gaveUp({ file, sha256 }: Job, problem: Problem, detail: Detail): Worked {
    const graded = { file, sha256, locale: this.setup.locale, problem, detail, timeline: [], flags: [] };
    return { graded, depends: dependsOn(this.setup, undefined) };
  }
}
