import { evaluateLive } from '../../grading/evaluate-live.ts';
import type { Exercise } from '../../grading/format/exercise.ts';
import type { Cluster } from '../../sim-core/cluster/cluster.ts';
import type { FromHost } from '../../sim-core/host/door.ts';
import type { Report } from './protocol.ts';

/** How long after a change the checks are asked, milliseconds. */
const CHECK_EVERY = 250;

/** The checks that can be asked of a living cluster, asked after every change; tells their report when it is another one. */
export class LiveChecks {
  private asked: Exercise | undefined;
  /** Undefined while there is none, or none that may be asked. */
  private readonly cluster: () => Cluster | undefined;
  private readonly tell: (report: Report) => void;
  private waiting = false;
  private last = '';

  constructor(cluster: () => Cluster | undefined, tell: (report: Report) => void) {
    this.cluster = cluster;
    this.tell = tell;
  }

  set exercise(exercise: Exercise) {
    this.asked = exercise;
    this.last = '';
    this.soon();
  }

  /** The next report is told even if it is like the last: another cluster comes. */
  forget(): void {
    this.last = '';
  }

  /** Looks at what a host says. */
  take(message: FromHost): void {
    if (message.type === 'booted' || (message.type === 'frame' && message.frame.changes.length > 0)) this.soon();
  }

  /** Asks a little later, unless that is about to happen. */
  soon(): void {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => {
      this.waiting = false;
      this.check();
    }, CHECK_EVERY);
  }

  private check(): void {
    const cluster = this.cluster();
    if (this.asked === undefined || cluster === undefined) return;
    const report = evaluateLive(this.asked, cluster);
    const text = JSON.stringify(report);
    if (text === this.last) return;
    this.last = text;
    this.tell(report);
  }
}
