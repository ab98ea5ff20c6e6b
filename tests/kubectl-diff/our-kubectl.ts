/** Our kubectl as a program of this machine, for command lines that need a shell. */
import { writeSync } from 'node:fs';
import { runKubectl } from '../../sim-core/kubectl/main.ts';
import { nodeEnvironment } from './node-environment.ts';

function output(fd: number): { isTerminal: boolean; write(data: string | Uint8Array): void } {
  return {
    isTerminal: false,
    write(data) {
      for (let left = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data); left.length > 0; ) {
        try {
          left = left.subarray(writeSync(fd, left));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(1);
        }
      }
    },
  };
}

const parts = process.stdin[Symbol.asyncIterator]();
const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort());
process.on('SIGTERM', () => process.exit(143));

const environment = nodeEnvironment({
  stdin: {
    isTerminal: false,
    async read() {
      const { done, value } = await parts.next();
      return done === true ? undefined : new Uint8Array(value as Buffer);
    },
  },
  stdout: output(1),
  stderr: output(2),
  variables: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
});

process.exit(await runKubectl(process.argv.slice(2), environment));
