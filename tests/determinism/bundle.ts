import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('./', import.meta.url));

/** The driver and the engine with all of its libraries as one script that sets `globalThis.run`, behind the guard. */
export async function guardedScript(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: "import './text-decoder.ts'; import { run } from './driver.ts'; globalThis.run = run;",
      resolveDir: here,
      loader: 'ts',
    },
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['import', 'browser'],
    target: 'es2022',
    // What the host loads when a learner's component comes: none does here.
    external: ['node:*', '@jitl/*', 'quickjs-emscripten-core', 'sucrase'],
    write: false,
    logLevel: 'error',
  });
  return `${readFileSync(`${here}guard.js`, 'utf8')}\n${outputFiles[0]!.text}`;
}
