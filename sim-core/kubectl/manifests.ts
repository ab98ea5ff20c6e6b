import { LineCounter, parseDocument } from 'yaml';
import { decodeUtf8 } from '../api/utf8.ts';
import { goYamlMessage, isBehindDocument } from '../api/yaml-error.ts';
import type { ApiObject } from './api.ts';
import { decodeObject } from './decode-object.ts';
import type { KubectlEnvironment } from './environment.ts';
import { FileError } from './environment.ts';
import { KubectlError, quote } from './errors.ts';
import { goJsonMessage } from './json-error.ts';
import { extension, join, resolvePath } from './paths.ts';

/** One document of a manifest and where it stands, for messages. */
export interface Manifest {
  readonly object: ApiObject;
  readonly source: string;
}

/** The value of one YAML document, read as Kubernetes reads it: YAML 1.1 booleans and octals, no dates, no base-60 numbers. */
export function parseYamlDocument(text: string): unknown {
  const document = parseDocument(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    strict: false,
    lineCounter: new LineCounter(),
    logLevel: 'silent',
    customTags: (tags) =>
      tags
        .filter((tag) => {
          if (typeof tag === 'string') return true;
          return tag.tag !== 'tag:yaml.org,2002:timestamp' && (tag as { format?: string }).format !== 'TIME';
        })
        .map((tag) => {
          // YAML 1.1 lets a number do without digits: `e1` and `.` are none to Kubernetes.
          if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:float' || tag.test === undefined) return tag;
          return { ...tag, test: new RegExp(`(?=[-+]?\\.?[\\diInN])${tag.test.source}`) };
        }),
  });
  if (document.errors.length > 0 && !isBehindDocument(document.errors, text))
    throw new KubectlError(goYamlMessage(document.errors, text));
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    const anchor = /anchor[^:]*: ([\w-]+)/.exec((error as Error).message)?.[1];
    throw new KubectlError(
      anchor === undefined ? `yaml: ${(error as Error).message}` : `yaml: unknown anchor '${anchor}' referenced`,
    );
  }
}

/** The documents of a YAML or JSON text, empty ones left out. */
export function splitDocuments(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/^---(?:[ \t].*)?(?:\n|$)/m)
    .filter((part) => part.replace(/^\s*#.*$/gm, '').trim() !== '')
    .flatMap(splitJson);
}

/** The objects of a text that is JSON objects one after the other (yaml.YAMLOrJSONDecoder); any other text as it is. */
function splitJson(text: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]|[^\s{}"]+/g)) {
    if (token === '{') depth++;
    else if (depth === 0) return [text];
    else if (token === '}' && --depth === 0) {
      parts.push(text.slice(from, index + 1));
      from = index + 1;
    }
  }
  return depth === 0 ? parts : [text];
}

/** Reads the objects of a text. Throws what kubectl says of YAML that cannot be read or has no kind. */
export function parseManifests(text: string, source: string): Manifest[] {
  const manifests: Manifest[] = [];
  collectManifests(text, source, false, manifests);
  return manifests;
}

