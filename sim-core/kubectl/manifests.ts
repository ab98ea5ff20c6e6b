import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { ApiObject } from './api.ts';
import { decodeUtf8 } from './bytes.ts';
import type { KubectlEnvironment } from './environment.ts';
import { FileError } from './environment.ts';
import { KubectlError, quote } from './errors.ts';
import { extension, join, resolvePath } from './paths.ts';
import { compactJson } from './printers/json.ts';

/** One document of a manifest and where it stands, for messages. */
export interface Manifest {
  readonly object: ApiObject;
  readonly source: string;
}

/** What go-yaml says where the yaml package says something else. */
function yamlMessage(error: YAMLError, text: string): string {
  const line = error.linePos?.[0].line ?? 1;
  const content = text.split('\n')[line - 1] ?? '';
  if (/\t/.test(/^\s*/.exec(content)?.[0] ?? ''))
    return `yaml: line ${line}: found character that cannot start any token`;
  switch (error.code) {
    case 'BLOCK_AS_IMPLICIT_KEY':
      return `yaml: line ${line}: mapping values are not allowed in this context`;
    case 'TAB_AS_INDENT':
    case 'UNEXPECTED_TOKEN':
      return `yaml: line ${line}: did not find expected key`;
    case 'MISSING_CHAR':
      if (/closing ["']/.test(error.message)) return `yaml: line ${line}: found unexpected end of stream`;
      return `yaml: line ${line}: could not find expected ':'`;
    case 'BAD_INDENT':
      return `yaml: line ${line}: did not find expected key`;
    case 'BAD_ALIAS':
      return `yaml: unknown anchor '${/[*&](\S+)/.exec(content)?.[1] ?? ''}' referenced`;
    case 'BAD_DQ_ESCAPE':
      return `yaml: line ${line}: found unknown escape character`;
    case 'MULTIPLE_ANCHORS':
    case 'MULTILINE_IMPLICIT_KEY':
      return `yaml: line ${line}: could not find expected ':'`;
    default:
      return `yaml: line ${line}: did not find expected node content`;
  }
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
      tags.filter((tag) => {
        if (typeof tag === 'string') return true;
        return tag.tag !== 'tag:yaml.org,2002:timestamp' && (tag as { format?: string }).format !== 'TIME';
      }),
  });
  const [error] = document.errors;
  if (error !== undefined) throw new KubectlError(yamlMessage(error, text));
  return document.toJS({ maxAliasCount: 1000 });
}

/** The documents of a YAML or JSON text, empty ones left out. */
export function splitDocuments(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/^---(?:[ \t].*)?$/m)
    .filter((part) => part.replace(/^\s*#.*$/gm, '').trim() !== '');
}

function checkObject(value: unknown, source: string): ApiObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw new PlainError(
      `unable to decode ${quote(source)}: json: cannot unmarshal ${type} into Go value of type unstructured.detector`,
    );
  }
  const { kind } = value as { kind?: unknown };
  if (typeof kind !== 'string' || kind === '')
    throw new PlainError(`unable to decode ${quote(source)}: Object 'Kind' is missing in '${compactJson(value)}'`);
  const { apiVersion } = value as { apiVersion?: unknown };
  if (typeof apiVersion !== 'string' || apiVersion === '')
    throw new KubectlError(
      `error validating ${quote(source)}: error validating data: apiVersion not set; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  return value as ApiObject;
}

/** An error that is printed without `error: ` before it. */
export class PlainError extends KubectlError {
  readonly plain = true;
}

/** Reads the objects of a text. Throws what kubectl says of YAML that cannot be read or has no kind. */
export function parseManifests(text: string, source: string): Manifest[] {
  const manifests: Manifest[] = [];
  const json = /^\s*[{]/.test(text);
  for (const part of splitDocuments(text)) {
    let value: unknown;
    try {
      value = parseYamlDocument(part);
    } catch (error) {
      const message = (error as Error).message;
      throw new KubectlError(
        json
          ? `error parsing ${source}: json: ${message.replace(/^yaml: /, '')}`
          : `error parsing ${source}: error converting YAML to JSON: ${message}`,
      );
    }
    if (value === null || value === undefined) continue;
    manifests.push({ object: checkObject(value, source), source });
  }
  return manifests;
}

export interface FilenameOptions {
  readonly filenames: readonly string[];
  readonly kustomize: string;
  readonly recursive: boolean;
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

async function readPath(env: KubectlEnvironment, path: string): Promise<Manifest[]> {
  try {
    return parseManifests(decodeUtf8(await env.files.read(resolvePath(env.cwd, path))), path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new KubectlError(
      `open ${path}: ${error.code === 'EACCES' ? 'permission denied' : 'no such file or directory'}`,
    );
  }
}

/** The objects that -f and -k name; errors of single files are collected, as ContinueOnError does. */
export async function readManifests(
  env: KubectlEnvironment,
  options: FilenameOptions,
): Promise<{ manifests: Manifest[]; errors: Error[]; singleItem: boolean }> {
  const manifests: Manifest[] = [];
  const errors: Error[] = [];
  let singleItem = options.filenames.length === 1 && options.kustomize === '';
  const attempt = async (read: () => Promise<Manifest[]>) => {
    try {
      manifests.push(...(await read()));
    } catch (error) {
      errors.push(error as Error);
    }
  };
  for (const filename of options.filenames) {
    if (filename === '-') {
      await attempt(async () => parseManifests(decodeUtf8(await readStdin(env)), 'STDIN'));
      continue;
    }
    if (/^https?:\/\//.test(filename)) {
      errors.push(
        new KubectlError(`unable to read URL ${quote(filename)}: manifests are not read from the network here`),
      );
      continue;
    }
    let kind: 'file' | 'directory';
    try {
      ({ kind } = await env.files.stat(resolvePath(env.cwd, filename)));
    } catch {
      throw new KubectlError(`the path ${quote(filename)} does not exist`);
    }
    if (kind === 'file') {
      await attempt(() => readPath(env, filename));
      continue;
    }
    singleItem = false;
    const paths = await filesBelow(env, filename, options.recursive);
    if (paths.length === 0)
      throw new KubectlError(`error reading [${filename}]: recognized file extensions are [${EXTENSIONS.join(' ')}]`);
    for (const path of paths) await attempt(() => readPath(env, path));
  }
  if (options.kustomize !== '') {
    const { buildKustomization } = await import('./kustomize.ts');
    const objects = await buildKustomization(env, options.kustomize);
    manifests.push(...objects.map((object) => ({ object, source: options.kustomize })));
  }
  return { manifests, errors, singleItem: singleItem && manifests.length === 1 };
}
