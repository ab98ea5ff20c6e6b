import { byteString, bytesOfString } from '../../api/byte-string.ts';
import { decodeUtf8 } from '../../api/utf8.ts';
import { EXIT_CODE_CHANNEL, machinePath } from '../../cluster/machine-access.ts';
import type { Coroutine } from '../../engine/index.ts';
import type { Process, Program } from '../../images/process.ts';
import type { LearnerComputer } from '../computer.ts';
import { Abandoned } from '../pump.ts';
import { KeyReader } from './key-reader.ts';

/** Where the learner's computer stands in the simulated network. */
export const LEARNER_MACHINE = 'learner';

interface RemoteCommand {
  readonly machine: string;
  /** Nothing: a login shell. */
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** Runs a command on a machine of the simulated network, through the host's door: it is in the cluster's log. Answers its exit code. */
export function* runRemote(computer: LearnerComputer, process: Process, remote: RemoteCommand): Coroutine<number> {
  const abort = new AbortController();
  const keys = new KeyReader(computer, process);
  if (remote.tty) keys.setRaw(true);
  else process.onSignal('SIGINT', () => abort.abort(new Abandoned('interrupted')));
  try {
    return yield* computer.pump.wait((signal) => converse(computer, process, remote, keys, [abort.signal, signal]));
  } finally {
    keys.close();
    abort.abort(new Abandoned('abandoned'));
  }
}

function converse(
  computer: LearnerComputer,
  process: Process,
  { machine, command, tty, stdin }: RemoteCommand,
  keys: KeyReader,
  signals: readonly AbortSignal[],
): Promise<number> {
  const found = computer.host.client();
  if (found === undefined) throw new Error('the cluster is not running');
  return new Promise((resolve) => {
    let failure = '';
    let code: number | undefined;
    let stopResize = () => {};
    const write = (target: Process['stdout'], data: string) => {
      target.write(decodeUtf8(bytesOfString(data)));
      computer.pump.poke();
    };
    const stream = found.rest.stream(
      { method: 'POST', path: machinePath(machine, { command, tty, stdin }) },
      {
        head: ({ status, body }) => {
          if (status < 300) return;
          failure = String(body);
          code = 255;
        },
        chunk: (chunk) => {
          if (chunk.kind !== 'data') return;
          if (chunk.channel === 1) write(process.stdout, chunk.data);
          else if (chunk.channel === 2) write(process.stderr, chunk.data);
          else if (chunk.channel === EXIT_CODE_CHANNEL) code = Number(chunk.data);
        },
        end: () => {
          if (failure !== '') process.stderr.write(`${failure}\n`);
          stopResize();
          resolve(code ?? 0);
        },
      },
    );
    const resize = ({ columns, rows }: { columns: number; rows: number }) =>
      stream.send(4, JSON.stringify({ Width: columns, Height: rows }));
    if (tty) {
      stopResize = computer.onResize(resize);
      resize(computer.terminalSize());
    }
    for (const signal of signals) {
      signal.addEventListener('abort', () => {
        stream.close();
        stopResize();
        resolve(130);
      });
    }
    if (stdin) void send(stream, keys, signals[0]!);
  });
}

async function send(
  stream: { send(channel: number, data: string): void; closeInput(): void },
  keys: KeyReader,
  signal: AbortSignal,
): Promise<void> {
  for (let bytes = await keys.read(signal); bytes !== undefined; bytes = await keys.read(signal))
    stream.send(0, byteString(bytes));
  stream.closeInput();
}

/** A network tool that runs where the learner's computer stands in the simulated network. */
export function networkTool(computer: LearnerComputer): Program {
  return (process) =>
    runRemote(computer, process, {
      machine: LEARNER_MACHINE,
      command: process.argv,
      tty: false,
      stdin: !computer.isTerminal(process.stdin),
    });
}

/** `ssh worker-1 [command]`: a shell on a node. */
export function sshProgram(computer: LearnerComputer): Program {
  return function* ssh(process) {
    const words = process.argv.slice(1);
    let force = false;
    while (words[0]?.startsWith('-') === true) {
      const option = words.shift()!;
      if (option === '-t' || option === '-tt') force = true;
      else if (/^-[oilp]$/.test(option)) words.shift();
    }
    const [target, ...command] = words;
    if (target === undefined) {
      process.stderr.write('usage: ssh [-t] [user@]node [command]\n');
      return 255;
    }
    const machine = target.slice(target.indexOf('@') + 1);
    const atTerminal = computer.isTerminal(process.stdin) && computer.isTerminal(process.stdout);
    const tty = atTerminal && (command.length === 0 || force);
    const code = yield* runRemote(computer, process, {
      machine,
      command: command.length === 0 ? [] : ['bash', '-c', command.join(' ')],
      tty,
      stdin: tty || !computer.isTerminal(process.stdin),
    });
    if (tty) process.stderr.write(`Connection to ${machine} closed.\n`);
    return code;
  };
}
