import { type Dirent, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../problems.ts';
import { SUBMISSION_LIMIT } from '../submission.ts';
import { codeIn } from '../submission-words.ts';
import { isClutter } from './lms.ts';
import { readZip, type ZipEntry, ZipError } from './zip.ts';

/** A file that somebody handed in, or why it is none. */
export interface Handed {
  /** Path inside of what was given; in a zip `class.zip/kim_1234/x.jotasu.json`. */
  readonly file: string;
  readonly bytes?: Uint8Array;
  readonly problem?: Problem;
  readonly detail?: string;
}

/** Zips in zips in zips are not opened. */
const MOST_NESTING = 2;
/** A class's archive. */
const ARCHIVE_LIMIT = 1024 * 1024 * 1024;
/** An archive inside of an archive. */
const INNER_LIMIT = 64 * 1024 * 1024;
/** So much is unpacked of one archive in all. */
const UNPACKED_LIMIT = 2 * 1024 * 1024 * 1024;
const MOST_DEPTH = 32;

/** What there is not: the folder that was named, or anything in it. */
export class NothingHandedIn extends Error {
  override readonly name = 'NothingHandedIn';
}

/**
 * Everything handed in below a folder, or in a zip, one after the other in the order of their paths; only one file's bytes are held at a time. Links
 * are not followed. Throws NothingHandedIn.
 */
export function* collect(given: string): Generator<Handed> {
  let isFolder: boolean;
  try {
    isFolder = statSync(given).isDirectory();
  } catch {
    throw new NothingHandedIn(`There is no folder ${given}.`);
  }
  if (!isFolder && !isZipName(given))
    throw new NothingHandedIn(
      `${given} is a file; give the folder that the submissions are in, or a zip.${holdsCode(given) ? ' A code that a learner pasted only says which file is meant (jotasu submission show FILE --code CODE): points come from the file.' : ''}`,
    );
  let found = false;
  for (const handed of isFolder ? folder(given, '', 0) : opened(given, '')) {
    found = true;
    yield handed;
  }
  if (!found) throw new NothingHandedIn(`There are no files in ${given}.`);
}

/** Whether a text, such as the export of a field of an LMS, has a learner's code in it. */
function holdsCode(file: string): boolean {
  return statSync(file).size <= SUBMISSION_LIMIT && codeIn(readFileSync(file, 'utf8')) !== undefined;
}

function* folder(root: string, inside: string, depth: number): Generator<Handed> {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, inside), { withFileTypes: true });
  } catch {
    yield { file: inside, problem: 'unreadable' };
    return;
  }
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const file = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (isClutter(file)) continue;
    if (entry.isSymbolicLink()) yield { file, problem: 'unsafe-path', detail: 'it is a link' };
    else if (entry.isDirectory()) {
      if (depth < MOST_DEPTH) yield* folder(root, file, depth + 1);
      else yield { file, problem: 'unsafe-path', detail: `folders nested deeper than ${MOST_DEPTH}` };
    } else if (entry.isFile()) {
      if (isZipName(file)) yield* opened(join(root, file), file);
      else yield plain(join(root, file), file);
    }
  }
}

/** A file that is too large is not read at all. */
function plain(path: string, file: string): Handed {
  try {
    if (lstatSync(path).size > SUBMISSION_LIMIT) return { file, problem: 'too-large' };
    return { file, bytes: readFileSync(path) };
  } catch (error) {
    return { file, problem: 'unreadable', detail: error instanceof Error ? error.message : String(error) };
  }
}

function* opened(path: string, file: string): Generator<Handed> {
  try {
    if (statSync(path).size > ARCHIVE_LIMIT) {
      yield { file, problem: 'bad-archive', detail: 'it is larger than 1 GiB; unpack it, and give the folder' };
      return;
    }
    yield* archive(readFileSync(path), file, 1, { left: UNPACKED_LIMIT });
  } catch (error) {
    yield { file, problem: 'bad-archive', detail: error instanceof Error ? error.message : String(error) };
  }
}

function* archive(bytes: Uint8Array, file: string, nesting: number, budget: { left: number }): Generator<Handed> {
  let entries: ZipEntry[];
  try {
    entries = readZip(bytes, INNER_LIMIT);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    yield { file, problem: 'bad-archive', detail: error.message };
    return;
  }
  const sorted = entries.filter(({ isFolder, name }) => !isFolder && !isClutter(name));
  for (const entry of sorted.sort((left, right) => (left.name < right.name ? -1 : 1)))
    yield* unpacked(entry, file === '' ? entry.name : `${file}/${entry.name}`, nesting, budget);
}

function* unpacked(entry: ZipEntry, file: string, nesting: number, budget: { left: number }): Generator<Handed> {
  const { refused } = entry;
  if (refused === 'too-large') yield { file, problem: 'too-large' };
  else if (refused === 'link' || refused === 'unsafe-path')
    yield { file, problem: 'unsafe-path', detail: refused === 'link' ? 'it is a link' : undefined };
  else if (refused !== undefined)
    yield {
      file,
      problem: 'bad-archive',
      detail: refused === 'encrypted' ? 'it needs a password' : 'an unknown method',
    };
  if (refused !== undefined) return;
  if (entry.size > SUBMISSION_LIMIT && !isZipName(file)) {
    yield { file, problem: 'too-large' };
    return;
  }
  budget.left -= entry.size;
  if (budget.left < 0) {
    yield { file, problem: 'bad-archive', detail: 'the archive unpacks to more than 2 GiB' };
    return;
  }
  let bytes: Uint8Array;
  try {
    bytes = entry.read();
  } catch (error) {
    yield { file, problem: 'bad-archive', detail: error instanceof Error ? error.message : String(error) };
    return;
  }
  if (!isZipName(file)) yield { file, bytes };
  else if (nesting >= MOST_NESTING)
    yield { file, problem: 'bad-archive', detail: 'an archive in an archive in an archive' };
  else yield* archive(bytes, file, nesting + 1, budget);
}

function isZipName(file: string): boolean {
  return /\.zip$/i.test(file);
}
