/** A container that is a folder and processes of this machine: everything that a real one is asked goes the same way, only its boot is another. */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Container, ContainerProcess, FileTree } from '../container.ts';

/** What this machine has in the place of the container's programs. */
const PROGRAMS: Readonly<Record<string, string>> = { node: process.execPath, jsh: '/bin/sh' };

export interface LocalContainer extends Container {
  /** What was started here, oldest first. */
  readonly started: readonly { readonly command: string; readonly process: ContainerProcess }[];
  /** Ends what runs, and removes the folder. */
  close(): Promise<void>;
}

export async function bootLocalContainer(): Promise<LocalContainer> {
  const workdir = await mkdtemp(path.join(tmpdir(), 'jotasu-container-'));
  const inside = (name: string) => path.join(workdir, name);
  const started: { command: string; process: ContainerProcess }[] = [];
  return {
    workdir,
    started,
    path: `${path.dirname(process.execPath)}:/usr/bin:/bin`,
    fs: {
      readFile: async (name) => new Uint8Array(await readFile(inside(name))),
      writeFile: (name, data) => writeFile(inside(name), data),
      readdir: (name, options) => readdir(inside(name), options),
      mkdir: (name, options) => mkdir(inside(name), options),
      rm: (name, options) => rm(inside(name), options),
      watch: (name, options, listener) => watch(inside(name), options, listener).on('error', () => {}),
    },
    mount: (tree) => writeTree(workdir, tree),
    async spawn(command, args, options = {}) {
      const process = start(PROGRAMS[command] ?? command, args, workdir, options.env ?? {});
      started.push({ command, process });
      return process;
    },
    async close() {
      const ends = started.map(({ process }) => {
        process.kill();
        return process.exit;
      });
      await Promise.all(ends);
      await rm(workdir, { recursive: true, force: true });
    },
  };
}

async function writeTree(folder: string, tree: FileTree): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, entry] of Object.entries(tree)) {
    const place = path.join(folder, name);
    if ('directory' in entry) await writeTree(place, entry.directory);
    else await writeFile(place, entry.file.contents);
  }
}

function start(command: string, args: string[], cwd: string, env: Record<string, string>): ContainerProcess {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' });
  child.stdin.on('error', () => {});
  const exit = new Promise<number>((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
  const output = new ReadableStream<string>({
    start(controller) {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8');
        stream.on('data', (text: string) => controller.enqueue(text));
      }
      child.on('error', (error) => controller.enqueue(`${error.message}\n`));
      void exit.then(() => controller.close());
    },
  });
  return {
    exit,
    output,
    input: new WritableStream({ write: (text) => void child.stdin.write(text) }),
    kill: () => void child.kill(),
    resize() {},
  };
}
