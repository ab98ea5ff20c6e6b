#!/usr/bin/env node
// The `jotasu` command. It runs cli/main.ts on the Node that this project pins (an npm dependency), whatever Node started
// it, because the command is TypeScript that only a recent Node reads without a build. Plain JavaScript for Node >= 20.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = fileURLToPath(new URL('main.ts', import.meta.url));
/** Where Node keeps what it made of the TypeScript: the second start takes half the time. Unwritable, it does without. */
const compiled = `${root}.cache/compile`;

/** The pinned Node binary, or undefined when the dependencies are not installed. */
function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  try {
    return realpathSync(`${root}node_modules/node/bin/${name}`);
  } catch {
    return undefined;
  }
}

// Also for the processes that it starts.
process.env.NODE_COMPILE_CACHE ??= compiled;
const node = pinnedNode();
if (node === undefined) {
  console.error(
    `jotasu: its Node was not found below ${root}node_modules.\n` +
      'The dependencies are not installed yet. Run `npm ci` in that folder, then try again.',
  );
  process.exitCode = 1;
} else if (realpathSync(process.execPath) === node) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import('./main.ts');
} else {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both processes: wait for the child to tidy up instead of dying first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`jotasu: could not start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 1 : constants.signals[signal]);
  });
}
