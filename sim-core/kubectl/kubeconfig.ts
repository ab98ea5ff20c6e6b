import { parse } from 'yaml';
import { decodeUtf8 } from '../api/utf8.ts';
import type { FileSystem, KubectlEnvironment } from './environment.ts';
import { FileError } from './environment.ts';
import { ConfigurationError, KubectlError, quote } from './errors.ts';
import type { Flags } from './flags.ts';
import { join, resolvePath } from './paths.ts';
import { stringifyYaml } from './printers/yaml.ts';

export type ConfigEntry = Record<string, unknown>;

/** clientcmd api.Config: entries by name, each with the file it came from. */
export interface Kubeconfig {
  clusters: Map<string, ConfigEntry>;
  contexts: Map<string, ConfigEntry>;
  users: Map<string, ConfigEntry>;
  currentContext: string;
  preferences: ConfigEntry;
  /** Which file each entry came from: `clusters/lab` → `/root/.kube/config`. */
  origin: Map<string, string>;
}

/** A cluster, a user and a namespace, resolved from kubeconfig and flags: all that a connection needs. */
export interface ClusterConnection {
  readonly server: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName?: string;
  /** PEM text. */
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly impersonate?: Impersonation;
}

/** Whom to act as, by flags or by the kubeconfig's user. */
interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

export interface ResolvedConfig {
  readonly connection: ClusterConnection;
  readonly namespace: string;
  /** Whether --namespace named it. */
  readonly namespaceExplicit: boolean;
}

const SECTIONS = { clusters: 'cluster', contexts: 'context', users: 'user' } as const;
export type Section = keyof typeof SECTIONS;

export function emptyConfig(): Kubeconfig {
  return {
    clusters: new Map(),
    contexts: new Map(),
    users: new Map(),
    currentContext: '',
    preferences: {},
    origin: new Map(),
  };
}

