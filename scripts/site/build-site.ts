/** Builds the site into dist/, and knows whether the last build still stands. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '../..');
export const dist = path.join(root, 'dist');

/** Everything that a built page can depend on. */
const INPUTS = [
  'astro.config.ts',
  'package-lock.json',
  'svelte.config.js',
  '{site,lessons,exercises,sim-core,grading}/**/*',
  'scripts/site/**/*',
];

const stamp = path.join(root, '.cache', 'site-build.txt');

/** A digest of names, sizes and times of the inputs: cheap, and different after every edit. */
function inputDigest(): string {
  const hash = createHash('sha256');
  for (const file of globSync(INPUTS, { cwd: root }).sort()) {
    const { mtimeMs, size, isFile } = facts(file);
    if (isFile) hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function facts(file: string): { mtimeMs: number; size: number; isFile: boolean } {
  const found = statSync(path.join(root, file));
  return { mtimeMs: found.mtimeMs, size: found.size, isFile: found.isFile() };
}

/** Runs Astro's command line on the Node that runs this. Answers its exit code. */
export function astro(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const cli = path.join(root, 'node_modules/astro/bin/astro.mjs');
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: root,
    stdio: 'inherit',
    // Nothing that a learner runs tells anybody about it.
    env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', ...env },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Whether dist/ holds the site as its sources are now. */
export function isBuilt(): boolean {
  return (
    existsSync(path.join(dist, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputDigest()
  );
}

/** From now on dist/ is not taken for the site as its sources are. */
export function forgetBuild(): void {
  rmSync(stamp, { force: true });
}

/** Builds the site. Answers the exit code; the stamp is written only after a build that succeeded. */
export async function buildSite(): Promise<number> {
  forgetBuild();
  const digest = inputDigest();
  const code = await astro(['build']);
  if (code === 0) {
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, digest);
  }
  return code;
}
