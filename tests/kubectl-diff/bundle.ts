import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** Bundles our kubectl into one program and answers its path. */
export async function bundleKubectl(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const script = path.join(folder, 'our-kubectl.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'our-kubectl.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'warning',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const program = path.join(folder, 'kubectl');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${script} "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}
