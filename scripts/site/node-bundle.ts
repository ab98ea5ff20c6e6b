/** How code of this project is bundled for a Node that somebody else runs, and what of its libraries cannot be. */
import type { BuildOptions } from 'esbuild';

/** What the sandbox for components is made of: WebAssembly, found in `node_modules` beside the code. */
export const SANDBOX = '@jitl/quickjs-wasmfile-release-sync';

export const NODE_BUNDLE = {
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  // What containers in a page run, and older machines.
  target: 'node20',
  logLevel: 'warning',
} as const satisfies BuildOptions;
