import type { Coroutine } from '../../../engine/index.ts';
import { absolutePath } from '../../absolute-path.ts';
import { FileError, NetworkError, type Process } from '../../process.ts';
import { type NginxConfig, NginxConfigError, parseCommandLine, parseDirectives, readConfig } from './config.ts';
import { ERRNO, logTime } from './error-log.ts';

const parsed = new Map<string, NginxConfig>();
const MAX_PARSED = 64;

/** Where a configuration comes from: a file, and what the command line says before it (-g). */
export interface ConfigSource {
  readonly file: string;
  readonly directives: string;
}

/** The configuration, found good; `undefined`: it says what is wrong with it. */
export function* checkedConfig(process: Process, source: ConfigSource): Coroutine<NginxConfig | undefined> {
  try {
    const config = loadConfig(process, source);
    yield* checkUpstreams(process, config);
    return config;
  } catch (error) {
    if (!(error instanceof NginxConfigError)) throw error;
    const { message } = error;
    const { pid } = process;
    process.stderr.write(`${logTime(process.now())} [emerg] ${pid}#${pid}: ${message}\nnginx: [emerg] ${message}\n`);
    return undefined;
  }
}

/** Reads the configuration with all it includes. The same text is parsed once. Throws `NginxConfigError`. */
export function loadConfig(process: Process, { file, directives }: ConfigSource): NginxConfig {
  const { files } = process;
  const read = (path: string, from: string | undefined): string => {
    try {
      return files.read(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const where = from === undefined ? '' : ` in ${from}`;
      throw new NginxConfigError(`open() "${path}" failed (${ERRNO[error.code] ?? error.message})${where}`);
    }
  };
  const include = (pattern: string): { file: string; text: string }[] => {
    const path = absolutePath('/etc/nginx', pattern);
    if (!path.includes('*')) return [{ file: path, text: read(path, file) }];
    const slash = path.lastIndexOf('/');
    const directory = path.slice(0, slash);
    const [before = '', after = ''] = path.slice(slash + 1).split('*');
    if (files.stat(directory)?.kind !== 'directory') return [];
    return files
      .list(directory)
      .filter((name) => name.startsWith(before) && name.endsWith(after) && !name.startsWith('.'))
      .map((name) => ({ file: `${directory}/${name}`, text: read(`${directory}/${name}`, file) }));
  };
  const main = read(file, undefined);
  const key = [directives, main, ...include('conf.d/*.conf').map((other) => `${other.file}\n${other.text}`)].join('\0');
  const reusable = main.match(/^\s*include\s/gm)?.length === 2 && main.includes('include /etc/nginx/conf.d/*.conf;');
  const known = reusable ? parsed.get(key) : undefined;
  if (known !== undefined) return known;
  const config = readConfig([...parseCommandLine(directives), ...parseDirectives(file, main, include)]);
  if (reusable) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(key, config);
  }
  return config;
}

/** nginx looks its upstreams' names up once, as it starts, and will not start without. */
export function* checkUpstreams(process: Process, config: NginxConfig): Coroutine {
  const hosts = new Set<string>();
  for (const members of config.upstreams.values()) for (const { host } of members) hosts.add(host);
  for (const server of config.servers) {
    for (const { proxy } of server.locations) {
      if (proxy !== undefined && !config.upstreams.has(proxy.host) && !proxy.host.includes('$')) hosts.add(proxy.host);
    }
  }
  for (const host of hosts) {
    try {
      yield* process.network.resolve(host);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw new NginxConfigError(`host not found in upstream "${host}"`);
    }
  }
}
