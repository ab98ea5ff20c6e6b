import { absolutePath } from '../absolute-path.ts';
import { NO_INPUT, NO_OUTPUT, TextInput } from '../pipe.ts';
import { FileError, type Input, type Output, type Process } from '../process.ts';

/** An open file of a shell: what can be read from it, written to it, or both. */
export interface Descriptor {
  readonly input: Input;
  readonly output: Output;
}

export type Descriptors = ReadonlyMap<number, Descriptor>;

/** A redirection that failed; the text is busybox ash's. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
}

/** Standard input, output and error of a process as descriptors 0, 1 and 2. */
export function standardDescriptors({ stdin, stdout, stderr }: Process): Map<number, Descriptor> {
  return new Map([
    [0, { input: stdin, output: NO_OUTPUT }],
    [1, { input: NO_INPUT, output: stdout }],
    [2, { input: NO_INPUT, output: stderr }],
  ]);
}

const OWN: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 };

/** Opens a file for a redirection. Throws `RedirectError`. */
export function openFile(
  process: Process,
  open: Descriptors,
  name: string,
  how: 'read' | 'write' | 'append',
): Descriptor {
  const path = absolutePath(process.cwd, name);
  const own = Object.hasOwn(OWN, path) ? OWN[path] : /^\/(?:dev|proc\/self)\/fd\/(\d)$/.exec(path)?.[1];
  if (own !== undefined) {
    const descriptor = open.get(Number(own));
    if (descriptor !== undefined) return descriptor;
  }
  const { files } = process;
  try {
    if (how === 'read') {
      // Read at once: what is appended later is not seen, as by a reader that has reached the end.
      const text = files.read(path);
      return { input: new TextInput(text), output: NO_OUTPUT };
    }
    const kind = files.stat(path)?.kind;
    if (kind !== 'device' && kind !== 'block') {
      if (how === 'append' && kind !== undefined) files.checkWritable(path);
      else files.write(path, '');
      if (kind === 'directory') throw new FileError('EISDIR', 'Is a directory');
    }
    return { input: NO_INPUT, output: { write: (text) => files.write(path, text, { append: true }) } };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const missing = error.code === 'ENOENT';
    if (how === 'read') throw new RedirectError(`can't open ${name}: ${missing ? 'no such file' : error.message}`);
    throw new RedirectError(`can't create ${name}: ${missing ? 'nonexistent directory' : error.message}`);
  }
}
