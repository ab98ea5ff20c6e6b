/** Makes the programs that a container runs, as one file of the site: the cluster and kubectl for Node, and what learners' components run in. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { engineVersion } from '../../grading/engine-version.ts';
import { BIN, type Bundle, HOME } from '../../site/container/bundle.ts';
import { NODE_BUNDLE, SANDBOX } from './node-bundle.ts';

const root = path.join(import.meta.dirname, '../..');
/** What Node loads of the sandbox' package when it runs; the rest is in the programs. */
const SANDBOX_FILES = ['package.json', 'LICENSE', 'dist/emscripten-module.cjs', 'dist/emscripten-module.wasm'];
/** The programs' place in the bundle; `load-sandbox.ts` looks for `node_modules` two folders above them. */
const APP = `${HOME}/app`;

const KUBECTL = `#!/usr/bin/env node
import('../../${APP}/container/kubectl-program.js');
`;

/** The bundle of this checkout. */
export async function containerBundle(): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: ['cluster-program', 'kubectl-program'].map((name) => path.join(root, `site/container/${name}.ts`)),
    outdir: `/${APP}/container`,
    chunkNames: 'chunk-[hash]',
    write: false,
    ...NODE_BUNDLE,
    // Libraries that are CommonJS ask for Node's modules.
    banner: { js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);" },
    external: [`${SANDBOX}/emscripten-module`],
  });
  const files: Record<string, string | { base64: string }> = {
    [`${APP}/package.json`]: '{"type":"module"}\n',
    [`${BIN}/kubectl`]: KUBECTL,
  };
  for (const { path: file, text } of outputFiles) files[file.slice(1)] = text;
  for (const name of SANDBOX_FILES) {
    const bytes = readFileSync(path.join(root, 'node_modules', SANDBOX, name));
    const isText = !name.endsWith('.wasm');
    files[`${HOME}/node_modules/${SANDBOX}/${name}`] = isText
      ? bytes.toString('utf8')
      : { base64: bytes.toString('base64') };
  }
  return { engine: engineVersion(root), files };
}
