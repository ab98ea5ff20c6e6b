import { Task } from '../../engine/index.ts';
import { FileError, type Process, type Program, type Signal } from '../../images/process.ts';
import type { ProcessStack } from '../stack.ts';

/** A process just real enough for daemons: arguments, files, output, signals, network. */
export class TestProcess {
  readonly files: Map<string, string>;
  output = '';
  code: number | undefined;
  private readonly handlers = new Map<Signal, () => void>();

  constructor(program: Program, stack: ProcessStack, argv: readonly string[], files: Record<string, string> = {}) {
    this.files = new Map(Object.entries(files));
    const { engine } = stack.namespace.fabric;
    const write = (text: string) => {
      this.output += text;
    };
    const own = stack.forProcess();
    const process = {
      pid: 1,
      user: 0,
      argv,
      env: {},
      network: own,
      machine: { architecture: 'amd64' },
      stdout: { write },
      stderr: { write },
      files: {
        read: (path: string) => {
          const content = this.files.get(path);
          if (content === undefined) throw new FileError('ENOENT', `${path}: No such file or directory`);
          return content;
        },
      },
      now: () => engine.now,
      processes: () => [],
      use: () => {},
      onSignal: (signal: Signal, handler: () => void) => this.handlers.set(signal, handler),
    };
    new Task(engine, program(process as unknown as Process), (outcome) => {
      this.code = outcome.status === 'returned' ? outcome.value : 255;
      own.release();
      if (outcome.status === 'threw') throw outcome.error;
    });
  }

  signal(signal: Signal): void {
    this.handlers.get(signal)?.();
  }
}
