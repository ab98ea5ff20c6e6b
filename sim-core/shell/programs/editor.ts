import type { Coroutine } from '../../engine/index.ts';
import { absolutePath } from '../../images/absolute-path.ts';
import { FileError, type Program } from '../../images/process.ts';
import type { LearnerComputer } from '../computer.ts';
import { Abandoned } from '../pump.ts';

/** Opens the page's editor on a file and waits until it is closed; what was saved is in the file. Answers an exit code. */
export async function editFile(computer: LearnerComputer, path: string, signal: AbortSignal): Promise<number> {
  const { files, host } = computer;
  if (host.edit === undefined) return 1;
  const before = files.stat(path) === undefined ? '' : files.read(path);
  const after = await host.edit(path, before, signal);
  if (signal.aborted) return 130;
  if (after !== undefined && (after !== before || files.stat(path) === undefined)) files.write(path, after);
  return 0;
}

/** `vi`, `vim`, `nano` …: the page's editor. */
export function editorProgram(computer: LearnerComputer): Program {
  return function* editor(process): Coroutine<number> {
    const name = process.argv[0] ?? 'vi';
    const complain = (text: string) => process.stderr.write(`${name}: ${text}\n`);
    const file = process.argv.slice(1).find((word) => !/^[-+]/.test(word));
    if (file === undefined) {
      complain('name a file to edit');
      return 1;
    }
    const path = absolutePath(process.cwd, file);
    if (computer.files.stat(path)?.kind === 'directory') {
      complain(`${file}: Is a directory`);
      return 1;
    }
    if (computer.host.edit === undefined) {
      complain('there is no editor here');
      return 1;
    }
    const abort = new AbortController();
    process.onSignal('SIGINT', () => abort.abort(new Abandoned('interrupted')));
    try {
      return yield* computer.pump.wait(() => editFile(computer, path, abort.signal));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      complain(`${file}: ${error.message}`);
      return 1;
    } finally {
      abort.abort(new Abandoned('abandoned'));
    }
  };
}
