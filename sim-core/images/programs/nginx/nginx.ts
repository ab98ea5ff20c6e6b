import { type Coroutine, deferred, suspend } from '../../../engine/index.ts';
import type { Process, Program } from '../../process.ts';
import { NginxConfigError } from './config.ts';
import { logTime } from './error-log.ts';
import { type ConfigSource, checkedConfig, loadConfig } from './load-config.ts';
import { serve } from './master.ts';

const CONFIG_FILE = '/etc/nginx/nginx.conf';

/** The command `nginx`. */
export function nginx(version: string): Program {
  return (process) =>
    deferred(() => {
      const options = readOptions(process.argv);
      if (typeof options === 'string' || options.version || options.signal !== undefined || options.test)
        return once(process, version, options);
      return goesToBackground(process, options) ? daemon(process, version, options) : serve(process, version, options);
    });
}

/** Where the configuration cannot be read, it stays and says why. */
function goesToBackground(process: Process, source: ConfigSource): boolean {
  try {
    return loadConfig(process, source).daemon;
  } catch (error) {
    if (!(error instanceof NginxConfigError)) throw error;
    return false;
  }
}

/** The command ends as soon as the master listens. A container whose first process it was ends with it. */
function daemon(process: Process, version: string, source: ConfigSource): Coroutine<number> {
  const { argv } = process;
  return suspend<number>((resume) => {
    const program = (own: Process) => serve(own, version, source, () => resume(0));
    process.spawn({ argv, background: true, program }).onEnd(({ code }) => resume(code));
    return undefined;
  });
}

/** What it does when it is not to serve. */
function* once(process: Process, version: string, options: Options | string): Coroutine<number> {
  if (typeof options === 'string') {
    process.stderr.write(`nginx: ${options}\n`);
    return 1;
  }
  if (options.version) {
    process.stderr.write(`nginx version: nginx/${version}\n`);
    return 0;
  }
  if (options.signal !== undefined) return signalMaster(process, options.signal);
  const { file } = options;
  if ((yield* checkedConfig(process, options)) === undefined) {
    process.stderr.write(`nginx: configuration file ${file} test failed\n`);
    return 1;
  }
  process.stderr.write(
    `nginx: the configuration file ${file} syntax is ok\nnginx: configuration file ${file} test is successful\n`,
  );
  return 0;
}

interface Options {
  file: string;
  directives: string;
  test?: boolean;
  version?: boolean;
  signal?: string;
}

function readOptions(argv: readonly string[]): Options | string {
  const options: Options = { file: CONFIG_FILE, directives: '' };
  for (let index = 1; index < argv.length; index++) {
    const arg = argv[index]!;
    if (arg === '-g') options.directives = argv[++index] ?? '';
    else if (arg === '-c') options.file = argv[++index] ?? '';
    else if (arg === '-t' || arg === '-T') options.test = true;
    else if (arg === '-v' || arg === '-V') options.version = true;
    else if (arg === '-s') options.signal = argv[++index] ?? '';
    else if (arg.startsWith('-')) return `invalid option: "${arg.slice(1)}"`;
    else return `invalid option: "${arg}"`;
  }
  return options;
}

function signalMaster(process: Process, name: string): number {
  const signals = { stop: 'SIGTERM', quit: 'SIGQUIT', reload: 'SIGHUP', reopen: 'SIGUSR1' } as const;
  if (!Object.hasOwn(signals, name)) {
    process.stderr.write(`nginx: invalid option: "-s ${name}"\n`);
    return 1;
  }
  const master = process
    .processes()
    .find((other) => other.pid !== process.pid && /nginx$|^nginx: master/.test(other.argv[0] ?? ''));
  if (master === undefined) {
    process.stderr.write('nginx: [error] open() "/var/run/nginx.pid" failed (2: No such file or directory)\n');
    return 1;
  }
  process.kill(master.pid, signals[name as keyof typeof signals]);
  process.stderr.write(`${logTime(process.now())} [notice] ${process.pid}#${process.pid}: signal process started\n`);
  return 0;
}