function isRecord(value: unknown): value is ConfigEntry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the text of one kubeconfig file. Throws a KubectlError that names the file. */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const config = emptyConfig();
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new KubectlError(
      `error loading config file ${quote(file)}: yaml: ${(error as Error).message.split('\n')[0]!.replace(/:$/, '')}`,
    );
  }
  if (document === null || document === undefined) return config;
  if (!isRecord(document))
    throw new KubectlError(
      `error loading config file ${quote(file)}: couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  if (typeof document['current-context'] === 'string') config.currentContext = document['current-context'];
  if (isRecord(document.preferences)) config.preferences = document.preferences;
  for (const section of Object.keys(SECTIONS) as Section[]) {
    const list = document[section];
    if (!Array.isArray(list)) continue;
    for (const item of list as unknown[]) {
      if (!isRecord(item) || typeof item.name !== 'string') continue;
      const value = item[SECTIONS[section]];
      config[section].set(item.name, isRecord(value) ? value : {});
      config.origin.set(`${section}/${item.name}`, file);
    }
  }
  return config;
}

/** The files that are read, in the order in which they count, and which of them was named by --kubeconfig. */
export function kubeconfigFiles(env: KubectlEnvironment, flags: Flags): { files: string[]; explicit: boolean } {
  const named = flags.string('kubeconfig');
  if (named !== '') return { files: [resolvePath(env.cwd, named)], explicit: true };
  const variable = env.variables.KUBECONFIG ?? '';
  if (variable !== '')
    return {
      files: variable
        .split(':')
        .filter((file) => file !== '')
        .map((file) => resolvePath(env.cwd, file)),
      explicit: false,
    };
  return { files: [join(env.variables.HOME ?? '/root', '.kube/config')], explicit: false };
}

async function readIfThere(files: FileSystem, path: string): Promise<string | undefined> {
  try {
    return decodeUtf8(await files.read(path));
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Reads and merges the kubeconfig files: the first file that sets something wins. */
export async function loadKubeconfig(env: KubectlEnvironment, flags: Flags): Promise<Kubeconfig> {
  const { files, explicit } = kubeconfigFiles(env, flags);
  const merged = emptyConfig();
  for (const file of files) {
    const text = await readIfThere(env.files, file);
    if (text === undefined) {
      if (explicit) throw new KubectlError(`stat ${flags.string('kubeconfig')}: no such file or directory`);
      continue;
    }
    const config = parseKubeconfig(text, file);
    if (merged.currentContext === '') merged.currentContext = config.currentContext;
    for (const section of Object.keys(SECTIONS) as Section[]) {
      for (const [name, entry] of config[section]) {
        if (merged[section].has(name)) continue;
        merged[section].set(name, entry);
        merged.origin.set(`${section}/${name}`, file);
      }
    }
    if (Object.keys(merged.preferences).length === 0) merged.preferences = config.preferences;
  }
  return merged;
}

/** A config as the object that is written to files and printed by `config view`. */
export function configObject(config: Kubeconfig): Record<string, unknown> {
  const section = (name: Section): unknown[] | null =>
    config[name].size === 0
      ? null
      : [...config[name].keys()].sort().map((key) => ({ name: key, [SECTIONS[name]]: config[name].get(key) }));
  return {
    kind: 'Config',
    apiVersion: 'v1',
    preferences: config.preferences,
    clusters: section('clusters'),
    users: section('users'),
    contexts: section('contexts'),
    'current-context': config.currentContext,
  };
}

/** Writes one kubeconfig file (clientcmd.WriteToFile). */
export async function writeKubeconfig(env: KubectlEnvironment, file: string, config: Kubeconfig): Promise<void> {
  await env.files.write(file, stringifyYaml(configObject(config)));
}

/** Reads the one file that a change is written to; a file that does not exist is empty. */
export async function readKubeconfigFile(env: KubectlEnvironment, file: string): Promise<Kubeconfig> {
  const text = await readIfThere(env.files, file);
  return text === undefined ? emptyConfig() : parseKubeconfig(text, file);
}

function text(entry: ConfigEntry, key: string): string {
  const value = entry[key];
  return typeof value === 'string' ? value : '';
}

/** Data of a certificate or key: inline base64 (as PEM text), or the file beside the kubeconfig. */
async function material(
  env: KubectlEnvironment,
  entry: ConfigEntry,
  key: string,
  origin: string | undefined,
  decode: (base64: string) => string,
): Promise<string | undefined> {
  const inline = text(entry, `${key}-data`);
  if (inline !== '') return decode(inline);
  const file = text(entry, key);
  if (file === '') return undefined;
  const folder = origin === undefined ? env.cwd : origin.slice(0, origin.lastIndexOf('/')) || '/';
  try {
    return decodeUtf8(await env.files.read(resolvePath(folder, file)));
  } catch {
    throw new KubectlError(`unable to read ${key} ${file} for the connection: open ${file}: no such file or directory`);
  }
}

function checkTimeout(flags: Flags): void {
  const timeout = flags.string('request-timeout');
  if (timeout === '' || /^\d+$/.test(timeout) || /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(timeout)) return;
  throw new KubectlError(
    'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
  );
}

/** Which cluster, which user, which namespace (clientcmd's DirectClientConfig with its flag overrides). */
export async function resolveConfig(
  env: KubectlEnvironment,
  flags: Flags,
  decode: (base64: string) => string,
): Promise<ResolvedConfig> {
  checkTimeout(flags);
  const config = await loadKubeconfig(env, flags);
  const contextName = flags.string('context') || config.currentContext;
  if (contextName !== '' && !config.contexts.has(contextName)) {
    throw new ConfigurationError(`context was not found for specified context: ${contextName}`);
  }
  const context = config.contexts.get(contextName) ?? {};
  const clusterName = flags.string('cluster') || text(context, 'cluster');
  const userName = flags.string('user') || text(context, 'user');
  if (flags.string('cluster') !== '' && !config.clusters.has(clusterName))
    throw new KubectlError(`no server found for cluster ${quote(clusterName)}`);
  if (flags.string('user') !== '' && !config.users.has(userName))
    throw new KubectlError(`auth info ${quote(userName)} does not exist`);
  const cluster = config.clusters.get(clusterName) ?? {};
  const user = config.users.get(userName) ?? {};
  const named = flags.string('server') || text(cluster, 'server') || 'http://localhost:8080';
  const server = /^[a-z]+:\/\//.test(named) ? named : `http://${named}`;
  const clusterOrigin = config.origin.get(`clusters/${clusterName}`);
  const userOrigin = config.origin.get(`users/${userName}`);
  const impersonate = impersonation(flags, user, userName);
  const namespace = flags.string('namespace') || text(context, 'namespace') || 'default';
  const flagOr = (name: string, key: string) => flags.string(name) || text(user, key) || undefined;
  // A flag takes the place of both the file and the data of the kubeconfig.
  const file = (entry: ConfigEntry, key: string, origin: string | undefined) =>
    flags.string(key) === ''
      ? material(env, entry, key, origin, decode)
      : material(env, { [key]: flags.string(key) }, key, undefined, decode);
  return {
    namespace,
    namespaceExplicit: flags.string('namespace') !== '',
    connection: {
      server: server.replace(/\/+$/, ''),
      insecureSkipTlsVerify: flags.bool('insecure-skip-tls-verify') || cluster['insecure-skip-tls-verify'] === true,
      tlsServerName: flags.string('tls-server-name') || text(cluster, 'tls-server-name') || undefined,
      certificateAuthority: await file(cluster, 'certificate-authority', clusterOrigin),
      clientCertificate: await file(user, 'client-certificate', userOrigin),
      clientKey: await file(user, 'client-key', userOrigin),
      token: flagOr('token', 'token'),
      username: flagOr('username', 'username'),
      password: flagOr('password', 'password'),
      ...(impersonate === undefined ? {} : { impersonate }),
    },
  };
}

/** What `--as` and its like say, and what of it they leave to `as`, `as-uid`, `as-groups` and `as-user-extra` of the kubeconfig's user. */
function impersonation(flags: Flags, config: ConfigEntry, userName: string): Impersonation | undefined {
  const strings = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const user = flags.string('as') || text(config, 'as');
  const uid = flags.string('as-uid') || text(config, 'as-uid') || undefined;
  const given = flags.list('as-group');
  const groups = given.length > 0 ? given : strings(config['as-groups']);
  const said = (config['as-user-extra'] ?? {}) as Record<string, unknown>;
  const extra = new Map(Object.keys(said).map((key) => [key, strings(said[key])] as const));
  if (user !== '') return { user, uid, groups, extra };
  if (groups.length > 0 || uid !== undefined || extra.size > 0)
    throw new KubectlError(`requesting uid, groups or user-extra for ${userName} without impersonating a user`);
  return undefined;
}
