/** Finds out what a cluster needs to come up: brings some up in a process of their own (bring-up.ts), and notes which code has run. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { HasRun } from './module.ts';

/** Places of a module's code that have run, by module: from, to, from, to. */
export type Profile = Readonly<Record<string, readonly number[]>>;

export async function runProfile(): Promise<HasRun> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', path.join(import.meta.dirname, 'bring-up.ts')],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const profile = JSON.parse(stdout) as Profile;
  return (file, offset) => {
    const places = profile[file] ?? [];
    for (let index = 0; index < places.length; index += 2)
      if (offset >= places[index]! && offset < places[index + 1]!) return true;
    return false;
  };
}
