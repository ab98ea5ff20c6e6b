import { type SpawnOptions, spawn } from 'node:child_process';
import type { LineProcess } from './process-port.ts';

/** A program of this machine. */
export function nodeProcess(command: string, args: readonly string[], options: SpawnOptions = {}): LineProcess {
  const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  // Who has ended reads no more: `exit` tells of it.
  stdin?.on('error', () => {});
  return {
    write: (text) => void stdin?.write(text),
    onOutput(listener) {
      for (const stream of [stdout, stderr]) {
        stream?.setEncoding('utf8');
        stream?.on('data', listener);
      }
    },
    onExit(listener) {
      child.on('error', (error) => listener(error.message));
      child.on('close', (code, signal) => listener(code ?? signal ?? 1));
    },
    kill: () => void child.kill(),
  };
}
