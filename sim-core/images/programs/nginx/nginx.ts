import { type Coroutine, deferred, MILLISECOND, sleep } from '../../../engine/index.ts';
import type { Process, Program } from '../../process.ts';
import { logTime } from './error-log.ts';
import { checkedConfig } from './load-config.ts';
import { serve } from './master.ts';

const CONFIG_FILE = '/etc/nginx/nginx.conf';

/** The command `nginx`. */
export function nginx(version: string): Program {
  return (process) =>
    deferred(() => {
      const options = readOptions(process.argv);
      if (typeof options === 'string' || options.version || options.signal !== undefined || options.test)
        return once(process, version, options);
      const file = options.config ?? CONFIG_FILE;
      const stays = DAEMON_OFF.test(options.directives ?? '') || DAEMON_OFF.test(textOf(process, file));
      return stays ? serve(process, version, file) : daemon(process, version, file);
    });
}

/** `daemon off;`, not behind a comment sign. */
const DAEMON_OFF = /^[^#\n]*\bdaemon\s+off\s*;/m;

function textOf({ files }: Process, file: string): string {
  return files.stat(file)?.kind === 'file' ? files.read(file) : '';
}

/** Goes on in the background: the command ends as soon as the master listens. A container whose first process it was ends with it. */
function* daemon(process: Process, version: string, file: string): Coroutine<number> {
  const { argv } = process;
  const master = process.spawn({ argv, background: true, program: (own) => serve(own, version, file) });
  const listens = () =>
    process.processes().some(({ pid, argv: [name = ''] }) => pid === master.pid && name.startsWith('nginx: master'));
  while (master.status === undefined && !listens()) yield* sleep(MILLISECOND);
  return master.status?.code ?? 0;
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
  const file = options.config ?? CONFIG_FILE;
  if ((yield* checkedConfig(process, file)) === undefined) {
    process.stderr.write(`nginx: configuration file ${file} test failed\n`);
    return 1;
  }
  process.stderr.write(
    `nginx: the configuration file ${file} syntax is ok\nnginx: configuration file ${file} test is successful\n`,
  );
  return 0;
}

interface Options {
  config?: string;
  /** What -g says, before the file. */
  directives?: string;
  test?: boolean;
  version?: boolean;
  signal?: string;
}

function readOptions(argv: readonly string[]): Options | string {
  const options: Options = {};
  for (let index = 1; index < argv.length; index++) {
    const arg = argv[index]!;
    if (arg === '-g') options.directives = argv[++index] ?? '';
    else if (arg === '-c') options.config = argv[++index] ?? '';
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
