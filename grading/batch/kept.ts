import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../digest.ts';
import type { Problem } from '../problems.ts';
import { dependsOn, type Worked, type WorkSetup } from './work.ts';

/** Where results are kept in the output folder. */
export const KEPT = '.kept';

/** What another run may find otherwise: with more patience, or with engines that it did not have. */
const FLEETING: ReadonlySet<Problem> = new Set(['too-slow', 'out-of-memory', 'other-engine', 'changed-exercise']);

/** Results of earlier runs, by the files' hashes: what was graded by the same simulator and the same exercise need not be graded again. */
export class KeptResults {
  private readonly folder: string;
  private readonly setup: WorkSetup;
  /** `grader`: hash of the code that grades. */
  private readonly base: string;

  constructor(out: string, setup: WorkSetup, grader: string) {
    this.folder = join(out, KEPT);
    this.setup = setup;
    const { engine, engines, only = null, course = null, variants = null, mended = [] } = setup;
    this.base = digestOf({ engine, engines, only, course, variants, mended, grader });
  }

  /** What came of a file of these bytes, wherever it lay. */
  find(sha256: string, file: string): Worked | undefined {
    const path = this.pathOf(sha256);
    if (!existsSync(path)) return undefined;
    try {
      const kept = JSON.parse(readFileSync(path, 'utf8')) as Worked;
      if (kept.depends !== dependsOn(this.setup, kept.graded.exercise)) return undefined;
      return { ...kept, graded: { ...kept.graded, file } };
    } catch {
      // Cut off when the last run was ended: it is graded again.
      return undefined;
    }
  }

  keep(worked: Worked): void {
    const { problem, sha256 } = worked.graded;
    if (problem !== undefined && FLEETING.has(problem)) return;
    mkdirSync(this.folder, { recursive: true });
    const path = this.pathOf(sha256);
    writeFileSync(`${path}.part`, JSON.stringify(worked));
    renameSync(`${path}.part`, path);
  }

  private pathOf(sha256: string): string {
    return join(this.folder, `${digestOf([sha256, this.base]).slice(0, 32)}.json`);
  }
}
