import { base64OfBytes } from '../../../api/base64.ts';
import { decodeUtf8, encodeUtf8, isUtf8 } from '../../../api/utf8.ts';
import type { ApiObject } from '../../api.ts';
import type { Context } from '../../command.ts';
import { FileError } from '../../environment.ts';
import { KubectlError, quote } from '../../errors.ts';
import { type FlagSpec, flag } from '../../flags.ts';
import { hashName } from '../../name-hash.ts';
import { basename, join, resolvePath } from '../../paths.ts';
import { explicitNamespace, type Generator, meta } from './generator.ts';

const HASH_FLAG = (): FlagSpec =>
  flag('append-hash', 'bool', 'false', "Add a hash of the content to the object's name");
const FROM_FILE = (): FlagSpec =>
  flag('from-file', 'stringSlice', '[]', 'A file as a value, [key=]path; or a folder, each file a value');
const FROM_LITERAL = (): FlagSpec => flag('from-literal', 'stringArray', '[]', 'A value as it stands: key=value');
const FROM_ENV = (): FlagSpec => flag('from-env-file', 'stringSlice', '[]', 'A file of key=value lines');

async function readFile(context: Context, path: string): Promise<Uint8Array> {
  const { env } = context;
  try {
    return await env.files.read(resolvePath(env.cwd, path));
  } catch (error) {
    const reason =
      error instanceof FileError && error.code === 'EISDIR' ? 'is a directory' : 'no such file or directory';
    throw new KubectlError(`error reading ${path}: ${reason}`);
  }
}

const KEY = /^[-._a-zA-Z0-9]+$/;
const ENV_KEY = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

function checkKey(key: string): void {
  if (!KEY.test(key) || key === '.' || key === '..' || key.startsWith('..'))
    throw new KubectlError(
      `${quote(key)} is not a valid key name for a ConfigMap: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    );
}

/** What a variable's name in an environment file may look like. */
export function checkEnvKey(key: string): void {
  if (ENV_KEY.test(key) && key !== '.' && key !== '..' && !key.startsWith('..')) return;
  throw new KubectlError(
    `${quote(key)} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
  );
}

/** key and path of `--from-file` (ParseFileSource). */
function fileSource(source: string): { key: string; path: string } {
  const parts = source.split('=');
  if (parts.length === 1) return { key: basename(source), path: source };
  if (parts.length > 2) throw new KubectlError("key names or file paths cannot contain '='");
  const [key = '', path = ''] = parts;
  if (key === '') throw new KubectlError(`key name for file path ${path} missing`);
  if (path === '') throw new KubectlError(`file path for key name ${key} missing`);
  return { key, path };
}

type Add = (key: string, value: Uint8Array) => void;

async function addFiles(context: Context, add: Add): Promise<void> {
  const { env } = context;
  for (const source of context.flags.list('from-file')) {
    const { key, path } = fileSource(source);
    let kind: 'file' | 'directory';
    try {
      ({ kind } = await env.files.stat(resolvePath(env.cwd, path)));
    } catch {
      throw new KubectlError(`error reading ${path}: no such file or directory`);
    }
    if (kind === 'file') {
      add(key, await readFile(context, path));
      continue;
    }
    if (source.includes('=')) throw new KubectlError('cannot give a key name for a directory path');
    for (const name of await env.files.list(resolvePath(env.cwd, path))) {
      const inner = join(path, name);
      if ((await env.files.stat(resolvePath(env.cwd, inner))).kind === 'file')
        add(name, await readFile(context, inner));
    }
  }
}

function addLiterals(context: Context, add: Add): void {
  for (const source of context.flags.list('from-literal')) {
    const equals = source.indexOf('=');
    if (equals <= 0) throw new KubectlError(`invalid literal source ${source}, expected key=value`);
    add(source.slice(0, equals), encodeUtf8(source.slice(equals + 1)));
  }
}

async function addEnvFiles(context: Context, add: Add): Promise<void> {
  for (const path of context.flags.list('from-env-file')) {
    const text = decodeUtf8(await readFile(context, path)).replace(/^\ufeff/, '');
    for (const raw of text.split(/\r?\n/)) {
      const line = raw.trimStart();
      if (line === '' || line.startsWith('#')) continue;
      const equals = line.indexOf('=');
      const key = equals < 0 ? line : line.slice(0, equals);
      checkEnvKey(key);
      if (equals >= 0) add(key, encodeUtf8(line.slice(equals + 1)));
      else if (context.env.variables[key] !== undefined) add(key, encodeUtf8(context.env.variables[key]!));
    }
  }
}

async function collect(context: Context, add: Add): Promise<void> {
  const env = context.flags.has('from-env-file') ? context.flags.list('from-env-file') : [];
  const literals = context.flags.has('from-literal') ? context.flags.list('from-literal') : [];
  if (env.length > 0 && (context.flags.list('from-file').length > 0 || literals.length > 0))
    throw new KubectlError('from-env-file cannot be combined with from-file or from-literal');
  await addFiles(context, add);
  if (literals.length > 0) addLiterals(context, add);
  if (env.length > 0) await addEnvFiles(context, add);
}