/** The same into a list, so that what stands before the error is kept. */
function collectManifests(text: string, source: string, validates: boolean, manifests: Manifest[]): void {
  const json = /^\s*[{]/.test(text);
  for (const part of splitDocuments(text)) {
    let value: unknown;
    try {
      value = parseYamlDocument(part);
    } catch (error) {
      const message = (error as Error).message;
      throw new KubectlError(
        json
          ? `error parsing ${source}: ${goJsonMessage(part) ?? message}`
          : `error parsing ${source}: error converting YAML to JSON: ${message}`,
      );
    }
    if (value === null || value === undefined) continue;
    manifests.push({ object: decodeObject(value, source, validates), source });
  }
}

export interface FilenameOptions {
  readonly filenames: readonly string[];
  readonly kustomize: string;
  readonly recursive: boolean;
  /** The command checks what it reads against the schema before it decodes it. */
  readonly validates?: boolean;
}

export async function readStdin(env: KubectlEnvironment): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = await env.stdin.read();
    if (part === undefined) break;
    parts.push(part);
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const EXTENSIONS = ['.json', '.yaml', '.yml'];

async function filesBelow(env: KubectlEnvironment, folder: string, recursive: boolean): Promise<string[]> {
  const found: string[] = [];
  for (const name of [...(await env.files.list(resolvePath(env.cwd, folder)))].sort()) {
    const path = folder === '.' ? name : join(folder, name);
    const { kind } = await env.files.stat(resolvePath(env.cwd, path));
    if (kind === 'directory') {
      if (recursive) found.push(...(await filesBelow(env, path, true)));
    } else if (EXTENSIONS.includes(extension(name))) found.push(path);
  }
  return found;
}

/** The files of a folder that a pattern names which the shell left as it is: `'dir/*.yaml'` (expandIfFilePattern). */
async function filesLike(env: KubectlEnvironment, pattern: string): Promise<string[]> {
  const slash = pattern.lastIndexOf('/');
  const [folder, name] = [pattern.slice(0, slash + 1), pattern.slice(slash + 1)];
  if (!/[*?[]/.test(name)) return [];
  const expression = new RegExp(
    `^${name
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}$`,
  );
  try {
    const names = await env.files.list(resolvePath(env.cwd, folder === '' ? '.' : folder));
    return [...names]
      .filter((file) => expression.test(file))
      .sort()
      .map((file) => `${folder}${file}`);
  } catch {
    return [];
  }
}

async function readText(env: KubectlEnvironment, path: string): Promise<string> {
  try {
    return decodeUtf8(await env.files.read(resolvePath(env.cwd, path)));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new KubectlError(
      `open ${path}: ${error.code === 'EACCES' ? 'permission denied' : 'no such file or directory'}`,
    );
  }
}

/** What could not be read, and how many manifests were read before it: errors are told in the order of what they are about. */
export interface ReadFailure {
  readonly error: Error;
  readonly behind: number;
}

/** The objects that -f and -k name; errors of single files are collected, as ContinueOnError does. */
export async function readManifests(
  env: KubectlEnvironment,
  options: FilenameOptions,
): Promise<{ manifests: Manifest[]; failures: ReadFailure[]; singleItem: boolean }> {
  const manifests: Manifest[] = [];
  const failures: ReadFailure[] = [];
  const fail = (error: Error) => failures.push({ error, behind: manifests.length });
  let singleItem = options.filenames.length === 1 && options.kustomize === '';
  const attempt = async (source: string, read: () => Promise<string>) => {
    try {
      collectManifests(await read(), source, options.validates === true, manifests);
    } catch (error) {
      fail(error as Error);
    }
  };
  for (const filename of options.filenames) {
    if (filename === '-') {
      await attempt('STDIN', async () => decodeUtf8(await readStdin(env)));
      continue;
    }
    if (/^https?:\/\//.test(filename)) {
      fail(new KubectlError(`unable to read URL ${quote(filename)}: manifests are not read from the network here`));
      continue;
    }
    let kind: 'file' | 'directory';
    try {
      ({ kind } = await env.files.stat(resolvePath(env.cwd, filename)));
    } catch {
      const matches = await filesLike(env, filename);
      if (matches.length === 0) throw new KubectlError(`the path ${quote(filename)} does not exist`);
      singleItem &&= matches.length === 1;
      for (const path of matches) await attempt(path, () => readText(env, path));
      continue;
    }
    if (kind === 'file') {
      await attempt(filename, () => readText(env, filename));
      continue;
    }
    singleItem = false;
    const paths = await filesBelow(env, filename, options.recursive);
    if (paths.length === 0)
      throw new KubectlError(`error reading [${filename}]: recognized file extensions are [${EXTENSIONS.join(' ')}]`);
    for (const path of paths) await attempt(path, () => readText(env, path));
  }
  if (options.kustomize !== '') {
    const { buildKustomization } = await import('./kustomize.ts');
    const objects = await buildKustomization(env, options.kustomize);
    manifests.push(...objects.map((object) => ({ object, source: options.kustomize })));
  }
  return { manifests, failures, singleItem: singleItem && manifests.length === 1 };
}
