import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { FromHost } from '../door.ts';
import type { Port } from '../door-client.ts';
import { RUNTIME_CASES, runCase } from './conformance.ts';
import { DoorRuntime } from './door-runtime.ts';
import { inProcessPort } from './in-process.ts';
import { nodeProcess } from './node-process.ts';
import { processPort } from './process-port.ts';

const host = path.join(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'jotasu-runtime-'));

/** The doors' programs as one file each: they are started often here. */
beforeAll(async () => {
  await build({
    entryPoints: ['worker', 'stdio'].map((name) => path.join(host, `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Libraries that are CommonJS ask for Node's modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    external: ['@jitl/quickjs-wasmfile-release-sync/*'],
    logLevel: 'warning',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `worker.ts` as it is, in a thread: what a page's Worker has as globals, a thread has as its port. */
const SHIM = `
  const { parentPort } = require('node:worker_threads');
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  globalThis.addEventListener = (type, listener) => parentPort.on('message', (data) => listener({ data }));
  import(${JSON.stringify(path.join(folder, 'worker.mjs'))});
`;

function threadPort(): Port {
  const worker = new Worker(SHIM, { eval: true });
  return {
    postMessage: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', (message: FromHost) => listener(message)),
    close: () => void worker.terminate(),
  };
}

const BACKENDS = {
  'in this process': () => inProcessPort(),
  'in a Worker': threadPort,
  'over stdio': () => processPort(nodeProcess(process.execPath, [path.join(folder, 'stdio.mjs')])),
};

for (const [name, port] of Object.entries(BACKENDS)) {
  describe(`a runtime ${name}`, () => {
    for (const each of RUNTIME_CASES) it(each.name, () => runCase(each, () => new DoorRuntime(port())));
  });
}
