import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** A real kubectl of this machine. */
export interface Kubectl {
  readonly path: string;
  /** `1.33` */
  readonly version: string;
  readonly minor: number;
}

const OLDEST = 27;
const NEWEST = 33;

let found: Kubectl[] | undefined;

/** Every kubectl from 1.27 to 1.33 on PATH, and those called `kubectl.1.NN` beside it; newest first, one of each minor version. */
export function findKubectls(): Kubectl[] {
  found ??= search();
  return found;
}

function search(): Kubectl[] {
  const byMinor = new Map<number, Kubectl>();
  for (const file of candidates()) {
    const minor = minorOf(file);
    if (minor === undefined || minor < OLDEST || minor > NEWEST || byMinor.has(minor)) continue;
    byMinor.set(minor, { path: file, version: `1.${minor}`, minor });
  }
  return [...byMinor.values()].sort((a, b) => b.minor - a.minor);
}

/** Files of their own version first: the one on PATH may start another, which costs time. */
function candidates(): string[] {
  const links = (process.env.PATH ?? '').split(':').flatMap((folder) => list(folder, /^kubectl$/));
  const folders = new Set(links.flatMap((link) => [path.dirname(link), path.dirname(realpathSync(link))]));
  return [...[...folders].flatMap((folder) => list(folder, /^kubectl\.1\.\d+$/)), ...links];
}

function list(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

function minorOf(file: string): number | undefined {
  try {
    const out = execFileSync(file, ['version', '--client', '-o', 'json'], {
      encoding: 'utf8',
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const version = (JSON.parse(out) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion;
    return Number(/^v1\.(\d+)\./.exec(version)?.[1]);
  } catch {
    return undefined;
  }
}
