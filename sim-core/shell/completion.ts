import { absolutePath } from '../images/absolute-path.ts';
import { FileError } from '../images/process.ts';
import type { LearnerComputer } from './computer.ts';
import { kubectlEnvironment } from './programs/kubectl.ts';

/** What may stand in the place of the word before the cursor: whole words, as they are to be typed. */
export interface ShellCompletion {
  readonly word: string;
  readonly candidates: readonly string[];
}

const KEYWORDS = [
  'alias',
  'cd',
  'echo',
  'exit',
  'export',
  'fg',
  'for',
  'if',
  'jobs',
  'kill',
  'source',
  'unset',
  'wait',
  'while',
];
/** Commands whose words are commands again. */
const PREFIXES = new Set(['sudo', 'time', 'watch', 'xargs', 'nohup', 'exec', 'command']);

/** Completes commands, kubectl's words, variables and files at the end of what was typed. */
export async function completeLine(computer: LearnerComputer, before: string): Promise<ShellCompletion> {
  const words = lastCommand(before);
  const word = words.at(-1) ?? '';
  while (words.length > 1 && (/^[A-Za-z_]\w*=/.test(words[0]!) || PREFIXES.has(words[0]!))) {
    const prefix = words.shift()!;
    while (PREFIXES.has(prefix) && words.length > 1 && words[0]!.startsWith('-')) words.shift();
  }
  const variable = /^(.*\$\{?)(\w*)$/.exec(word);
  if (variable !== null) {
    const names = (computer.session?.sorted() ?? []).map(([name]) => variable[1]! + name);
    return { word, candidates: names.filter((name) => name.startsWith(word)) };
  }
  const redirect = /^(.*[<>])([^<>]*)$/.exec(word);
  if (redirect !== null) return filesAt(computer, word, redirect[1]!, redirect[2]!);
  if (words.length <= 1 && !word.includes('/')) return { word, candidates: starting(commandsOf(computer), word) };
  const name = expandAlias(computer, words);
  if (name === 'kubectl') return completeKubectl(computer, words, word);
  if (name === 'ssh') return { word, candidates: await nodeNames(computer, word) };
  if (name === 'cd') return filesAt(computer, word, '', word, true);
  return filesAt(computer, word, '', word);
}

function starting(candidates: readonly string[], word: string): string[] {
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(word)).sort();
}

function commandsOf(computer: LearnerComputer): string[] {
  const { session, files } = computer;
  return [
    ...files.list('/usr/bin'),
    ...KEYWORDS,
    ...(session?.aliases.keys() ?? []),
    ...(session?.functions.keys() ?? []),
  ];
}

/** Replaces an alias in the first word; answers the command's name. */
function expandAlias(computer: LearnerComputer, words: string[]): string {
  const alias = computer.session?.aliases.get(words[0] ?? '');
  if (alias !== undefined && /^[\w\s./=-]+$/.test(alias)) words.splice(0, 1, ...alias.trim().split(/\s+/));
  return words[0] ?? '';
}

async function completeKubectl(
  computer: LearnerComputer,
  words: readonly string[],
  word: string,
): Promise<ShellCompletion> {
  const { completeKubectl: complete } = await import('../kubectl/complete.ts');
  const { candidates, files } = await complete(words.slice(1, -1), word, kubectlEnvironment(computer));
  const equals = word.startsWith('--') ? word.indexOf('=') + 1 : 0;
  const previous = words.at(-2) ?? '';
  if (files || previous === '-f' || previous === '--filename')
    return filesAt(computer, word, word.slice(0, equals), word.slice(equals));
  return { word, candidates: candidates.map(({ value }) => value) };
}

async function nodeNames(computer: LearnerComputer, word: string): Promise<readonly string[]> {
  const { completeKubectl: complete } = await import('../kubectl/complete.ts');
  const user = /^[^@]*@/.exec(word)?.[0] ?? '';
  const { candidates } = await complete(['get', 'nodes'], word.slice(user.length), kubectlEnvironment(computer));
  return candidates.map(({ value }) => user + value);
}

/** Files whose path begins so. A folder ends in `/`, so that completion goes on below it. */
function filesAt(
  computer: LearnerComputer,
  word: string,
  prefix: string,
  path: string,
  onlyFolders = false,
): ShellCompletion {
  const { files, session } = computer;
  const slash = path.lastIndexOf('/') + 1;
  const typed = path.slice(0, slash);
  const cwd = session?.process.cwd ?? '/';
  const folder = absolutePath(
    cwd,
    typed.startsWith('~/') ? `${session?.get('HOME') ?? ''}/${typed.slice(2)}` : typed || '.',
  );
  try {
    const names = files.list(folder).filter((name) => name.startsWith(path.slice(slash)));
    const shown = names.filter((name) => !name.startsWith('.') || path.slice(slash).startsWith('.'));
    const candidates = shown.flatMap((name) => {
      const isFolder = files.stat(`${folder}/${name}`)?.kind === 'directory';
      if (onlyFolders && !isFolder) return [];
      return [`${prefix}${typed}${name.replace(/([ '"$&()])/g, '\\$1')}${isFolder ? '/' : ''}`];
    });
    return { word, candidates };
  } catch (error) {
    if (error instanceof FileError) return { word, candidates: [] };
    throw error;
  }
}

/** The words of the command at the end of a line, unquoted as far as they are finished; the last one is that before the cursor. */
function lastCommand(before: string): string[] {
  let words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < before.length; index++) {
    const character = before[index]!;
    if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '\\') word = (word ?? '') + (before[++index] ?? '');
    else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/[|;&(`\n]/.test(character)) {
      words = [];
      word = undefined;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      if (/^(if|then|else|elif|while|until|do|!|\{)$/.test(words.at(-1) ?? '')) words = [];
    } else word = (word ?? '') + character;
  }
  return [...words, word ?? ''];
}
