import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { digestOf } from '../digest.ts';
import type { Exercise } from '../format/exercise.ts';
import type { Library } from '../grade.ts';
import { type Case, JUDGE_API, type Judgement } from '../judge.ts';

/** An engine's own code below its folder: `scripts/site/keep-engine.ts` puts it there. */
export const ENGINE_CODE = 'app/grading/judge.js';

interface EngineModule {
  readonly JUDGE_API?: unknown;
  readonly judge?: (asked: Case) => Promise<Judgement>;
}

/**
 * Simulators and exercises that a course's builds have published, by hash: `<folder>/<engine>/` with the code, and the exercises in
 * `exercises/<hash>.json`. Hashes come from submissions: what is not one leads nowhere.
 */
export class EngineLibrary implements Library {
  private readonly folder: string;
  private readonly loading = new Map<string, Promise<((asked: Case) => Promise<Judgement>) | undefined>>();

  constructor(folder: string) {
    this.folder = folder;
  }

  engine(hash: string): Promise<((asked: Case) => Promise<Judgement>) | undefined> {
    const loading = this.loading.get(hash) ?? this.load(hash);
    this.loading.set(hash, loading);
    return loading;
  }

  exercise(engine: string, hash: string): Exercise | undefined {
    if (!isHash(engine) || !isHash(hash)) return undefined;
    const file = join(this.folder, engine, 'exercises', `${hash}.json`);
    if (!existsSync(file)) return undefined;
    const exercise = JSON.parse(readFileSync(file, 'utf8')) as Exercise;
    return digestOf(exercise) === hash ? exercise : undefined;
  }

  private async load(hash: string): Promise<((asked: Case) => Promise<Judgement>) | undefined> {
    const file = join(this.folder, hash, ENGINE_CODE);
    if (!isHash(hash) || !existsSync(file)) return undefined;
    const { JUDGE_API: api, judge } = (await import(pathToFileURL(file).href)) as EngineModule;
    return api === JUDGE_API ? judge : undefined;
  }
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{16,64}$/.test(text);
}