function sorted(data: Map<string, string>): Record<string, string> | undefined {
  return data.size === 0 ? undefined : Object.fromEntries([...data].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withHash(context: Context, object: ApiObject): ApiObject {
  if (!context.flags.bool('append-hash')) return object;
  return { ...object, metadata: { ...object.metadata, name: `${object.metadata.name}-${hashName(object)}` } };
}

export const configmap: Generator = {
  name: 'configmap',
  aliases: ['cm'],
  use: 'configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1]',
  short: 'Create a ConfigMap from files or values',
  resource: 'configmaps',
  namespaced: true,
  failure: 'failed to create configmap:',
  flags: [HASH_FLAG(), FROM_FILE(), FROM_LITERAL(), FROM_ENV()],
  async build(context, name) {
    const data = new Map<string, string>();
    const binary = new Map<string, string>();
    await collect(context, (key, value) => {
      checkKey(key);
      if (data.has(key) || binary.has(key))
        throw new KubectlError(
          `cannot add key ${quote(key)}, another key by that name already exists in ${binary.has(key) ? 'BinaryData' : 'Data'} for ConfigMap ${quote(name)}`,
        );
      if (isUtf8(value)) data.set(key, decodeUtf8(value));
      else binary.set(key, base64OfBytes(value));
    });
    return withHash(context, {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: meta(name, { namespace: await explicitNamespace(context) }),
      data: sorted(data),
      binaryData: sorted(binary),
    });
  },
};

async function secret(
  context: Context,
  name: string,
  type: string | undefined,
  fill: (add: Add) => Promise<void>,
): Promise<ApiObject> {
  const data = new Map<string, string>();
  await fill((key, value) => {
    checkKey(key);
    if (data.has(key)) throw new KubectlError(`cannot add key ${key}, another key by that name already exists`);
    data.set(key, base64OfBytes(value));
  });
  return withHash(context, {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: meta(name, { namespace: await explicitNamespace(context) }),
    data: sorted(data),
    type,
  });
}

export const genericSecret: Generator = {
  name: 'generic',
  use: 'secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]',
  short: 'Create a Secret from files or values',
  resource: 'secrets',
  namespaced: true,
  failure: 'failed to create secret',
  flags: [HASH_FLAG(), FROM_FILE(), FROM_LITERAL(), FROM_ENV(), flag('type', 'string', '', 'The type of the Secret')],
  build: (context, name) =>
    secret(context, name, context.flags.string('type') || undefined, (add) => collect(context, add)),
};

export const registrySecret: Generator = {
  name: 'docker-registry',
  use: 'secret docker-registry NAME --docker-username=user --docker-password=password [--docker-server=string]',
  short: 'Create a Secret with the credentials of an image registry',
  resource: 'secrets',
  namespaced: true,
  failure: 'failed to create secret',
  flags: [
    HASH_FLAG(),
    FROM_FILE(),
    flag('docker-email', 'string', '', 'E-mail address'),
    flag('docker-password', 'string', '', 'Password'),
    flag('docker-server', 'string', 'https://index.docker.io/v1/', 'Address of the registry'),
    flag('docker-username', 'string', '', 'User'),
  ],
  async build(context, name) {
    const { flags } = context;
    const files = flags.list('from-file');
    const [server, username, password, email] = ['server', 'username', 'password', 'email'].map((part) =>
      flags.string(`docker-${part}`),
    ) as [string, string, string, string];
    if (files.length === 0 && (username === '' || password === '' || server === ''))
      throw new KubectlError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      );
    return secret(context, name, 'kubernetes.io/dockerconfigjson', async (add) => {
      if (files.length > 0) {
        await addFiles(context, (key, value) => add(key, value));
        return;
      }
      const auth = base64OfBytes(encodeUtf8(`${username}:${password}`));
      const entry = { username, password, ...(email === '' ? {} : { email }), auth };
      add('.dockerconfigjson', encodeUtf8(JSON.stringify({ auths: { [server]: entry } })));
    });
  },
};

export const tlsSecret: Generator = {
  name: 'tls',
  use: 'secret tls NAME --cert=path/to/cert/file --key=path/to/key/file',
  short: 'Create a Secret with a certificate and its key',
  resource: 'secrets',
  namespaced: true,
  failure: 'failed to create secret',
  flags: [
    HASH_FLAG(),
    flag('cert', 'string', '', 'File with the certificate (PEM)'),
    flag('key', 'string', '', 'File with the key (PEM)'),
  ],
  async build(context, name) {
    const [cert, key] = [context.flags.string('cert'), context.flags.string('key')];
    if (cert === '' || key === '') throw new KubectlError('key and cert must be specified');
    const read = async (path: string): Promise<Uint8Array> => {
      try {
        return await context.env.files.read(resolvePath(context.env.cwd, path));
      } catch {
        throw new KubectlError(`Cannot read file ${path}, open ${path}: no such file or directory`);
      }
    };
    const [certBytes, keyBytes] = [await read(cert), await read(key)];
    const { keyPairProblem } = await import('../../../api/key-pair.ts');
    const problem = keyPairProblem(decodeUtf8(certBytes), decodeUtf8(keyBytes));
    if (problem !== undefined) throw new KubectlError(problem);
    return secret(context, name, 'kubernetes.io/tls', async (add) => {
      add('tls.crt', certBytes);
      add('tls.key', keyBytes);
    });
  },
};
