import { createTar, readTar, type TarEntry } from '../../api/tar.ts';
import type { Command, Context } from '../command.ts';
import { asError, ExitError, KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { basename, join, normalize, resolvePath } from '../paths.ts';
import { defaultContainer, podFor, refuseCompleted } from '../pod-of.ts';
import { remoteCommand } from '../streams.ts';

interface FileSpec {
  readonly namespace: string;
  readonly pod: string;
  readonly path: string;
}

function parseSpec(text: string): FileSpec {
  const colon = text.indexOf(':');
  if (colon === 0) throw new KubectlError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  if (colon < 0) return { namespace: '', pod: '', path: text };
  const parts = text.slice(0, colon).split('/');
  const path = text.slice(colon + 1);
  if (parts.length === 1) return { namespace: '', pod: parts[0]!, path };
  if (parts.length === 2) return { namespace: parts[0]!, pod: parts[1]!, path };
  throw new KubectlError('filespec must match the canonical format: [[namespace/]pod:]file/path');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function exec(
  context: Context,
  spec: FileSpec,
  command: readonly string[],
  input?: Uint8Array,
  quiet = false,
): Promise<Uint8Array> {
  const { namespace } = await context.config();
  const where = spec.namespace || namespace;
  const api = await context.api();
  const pod =
    spec.namespace === ''
      ? await podFor(context, spec.pod, 0)
      : await api.get(`/api/v1/namespaces/${where}/pods/${spec.pod}`);
  refuseCompleted(pod);
  const container = context.flags.string('container') || defaultContainer(context, pod, quiet);
  const parts: Uint8Array[] = [];
  await remoteCommand(
    context,
    `/api/v1/namespaces/${where}/pods/${spec.pod}/exec`,
    { command, container, stdin: input === undefined ? undefined : 'true', stdout: 'true', stderr: 'true' },
    {
      stdin: input !== undefined,
      tty: false,
      stderr: true,
      onStdout: (bytes) => parts.push(bytes),
      // What tar complains of while it packs is printed where kubectl prints.
      ...(input === undefined && command[0] === 'tar'
        ? { onStderr: (bytes: Uint8Array) => context.env.stdout.write(bytes) }
        : {}),
      ...(input === undefined ? {} : { input: once(input) }),
    },
  );
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

async function entriesOf(context: Context, path: string, name: string, depth = 0): Promise<TarEntry[]> {
  const { files } = context.env;
  const { kind } = await files.stat(path);
  if (kind === 'file') return [{ name, kind: 'file', data: await files.read(path) }];
  if (depth > 100) throw new KubectlError('folders are nested too deeply');
  const entries: TarEntry[] = [{ name: `${name}/`, kind: 'directory', data: new Uint8Array() }];
  for (const child of await files.list(path))
    entries.push(...(await entriesOf(context, join(path, child), `${name}/${child}`, depth + 1)));
  return entries;
}

async function toPod(context: Context, source: string, target: FileSpec): Promise<void> {
  const path = resolvePath(context.env.cwd, source);
  try {
    await context.env.files.stat(path);
  } catch {
    throw new KubectlError(`${source} doesn't exist in local filesystem`);
  }
  let destination = target.path;
  let isFolder = destination.endsWith('/');
  if (!isFolder) {
    try {
      await exec(context, target, ['test', '-d', destination], undefined, true);
      isFolder = true;
    } catch {
      isFolder = false;
    }
  }
  if (isFolder) destination = `${destination.replace(/\/+$/, '')}/${basename(path)}`;
  const clean = normalize(destination);
  const slash = clean.lastIndexOf('/');
  const [folder, name] = slash < 0 ? ['', clean] : [clean.slice(0, slash), clean.slice(slash + 1)];
  const archive = createTar(await entriesOf(context, path, name));
  const command = [
    ...(context.flags.bool('no-preserve')
      ? ['tar', '--no-same-permissions', '--no-same-owner', '-xmf', '-']
      : ['tar', '-xmf', '-']),
  ];
  if (folder !== '' || clean.startsWith('/')) command.push('-C', folder === '' ? '/' : folder);
  await exec(context, target, command, archive);
}

async function isFolder({ env }: Context, path: string): Promise<boolean> {
  try {
    return (await env.files.stat(path)).kind === 'directory';
  } catch {
    return false;
  }
}

async function fromPod(context: Context, source: FileSpec, target: string): Promise<void> {
  const { files, cwd } = context.env;
  const archive = await exec(context, source, ['tar', 'cf', '-', source.path]);
  const wanted = normalize(source.path.replace(/^\/+/, ''));
  const destination = resolvePath(cwd, target);
  for (const entry of readTar(archive)) {
    const name = normalize(entry.name.replace(/^\/+/, ''));
    if (name !== wanted && !name.startsWith(`${wanted}/`)) {
      if (wanted !== '.') continue;
    }
    const relative = wanted === '.' ? name : name.slice(wanted.length).replace(/^\//, '');
    const path = relative === '' ? destination : join(destination, relative);
    if (path !== destination && !path.startsWith(`${destination}/`)) {
      context.err(`warning: file ${JSON.stringify(entry.name)} is outside target destination, skipping\n`);
      continue;
    }
    if (entry.kind === 'link') {
      context.err(`warning: skipping symlink: ${JSON.stringify(path)} -> ""\n`);
      continue;
    }
    if (entry.kind !== 'file') continue;
    if (relative === '' && (await isFolder(context, path)))
      throw new KubectlError(`open ${target.replace(/(?<=.)\/+$/, '')}: is a directory`);
    await files.write(path, entry.data);
  }
}

async function run(context: Context): Promise<undefined> {
  const { args } = context;
  if (args.length !== 2) throw new KubectlError('source and destination are required');
  const [source, target] = [parseSpec(args[0]!), parseSpec(args[1]!)];
  if (source.pod !== '' && target.pod !== '')
    throw new KubectlError('one of src or dest must be a local file specification');
  if (source.path === '' || target.path === '') throw new KubectlError('filepath can not be empty');
  try {
    if (source.pod !== '') await fromPod(context, source, target.path);
    else if (target.pod !== '') await toPod(context, source.path, target);
    else throw new KubectlError('one of src or dest must be a remote file specification');
  } catch (error) {
    if (error instanceof ExitError) throw error;
    throw asError(error);
  }
  return undefined;
}

export const command: Command = {
  name: 'cp',
  use: 'cp <file-spec-src> <file-spec-dest>',
  short: 'Copy files to and from containers',
  long: 'Copy files and folders between here and a container. The image must have tar.',
  examples: ['kubectl cp notes.txt web-0:/tmp/notes.txt', 'kubectl cp lab/web-0:/etc/hosts hosts'],
  flags: [
    flag('c,container', 'string', '', 'In this container'),
    flag('no-preserve', 'bool', 'false', 'Do not keep owner and permissions'),
    flag('retries', 'int', '0', 'How often to try again'),
  ],
  run,
};
