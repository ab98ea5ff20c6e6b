import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** What the engine's behaviour follows from: its sources, and the libraries pinned by the lock file. */
const ROOM = 'sim-core';

/**
 * The version of the simulator in a checkout: a hash over every source file of sim-core and the lock file. The site is built with it, and
 * a submission names it, so that a grade is only ever computed by the engine that the learner worked with.
 */
export function engineVersion(root: string): string {
  return hashOf(root, ROOM);
}

/** A hash over the sources of the graders, and of what they stand on: results of the same are the same. */
export function graderVersion(root: string): string {
  return hashOf(root, ROOM, 'grading');
}

function hashOf(root: string, ...rooms: readonly string[]): string {
  const files = rooms.flatMap((room) => sources(join(root, room))).sort();
  const text = [...files, join(root, 'package-lock.json')].map(
    // However the folder is written, the same sources are the same version.
    (file) => `${relative(root, file).replaceAll(sep, '/')}\n${readFileSync(file, 'utf8')}`,
  );
  return bytesToHex(sha256(utf8ToBytes(text.join('\n')))).slice(0, 16);
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testing' ? [] : sources(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [path] : [];
  });
}
