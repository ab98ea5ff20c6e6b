import { FileError, type Process } from '../../images/process.ts';
import { COMPONENT_FLAGS } from '../component-flags.ts';
import { logEtcd } from '../component-logs.ts';

/** How etcd is used, which follows whatever is wrong with its flags. */
const USAGE = `Usage:

  etcd [flags]
    Start an etcd server.

  etcd --version
    Show the version of etcd.

  etcd -h | --help
    Show the help information about etcd.

  etcd --config-file
    Path to the server configuration file. Note that if a configuration file is provided, other command line flags and environment variables will be ignored.

  etcd gateway
    Run the stateless pass-through etcd TCP connection forwarding proxy.

  etcd grpc-proxy
    Run the stateless etcd v3 gRPC L7 reverse proxy.

`;

const URLS = new Set([
  'advertise-client-urls',
  'initial-advertise-peer-urls',
  'listen-client-urls',
  'listen-metrics-urls',
  'listen-peer-urls',
]);

/** Files that etcd reads when it starts. */
const FILES = ['cert-file', 'key-file', 'trusted-ca-file', 'peer-cert-file', 'peer-key-file', 'peer-trusted-ca-file'];

const TRUTH = /^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/;

/**
 * Why etcd does not start with its command line, in its log; the answer is its exit code (2 for flags, as Go's own flag package has it), undefined
 * if it starts.
 */
export function refusalOfEtcd(process: Process): number | undefined {
  const given = new Map<string, string>();
  const words = process.argv.slice(1);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (!word.startsWith('-') || word === '-') {
      logEtcd(
        process,
        'etcdmain/etcd.go:75',
        'failed to verify flags',
        { error: `"${word}" is not a valid flag` },
        'warn',
      );
      return 1;
    }
    const wrong = wrongFlag(word, name, value, words[index + 1]);
    if (wrong !== undefined) {
      process.stderr.write(`${wrong}\n${USAGE}`);
      return 2;
    }
    if (value !== undefined || typeOf(name) === 'bool') given.set(name, value ?? 'true');
    else given.set(name, words[++index]!);
  }
  const { files } = process;
  for (const flag of FILES) {
    const path = given.get(flag);
    if (path === undefined) continue;
    try {
      files.read(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      logEtcd(process, 'etcdmain/etcd.go:73', 'Running: ', { args: process.argv });
      const why = `open ${path}: ${error.message.toLowerCase()}`;
      logEtcd(process, 'etcdmain/etcd.go:204', 'discovery failed', { error: why }, 'fatal');
      return 1;
    }
  }
  return undefined;
}

/** The type of a flag; undefined, if etcd has none of that name. Experimental ones are many, and taken as they come. */
function typeOf(name: string): string | undefined {
  if (name.startsWith('experimental-')) return 'string';
  return COMPONENT_FLAGS.etcd!.find((spec) => spec.name === name)?.type;
}

/** What Go's flag package says of a flag and its value, which may be the next word. */
function wrongFlag(
  word: string,
  name: string,
  value: string | undefined,
  next: string | undefined,
): string | undefined {
  if (name === '' || name.startsWith('-')) return `bad flag syntax: ${word}`;
  const type = typeOf(name);
  if (type === undefined) return `flag provided but not defined: -${name}`;
  if (type === 'bool')
    return value === undefined || TRUTH.test(value)
      ? undefined
      : `invalid boolean value ${JSON.stringify(value)} for -${name}: parse error`;
  const text = value ?? next;
  if (text === undefined) return `flag needs an argument: -${name}`;
  const why = type === 'int' && !/^\d+$/.test(text) ? 'parse error' : URLS.has(name) ? wrongUrl(text) : undefined;
  return why && `invalid value ${JSON.stringify(text)} for flag -${name}: ${why}`;
}

/** types.NewURLs, of a list with commas. */
function wrongUrl(text: string): string | undefined {
  for (const url of text.split(',')) {
    const [, scheme, host = '', path = ''] = /^(\w+):\/\/([^/]*)(.*)$/.exec(url) ?? [];
    if (scheme === undefined || !/^(http|https|unix|unixs)$/.test(scheme))
      return `URL scheme must be http, https, unix, or unixs: ${url}`;
    if (scheme.startsWith('unix')) continue;
    if (!/:\d+$/.test(host)) return `URL address does not have the form "host:port": ${url}`;
    if (path !== '') return `URL must not contain a path: ${url}`;
  }
  return undefined;
}
