/** Our kubectl as a program of this machine, for comparing it with the real one. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { FileError, type FileSystem, type KubectlEnvironment } from '../../sim-core/kubectl/environment.ts';
import { runKubectl } from '../../sim-core/kubectl/main.ts';
import { HttpClient } from './http-client.ts';

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const known = ['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES', 'EEXIST'] as const;
    throw new FileError(known.find((name) => name === code) ?? 'EIO', file);
  }
}

const files: FileSystem = {
  read: async (file) => attempt(file, () => new Uint8Array(readFileSync(file))),
  write: async (file, data) =>
    attempt(file, () => {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, data);
    }),
  list: async (folder) => attempt(folder, () => readdirSync(folder).sort()),
  stat: async (file) =>
    attempt(file, () => {
      const stat = statSync(file);
      return { kind: stat.isDirectory() ? 'directory' : 'file', size: stat.size };
    }),
  remove: async (file) => attempt(file, () => rmSync(file, { recursive: true })),
  mkdtemp: async (prefix) => mkdtempSync(`/tmp/${prefix}`),
};

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

const environment: KubectlEnvironment = {
  connect: (connection) => new HttpClient(connection),
  files,
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
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1));
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new Error('aborted'));
      });
    }),
  signal: interrupt.signal,
  edit: async (file, editor) => spawnSync('/bin/sh', ['-c', `${editor} ${file}`], { stdio: 'inherit' }).status ?? 1,
  random: () => randomInt(2 ** 30) / 2 ** 30,
};

process.exit(await runKubectl(process.argv.slice(2), environment));
