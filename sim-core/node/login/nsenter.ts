import { FileError, type Process, type Program } from '../../images/process.ts';
import type { NodeMachine } from '../node.ts';
import { ContainerProcess, type ProcessHost, resolveProgram } from '../runtime/process-table.ts';

const KINDS: Readonly<Record<string, string>> = {
  n: 'net',
  m: 'mount',
  p: 'pid',
  u: 'uts',
  i: 'ipc',
  C: 'cgroup',
  a: 'all',
};

interface Wish {
  readonly target: number;
  readonly kinds: ReadonlySet<string>;
  readonly command: readonly string[];
}

/** What the command line asks for, or what is wrong with it. */
function read(args: readonly string[]): Wish | string {
  const kinds = new Set<string>();
  let target: number | undefined;
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index]!;
    if (!word.startsWith('-')) break;
    if (word === '--') {
      index++;
      break;
    }
    const [, long, value] = /^--([a-z]+)(?:=(.*))?$/.exec(word) ?? [];
    if (word === '-t' || long === 'target') target = Number(value ?? args[++index]);
    else if (long !== undefined && Object.values(KINDS).includes(long)) kinds.add(long);
    else if (/^-[nmpuiCa]+$/.test(word)) for (const letter of word.slice(1)) kinds.add(KINDS[letter]!);
    else return `unrecognized option '${word}'`;
  }
  if (target === undefined || !Number.isInteger(target))
    return 'no target PID specified for --all or --net: use -t PID';
  const command = args.slice(index);
  return { target, kinds, command: command.length === 0 ? ['sh'] : command };
}

/**
 * `nsenter -t PID -n …`: runs a program of the machine in namespaces of a container: its network with `-n`, its files with `-m`, its processes
 * with `-p`. The PID is the machine's, as `crictl inspect` and `ps` tell it.
 */
export function nsenter(node: NodeMachine, login: () => ProcessHost): Program {
  return function* run(process) {
    const wish = read(process.argv.slice(1));
    const fail = (text: string) => {
      process.stderr.write(`nsenter: ${text}\n`);
      return 1;
    };
    if (typeof wish === 'string') return fail(wish);
    const { nodeNamespace } = node.runtime;
    const container = node.runtime
      .all()
      .find(
        ({ running, namespace }) =>
          running && namespace.processes.some((one) => nodeNamespace.pidOf(one) === wish.target),
      );
    if (container === undefined && nodeNamespace.find(wish.target) === undefined)
      return fail(`cannot open /proc/${wish.target}/ns/net: No such file or directory`);
    const own = login();
    const enters = (kind: string) => container !== undefined && (wish.kinds.has(kind) || wish.kinds.has('all'));
    const host: ProcessHost = {
      engine: own.engine,
      files: enters('mount') ? container!.files : own.files,
      network: enters('net') ? container!.network : own.network,
      namespace: enters('pid') ? container!.namespace : own.namespace,
      cgroup: own.cgroup,
      random: own.random,
      user: own.user,
      group: own.group,
      machine: own.machine,
    };
    return yield* runIn(host, process, wish.command, fail);
  };
}

function* runIn(
  host: ProcessHost,
  process: Process,
  argv: readonly string[],
  fail: (text: string) => number,
): ReturnType<Program> {
  const { env, stdin, stdout, stderr } = process;
  let resolved: ReturnType<typeof resolveProgram>;
  try {
    resolved = resolveProgram(host.files, argv, env.PATH, '/');
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return fail(`failed to execute ${argv[0]}: ${error.message}`);
  }
  const terminal = process.terminal ? { ...process.terminalSize } : undefined;
  const child = new ContainerProcess(host, {
    ...resolved,
    env,
    cwd: '/',
    stdin,
    stdout,
    stderr,
    parent: process.pid,
    terminal,
  });
  try {
    const status = yield* child.wait();
    return status.code;
  } finally {
    child.signal('SIGKILL', 'outside');
  }
}
