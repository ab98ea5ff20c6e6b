import { File, FingerprintIndex, Region, TokenizedFile } from '@dodona/dolos-core';

/** A file that a learner wrote. */
export interface Written {
  readonly file: string;
  readonly learner: string;
  readonly name: string;
  readonly content: string;
}

/** Two files that share passages. */
export interface SharedCode {
  readonly left: Written;
  readonly right: Written;
  /** From 0 to 1: the part of both that is shared. */
  readonly similarity: number;
  /** Signs in a row, at most. */
  readonly longest: number;
}

/** So many signs in a row count as one passage; shorter ones everybody writes. */
const PASSAGE = 17;
const WINDOW = 8;
const LEAST_SIMILARITY = 0.8;
/** Windows that follow each other. */
const LEAST_LONGEST = 4;
/** Who changes a few lines of what was given has no choice of words: so many lines have to be somebody's own. */
const LEAST_LINES = 6;
const MOST_CHARACTERS = 200_000;

const SIGN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|#[^\n]*|`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[\p{L}_$][\p{L}\p{N}_$]*|\d[\w.]*|\n[ \t]*-|[^\s]/gu;
const KEYWORDS = new Set(
  'async await break case catch class const continue default delete do else export extends finally for from function if import in instanceof interface let new of return static super switch this throw try type typeof var void while yield null undefined true false'.split(
    ' ',
  ),
);

/**
 * Finds pairs of files that share long passages. Names and texts in TypeScript are not compared, since they are the first that is changed.
 * Passages that are given (starter files, solutions) and those that many in the class have say nothing.
 */
export function sharedCode(written: readonly Written[], given: readonly string[]): SharedCode[] {
  const learners = new Set(written.map(({ learner }) => learner)).size;
  // What more than a tenth of the class has written is how it is written.
  const index = new FingerprintIndex(PASSAGE, WINDOW, false, Math.max(2, Math.ceil(learners / 10)));
  const known = given.map((content, number) => tokenized(`given/${number}`, content, true));
  for (const file of [...known, ...given.map((content, number) => tokenized(`given/yaml/${number}`, content, false))])
    index.addIgnoredFile(file);
  const givenLines = new Set(given.flatMap(linesOf));
  const files = written
    .filter(({ content }) => content.length <= MOST_CHARACTERS)
    .filter(({ content }) => linesOf(content).filter((line) => !givenLines.has(line)).length >= LEAST_LINES)
    .map((each, number) => ({ each, file: tokenized(`${number}`, each.content, isCode(each.name)) }));
  const byFile = new Map(files.map(({ each, file }) => [file, each]));
  index.addFiles(files.map(({ file }) => file));
  return index
    .allPairs()
    .flatMap((pair): SharedCode[] => {
      const left = byFile.get(pair.leftFile);
      const right = byFile.get(pair.rightFile);
      if (left === undefined || right === undefined || left.learner === right.learner || left.name !== right.name)
        return [];
      const { similarity, longest } = pair;
      return similarity >= LEAST_SIMILARITY && longest >= LEAST_LONGEST ? [{ left, right, similarity, longest }] : [];
    })
    .sort((one, other) => other.similarity - one.similarity || other.longest - one.longest);
}

/** Lines that say something, without what stands around them. */
function linesOf(content: string): string[] {
  return content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /[\p{L}\p{N}]/u.test(line));
}

function isCode(name: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(name);
}

function tokenized(path: string, content: string, code: boolean): TokenizedFile {
  const tokens: string[] = [];
  const regions: Region[] = [];
  for (const match of content.matchAll(SIGN)) {
    const [sign] = match;
    const token = tokenOf(sign, code);
    if (token === undefined) continue;
    tokens.push(token);
    regions.push(new Region(0, match.index, 0, match.index + sign.length));
  }
  return new TokenizedFile(new File(path, content), tokens, regions);
}

/** What a sign counts as; undefined: it does not count. */
function tokenOf(sign: string, code: boolean): string | undefined {
  if (/^(\/\/|\/\*)/.test(sign) || (!code && sign.startsWith('#'))) return undefined;
  if (!code) return sign.trim();
  if (/^["'`]/.test(sign)) return 'text';
  if (/^\d/.test(sign)) return 'number';
  return /^[\p{L}_$]/u.test(sign) && !KEYWORDS.has(sign) ? 'name' : sign;
}
