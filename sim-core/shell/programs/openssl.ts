import type { Coroutine } from '../../engine/index.ts';
import { FileError, type Program } from '../../images/process.ts';
import { Tool } from '../../images/shell/applets/tool.ts';
import type { LearnerComputer } from '../computer.ts';

/** `openssl` on the learner's computer: its code is loaded with its first use. */
export function opensslProgram(computer: LearnerComputer): Program {
  return function* run(process): Coroutine<number> {
    const tool = new Tool(process);
    const disk = <T>(name: string, use: (path: string) => T): T => {
      try {
        return use(tool.path(name));
      } catch (error) {
        if (error instanceof FileError) throw new Error(`Can't open "${name}": ${error.message}`);
        throw error;
      }
    };
    const stdin = process.argv.includes('-in') || computer.isTerminal(process.stdin) ? '' : yield* tool.input();
    return yield* computer.pump.wait(async () => {
      const { openssl } = await import('../openssl/openssl.ts');
      return openssl(tool.args, {
        read: (name) => disk(name, (path) => (name === '/dev/stdin' ? stdin : process.files.read(path))),
        write: (name, text) => disk(name, (path) => process.files.write(path, text)),
        input: async () => stdin,
        now: () => computer.host.now() * 1000,
        crypto: computer.host.crypto,
        out: (text) => process.stdout.write(text),
        complain: (text) => process.stderr.write(text),
      });
    });
  };
}
