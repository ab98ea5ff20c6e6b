import type { Engine, Micros } from '../../engine/index.ts';

interface Record {
  failures: number;
  lastFailure: Micros;
}

/** How long to wait before a Job's next pod, by its failures since the last success (backoffStore). */
export class PodBackoff {
  private readonly engine: Engine;
  private readonly first: Micros;
  private readonly longest: Micros;
  private readonly records = new Map<string, Record>();

  constructor(engine: Engine, first: Micros, longest: Micros) {
    this.engine = engine;
    this.first = first;
    this.longest = longest;
  }

  /** Takes in when pods ended that had not been counted before. */
  note(key: string, failed: readonly Micros[], succeeded: readonly Micros[]): void {
    if (failed.length + succeeded.length === 0) return;
    const record = this.records.get(key) ?? { failures: 0, lastFailure: 0 };
    const lastSuccess = Math.max(0, ...succeeded);
    const since = failed.filter((time) => time > lastSuccess);
    record.failures = succeeded.length > 0 ? since.length : record.failures + since.length;
    if (since.length > 0) record.lastFailure = Math.max(...since);
    this.records.set(key, record);
  }

  /** Microseconds still to wait. */
  remaining(key: string): Micros {
    const record = this.records.get(key);
    if (record === undefined || record.failures === 0) return 0;
    return Math.max(0, record.lastFailure + this.delay(record.failures) - this.engine.now);
  }

  /** The wait after so many failures in a row. */
  delay(failures: number): Micros {
    return failures > 20 ? this.longest : Math.min(this.first * 2 ** (failures - 1), this.longest);
  }

  forget(key: string): void {
    this.records.delete(key);
  }
}
