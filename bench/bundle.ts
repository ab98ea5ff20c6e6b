import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Bundles a benchmark's child, as the site and tools ship the engine, and answers the file. */
export async function bundle(child: string): Promise<string> {
  const outfile = `${root}.cache/bench/${child}.mjs`;
  mkdirSync(`${root}.cache/bench`, { recursive: true });
  await build({
    entryPoints: [`${root}bench/children/${child}.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    conditions: ['import'],
    // Libraries that are CommonJS ask for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    outfile,
    logLevel: 'error',
  });
  return outfile;
}
