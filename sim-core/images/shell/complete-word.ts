import { absolutePath } from '../absolute-path.ts';
import { type Completion, FileError } from '../process.ts';
import type { Shell } from './shell.ts';

/** Words after which another command's name comes. */
const BEFORE_COMMANDS = /(?:^|[;|&({]|&&|\|\||\b(?:sudo|exec|xargs|env|nohup|time|do|then|else|watch))\s*$/;

/** What the last word of an unfinished line may become: commands where one begins, files everywhere else. */
export function completeWord(shell: Shell, before: string): Completion {
  const word = /(?:\\.|[^\s;|&<>()"'])*$/.exec(before)?.[0] ?? '';
  const isCommand = !word.includes('/') && BEFORE_COMMANDS.test(before.slice(0, before.length - word.length));
  return { word, candidates: isCommand ? commands(shell, word) : paths(shell, word) };
}

function commands(shell: Shell, word: string): string[] {
  if (word === '') return [];
  const { files } = shell.process;
  const found = new Set<string>();
  for (const folder of (shell.get('PATH') ?? '').split(':')) {
    for (const name of namesIn(shell, folder === '' ? '.' : folder))
      if (name.startsWith(word) && files.stat(`${folder}/${name}`)?.kind !== 'directory') found.add(name);
  }
  return [...found].sort();
}

function paths(shell: Shell, word: string): string[] {
  const { process } = shell;
  const slash = word.lastIndexOf('/') + 1;
  const [typed, begin] = [word.slice(0, slash), word.slice(slash)];
  const folder = typed.startsWith('~/') ? `${shell.get('HOME') ?? ''}/${typed.slice(2)}` : typed || '.';
  return namesIn(shell, folder)
    .filter((name) => name.startsWith(begin) && (!name.startsWith('.') || begin.startsWith('.')))
    .map((name) => {
      const path = absolutePath(process.cwd, `${folder}/${name}`);
      return `${typed}${name.replace(/[ "'$&();|<>\\]/g, '\\$&')}${process.files.stat(path)?.kind === 'directory' ? '/' : ''}`;
    });
}

/** Names in a folder, sorted; none where it cannot be read. */
function namesIn(shell: Shell, folder: string): string[] {
  const { cwd, files } = shell.process;
  try {
    return files.list(absolutePath(cwd, folder));
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
