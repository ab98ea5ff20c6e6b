import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  FileError,
  type FileSystem,
  type HostPorts,
  type KubectlEnvironment,
  type OutputStream,
} from '../../kubectl/environment.ts';
import { NodeRestClient } from './node-rest-client.ts';

const CODES: ReadonlySet<string> = new Set(['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES', 'EEXIST']);

/** Runs a file operation; what fails becomes a FileError. */
async function attempt<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new FileError(CODES.has(code) ? (code as FileError['code']) : 'EIO', file);
  }
}

const files: FileSystem = {
  read: (file) => attempt(file, () => readFile(file)),
  write: (file, data) =>
    attempt(file, async () => {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, data);
    }),
  list: (folder) => attempt(folder, async () => (await readdir(folder)).sort()),
  stat: (file) =>
    attempt(file, async () => {
      const found = await stat(file);
      return { kind: found.isDirectory() ? 'directory' : 'file', size: found.size };
    }),
  remove: (file) => attempt(file, () => rm(file, { recursive: true })),
  mkdtemp: (prefix) => attempt(prefix, () => mkdtemp(path.join(tmpdir(), prefix))),
};

const hostPorts: HostPorts = {
  listen: (address, port, accept, signal) =>
    new Promise((resolve, reject) => {
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy());
        accept({
          onData: (listener) => socket.on('data', listener),
          onEnd: (listener) => socket.on('end', listener),
          write: (bytes) => socket.write(bytes),
          end: () => socket.end(),
        });
      });
      server.once('error', reject);
      signal?.addEventListener('abort', () => server.close());
      server.listen(port, address, () => {
        const bound = server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
      });
    }),
};

function output(stream: NodeJS.WriteStream): OutputStream {
  return { isTerminal: stream.isTTY === true, write: (data) => void stream.write(data) };
}

/** What kubectl takes from the machine, when it runs as a Node program. `close` lets the program end. */
export function nodeEnvironment(signal?: AbortSignal): KubectlEnvironment & { close(): void } {
  const clients: NodeRestClient[] = [];
  const input = process.stdin[Symbol.asyncIterator]();
  const { stdin, stdout } = process;
  // The reader has gone: `… | head -1`. As with SIGPIPE, that is the end.
  for (const stream of [stdout, process.stderr])
    stream.once('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1));
  return {
    connect(connection) {
      const client = new NodeRestClient(connection);
      clients.push(client);
      return client;
    },
    files,
    stdin: {
      isTerminal: stdin.isTTY === true,
      async read() {
        const { value, done } = (await input.next()) as IteratorResult<Buffer>;
        return done === true ? undefined : value;
      },
    },
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    variables: process.env,
    cwd: process.cwd(),
    now: () => Date.now(),
    sleep: (milliseconds, aborted) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        aborted?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    ...(signal === undefined ? {} : { signal }),
    edit: (file, editor) =>
      new Promise((resolve, reject) => {
        const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'editor', file], { stdio: 'inherit' });
        child.on('error', reject);
        child.on('exit', (code) => resolve(code ?? 1));
      }),
    terminal: {
      size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
      onResize(listener) {
        const heard = () => listener({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 });
        stdout.on('resize', heard);
        return () => stdout.off('resize', heard);
      },
    },
    hostPorts,
    random: () => Math.random(),
    close() {
      for (const client of clients) client.close();
      stdin.destroy();
    },
  };
}
