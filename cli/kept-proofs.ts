import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf } from '../grading/digest.ts';
import { engineVersion } from '../grading/engine-version.ts';
import type { Check, Exercise } from '../grading/format/exercise.ts';
import type { Walkthrough } from '../grading/load.ts';

/**
 * What has been shown already: for each exercise, by a hash over the simulator, the checks, the exercise and its walkthroughs, how many seeds (from
 * 1 on) it has been proved for. A change of any of them makes it unknown again. Only successes are kept.
 */
export class KeptProofs {
  private readonly file: string;
  private readonly base: string;

  /** `file` is made when the first success is kept; `root` is the checkout. */
  constructor(file: string, root: string) {
    this.file = file;
    this.base = digestOf([engineVersion(root), sourcesOf(join(root, 'grading'))]);
  }

  hashOf(proved: {
    readonly exercise: Exercise;
    readonly walkthroughs: readonly Walkthrough[];
    readonly hidden: readonly Check[];
    /** Seeds for which more was shown than the solution. */
    readonly full: number;
  }): string {
    return digestOf([this.base, proved]);
  }

  /** Up to which seed an exercise of that hash is proved; 0: not at all. */
  provedUpTo(id: string, hash: string): number {
    const kept = this.read()[id];
    return kept?.hash === hash ? kept.seeds : 0;
  }

  /** Several processes may keep results at once: the file is read again, and replaced as a whole. */
  keep(id: string, hash: string, seeds: number): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const next = `${this.file}.${process.pid}`;
    writeFileSync(next, `${JSON.stringify({ ...this.read(), [id]: { hash, seeds } }, undefined, 1)}\n`);
    renameSync(next, this.file);
  }

  private read(): Record<string, { hash: string; seeds: number }> {
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as Record<string, { hash: string; seeds: number }>;
    } catch {
      return {};
    }
  }
}

/** What judges: every source of the checks. */
function sourcesOf(folder: string): string[] {
  const files = ['checks', 'format'].flatMap((room) => readdirSync(join(folder, room)).map((name) => join(room, name)));
  const all = [...files, 'evaluate.ts', 'report.ts', 'proof.ts', 'walkthrough.ts'];
  return all
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(folder, name), 'utf8')}`);
}
