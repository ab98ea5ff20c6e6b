import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  FileError,
  type FileSystem,
  type InputStream,
  type KubectlEnvironment,
  type OutputStream,
} from '../../sim-core/kubectl/environment.ts';
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

/** What differs between two runs of kubectl on this machine. */
export interface Surroundings {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly cache?: Map<string, unknown>;
  /** Hears of each connection, so that it can be closed. */
  readonly opened?: (client: HttpClient) => void;
}

/** Our kubectl's environment on this machine: its files, its clock, a served cluster. */
export function nodeEnvironment({ opened, ...surroundings }: Surroundings): KubectlEnvironment {
  const { cwd, variables } = surroundings;
  return {
    ...surroundings,
    connect(connection) {
      const client = new HttpClient(connection);
      opened?.(client);
      return client;
    },
    files,
    now: () => Date.now(),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1));
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(new Error('aborted'));
        });
      }),
    edit: (file, editor) =>
      new Promise((resolve) => {
        const child = spawn('/bin/sh', ['-c', `${editor} ${file}`], {
          stdio: ['ignore', 'ignore', 'ignore'],
          cwd,
          env: variables,
        });
        child.on('error', () => resolve(1));
        child.on('close', (code) => resolve(code ?? 1));
      }),
    random: () => randomInt(2 ** 30) / 2 ** 30,
  };
}
