import { absolutePath } from '../../absolute-path.ts';
import { FileError, type Program } from '../../process.ts';

/** `chroot DIRECTORY [COMMAND]`: runs a program as if that directory were the root. `chroot /host` is how one works on a node from a pod that mounts it. */
export const chroot: Program = function* run(process) {
  const [directory, ...command] = process.argv.slice(1);
  const fail = (text: string, code: number) => {
    process.stderr.write(`chroot: ${text}\n`);
    return code;
  };
  if (directory === undefined) return fail('usage: chroot DIRECTORY [COMMAND [ARGUMENT]...]', 1);
  if (process.user !== 0) return fail(`can't change root directory to '${directory}': Operation not permitted`, 1);
  const argv = command.length === 0 ? ['/bin/sh', '-i'] : command;
  const root = absolutePath(process.cwd, directory);
  const found = process.files.stat(root)?.kind;
  if (found !== 'directory') {
    const why = found === undefined ? 'No such file or directory' : 'Not a directory';
    return fail(`can't change root directory to '${directory}': ${why}`, 1);
  }
  try {
    return yield* process.exec({ argv, root, cwd: '/' });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return fail(`can't execute '${argv[0]}': ${error.message}`, error.code === 'ENOENT' ? 127 : 126);
  }
};
