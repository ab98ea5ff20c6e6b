import { createTar, readTar, type TarEntry } from '../../../api/tar.ts';
import { decodeUtf8, encodeUtf8 } from '../../../api/utf8.ts';
import type { Coroutine } from '../../../engine/index.ts';
import { FileError, type Program } from '../../process.ts';
import { applet, type Tool, ToolError } from './tool.ts';

interface Options {
  mode: 'c' | 'x' | 't' | undefined;
  file: string;
  directory: string;
  verbose: boolean;
  names: string[];
}

/** How GNU's tar ends what it says of a wrong command line. */
const HELP = "\nTry 'tar --help' or 'tar --usage' for more information.";

/** `tar xzf a.tar -C /tmp`: the first word may go without its dash, as it always did. */
function optionsOf(args: readonly string[]): Options {
  const options: Options = { mode: undefined, file: '-', directory: '.', verbose: false, names: [] };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === '--no-same-permissions' || arg === '--no-same-owner') continue;
    if (!arg.startsWith('-') && index > 0) {
      options.names.push(arg);
      continue;
    }
    for (const letter of arg.replace(/^-/, '')) {
      if (letter === 'c' || letter === 'x' || letter === 't') options.mode = letter;
      else if (letter === 'f') options.file = args[++index] ?? '-';
      else if (letter === 'C') options.directory = args[++index] ?? '.';
      else if (letter === 'v') options.verbose = true;
      else if ('zjJ'.includes(letter)) throw new ToolError('compressed archives are not simulated by sim-core');
      else if (!'mpohk'.includes(letter)) throw new ToolError(`unrecognized option: ${letter}`);
    }
  }
  return options;
}

const joined = (directory: string, name: string): string => (directory === '.' ? name : `${directory}/${name}`);

/** The entries below a name, a folder before what is in it. */
function entriesOf(tool: Tool, directory: string, name: string, found: TarEntry[]): void {
  const path = tool.path(joined(directory, name));
  const { files } = tool.process;
  const stat = files.stat(path);
  if (stat === undefined)
    throw tool.gnu
      ? new ToolError(
          `${name}: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors`,
          2,
        )
      : new ToolError(`${name}: No such file or directory`);
  const inside = name.replace(/^\/+/, '');
  if (stat.kind === 'directory') {
    found.push({ name: `${inside.replace(/\/$/, '')}/`, kind: 'directory', data: new Uint8Array() });
    for (const child of files.list(path)) entriesOf(tool, directory, `${name.replace(/\/$/, '')}/${child}`, found);
  } else found.push({ name: inside, kind: 'file', data: encodeUtf8(files.read(path)) });
}

function* create(tool: Tool, { file, directory, verbose, names }: Options): Coroutine<number> {
  if (names.length === 0)
    throw tool.gnu
      ? new ToolError(`Cowardly refusing to create an empty archive${HELP}`, 2)
      : new ToolError('empty archive');
  if (names.some((name) => name.startsWith('/')))
    tool.complain(tool.gnu ? "Removing leading `/' from member names" : "removing leading '/' from member names");
  const entries: TarEntry[] = [];
  for (const name of names) entriesOf(tool, directory, name, entries);
  // Files hold text, so that an archive of them is text as well.
  const archive = decodeUtf8(createTar(entries));
  if (verbose) for (const { name } of entries) tool.process.stderr.write(`${name}\n`);
  if (file === '-') yield* tool.send(archive);
  else tool.process.files.write(tool.path(file), archive);
  return 0;
}

function* extract(tool: Tool, { mode, file, directory, verbose, names }: Options): Coroutine<number> {
  if (tool.gnu && file !== '-' && tool.process.files.stat(tool.path(file)) === undefined)
    throw new ToolError(
      `${file}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now`,
      2,
    );
  const entries = readTar(encodeUtf8(yield* tool.content(file)));
  const wanted = (name: string): boolean =>
    names.length === 0 || names.some((one) => name === one || name.startsWith(`${one.replace(/\/$/, '')}/`));
  const { files } = tool.process;
  if (files.stat(tool.path(directory)) === undefined)
    throw new ToolError(`can't change directory to '${directory}': No such file or directory`);
  for (const { name, kind, data } of entries) {
    if (!wanted(name)) continue;
    if (mode === 't' || verbose) tool.out(`${name}\n`);
    if (mode === 't') continue;
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) throw new ToolError(`name with '..' is not extracted: ${name}`);
    const path = tool.path(joined(directory, parts.join('/')));
    const parent = kind === 'directory' ? path : path.slice(0, path.lastIndexOf('/')) || '/';
    if (files.stat(parent) === undefined) files.makeDirectory(parent, { parents: true });
    if (kind !== 'file') continue;
    try {
      files.write(path, decodeUtf8(data));
    } catch (error) {
      if (error instanceof FileError) throw new ToolError(`can't open '${name}': ${error.message}`);
      throw error;
    }
  }
  return 0;
}

/** Archives of files, as `kubectl cp` has them made and read in the container. */
export const TAR: Program = applet(function* (tool) {
  if (tool.args[0] === '--version') {
    tool.out(tool.gnu ? 'tar (GNU tar) 1.34\n' : 'tar (busybox) 1.37.0\n');
    return 0;
  }
  const options = optionsOf(tool.args);
  if (options.mode === undefined)
    throw tool.gnu
      ? new ToolError(`You must specify one of the '-Acdtrux', '--delete' or '--test-label' options${HELP}`, 2)
      : new ToolError('must specify one of -c, -x, -t');
  try {
    return yield* options.mode === 'c' ? create(tool, options) : extract(tool, options);
  } catch (error) {
    if (error instanceof FileError) throw new ToolError(error.message);
    throw error;
  }
});
