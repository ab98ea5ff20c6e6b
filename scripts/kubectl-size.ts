import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const room = path.join(root, 'sim-core/kubectl');
/** What upstream has as libraries, and a page loads when `-k` or `-o go-template` asks for it. */
const LIBRARIES = ['kustomize.ts', 'printers/go-template.ts'];

/**
 * Bytes after gzip of all that kubectl adds: every command in one file, without what the page has already. Completion is counted
 * with the shell, the libraries of kustomize and Go's templates by themselves. A page loads less: each command is a file of its own.
 */
export async function kubectlSize(): Promise<{ commands: number; libraries: number }> {
  const size = async (entries: readonly string[], without: readonly string[]): Promise<number> => {
    const { outputFiles } = await build({
      stdin: { contents: entries.map((entry) => `export * from './${entry}';`).join('\n'), resolveDir: room },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      charset: 'utf8',
      plugins: [
        {
          name: 'kubectl-alone',
          setup(builder) {
            builder.onResolve({ filter: /.*/ }, ({ path: wanted, resolveDir }) => {
              const file = path.relative(room, path.resolve(resolveDir, wanted));
              const inside = wanted.startsWith('.') && !file.startsWith('..') && !without.includes(file);
              return inside ? undefined : { path: wanted, external: true };
            });
          },
        },
      ],
    });
    return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  };
  const commands = await size(['main.ts'], LIBRARIES);
  return { commands, libraries: (await size(['main.ts', ...LIBRARIES], [])) - commands };
}
