import { type Dirent, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Detail, detailOf, type Problem } from '../problems.ts';
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
  readonly detail?: Detail;
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
const A_LINK: Detail = { en: 'it is a link', ko: '링크입니다' };
const TOO_LARGE_ARCHIVE: Detail = {
  en: 'it is larger than 1 GiB; unpack it, and give the folder',
  ko: '1 GiB를 넘습니다. 압축을 푼 뒤 폴더를 지정하십시오',
};

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
    if (entry.isSymbolicLink()) yield { file, problem: 'unsafe-path', detail: A_LINK };
    else if (entry.isDirectory()) {
      if (depth < MOST_DEPTH) yield* folder(root, file, depth + 1);
      else
        yield {
          file,
          problem: 'unsafe-path',
          detail: { en: `folders nested deeper than ${MOST_DEPTH}`, ko: `폴더가 ${MOST_DEPTH}단계보다 깊습니다` },
        };
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
    return { file, problem: 'unreadable', detail: detailOf(error) };
  }
}

function* opened(path: string, file: string): Generator<Handed> {
  try {
    if (statSync(path).size > ARCHIVE_LIMIT) {
      yield { file, problem: 'bad-archive', detail: TOO_LARGE_ARCHIVE };
      return;
    }
    yield* archive(readFileSync(path), file, 1, { left: UNPACKED_LIMIT });
  } catch (error) {
    yield { file, problem: 'bad-archive', detail: detailOf(error) };
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
    yield { file, problem: 'unsafe-path', detail: refused === 'link' ? A_LINK : undefined };
  else if (refused !== undefined)
    yield {
      file,
      problem: 'bad-archive',
      detail:
        refused === 'encrypted'
          ? { en: 'it needs a password', ko: '암호가 필요합니다' }
          : { en: 'an unknown method', ko: '알 수 없는 압축 방식입니다' },
    };
  if (refused !== undefined) return;
  if (entry.size > SUBMISSION_LIMIT && !isZipName(file)) {
    yield { file, problem: 'too-large' };
    return;
  }
  budget.left -= entry.size;
  if (budget.left < 0) {
    yield {
      file,
      problem: 'bad-archive',
      detail: { en: 'the archive unpacks to more than 2 GiB', ko: '압축을 풀면 2 GiB를 넘습니다' },
    };
    return;
  }
  let bytes: Uint8Array;
  try {
    bytes = entry.read();
  } catch (error) {
    yield { file, problem: 'bad-archive', detail: detailOf(error) };
    return;
  }
  if (!isZipName(file)) yield { file, bytes };
  else if (nesting >= MOST_NESTING)
    yield {
      file,
      problem: 'bad-archive',
      detail: { en: 'an archive in an archive in an archive', ko: '압축 파일이 세 겹으로 들어 있습니다' },
    };
  else yield* archive(bytes, file, nesting + 1, budget);
}

function isZipName(file: string): boolean {
  return /\.zip$/i.test(file);
}
