/** Keeps the Workers of a build's simulator, by hash, and puts those of older builds into the site: work begun with one goes on with it. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { PAGE_API } from '../../site/workspace/kept-engine.ts';

const root = path.join(import.meta.dirname, '../..');
const SANDBOX = 'node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm';
const PAGE = 'page';

/**
 * Bundles the Workers of this checkout into `home` (an engine's folder), `page/`. `course`: what the build puts in the place of `__COURSE__`.
 * Nothing there is ever half written.
 */
export async function keepPage(home: string, course: object = { variants: true }): Promise<void> {
  const part = path.join(home, `part-page-${process.pid}`);
  await build({
    entryPoints: ['cluster-worker', 'check-worker'].map((name) => path.join(root, `site/workspace/${name}.ts`)),
    // `load-sandbox.ts` looks for `node_modules` two folders above.
    outdir: path.join(part, 'app'),
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { __COURSE__: JSON.stringify(course) },
    // Asked for in Node alone.
    external: ['node:*'],
    logLevel: 'warning',
  });
  writeFileSync(path.join(part, 'api.json'), `${JSON.stringify({ api: PAGE_API })}\n`);
  const page = path.join(home, PAGE);
  rmSync(page, { recursive: true, force: true });
  renameSync(part, page);
}

/** Copies the Workers of all kept simulators but `current` into a site. Answers their hashes. */
export function publishPages(engines: string, site: string, current: string): string[] {
  const target = path.join(site, 'engines');
  rmSync(target, { recursive: true, force: true });
  if (!existsSync(engines)) return [];
  const kept = readdirSync(engines).filter(
    (hash) => hash !== current && existsSync(path.join(engines, hash, PAGE, 'api.json')),
  );
  for (const hash of kept) {
    mkdirSync(path.join(target, hash), { recursive: true });
    cpSync(path.join(engines, hash, PAGE), path.join(target, hash, PAGE), { recursive: true });
    const sandbox = path.join(engines, hash, SANDBOX);
    if (existsSync(sandbox)) cpSync(sandbox, path.join(target, hash, SANDBOX));
  }
  return kept;
}
