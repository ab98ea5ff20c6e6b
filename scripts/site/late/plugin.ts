/**
 * Has the cluster's Worker come in two scripts: first what a cluster needs to come up and to answer reads, which is found out by bringing some up
 * (profile.ts), then everything else, with `programs.ts`. What is missed in between is noticed, and waited for: see sim-core/host/gated-door.ts.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';
import type { HasRun } from './module.ts';
import { runProfile } from './profile.ts';
import { type Division, divide } from './split.ts';

const root = path.join(import.meta.dirname, '../../..');
const ENTRY = path.join(root, 'site/workspace/cluster-worker.ts');
const SLOTS = path.join(root, 'sim-core/cluster/late-functions.ts');
/** What it loads second. */
const SECOND = path.join(root, 'sim-core/host/programs.ts');
const COMMONJS = '/node_modules/sorted-btree/b+tree.js';
const ALL = '\0late-halves';

/** Divided is the simulator, and what asks it for marks; whoever waits for the second script comes first, whether it has run or not. */
const DIVIDED = ['sim-core/', 'grading/'].map((one) => path.join(root, one));
const GATE = ['sim-core/host/gated-door.ts', 'sim-core/cluster/packs.ts'].map((one) => path.join(root, one));

async function whatRuns(): Promise<HasRun> {
  const ran = await runProfile();
  return (file, offset) => GATE.includes(file) || !DIVIDED.some((one) => file.startsWith(one)) || ran(file, offset);
}

/** For builds of Workers: others than the cluster's are left alone. `entry`: the cluster's. */
export function lateFunctions(entry: string = ENTRY): Plugin {
  let division: Division | undefined;
  const halvesOf = (file: string) => division?.modules.get(file);
  return {
    name: 'late-functions',
    apply: 'build',
    enforce: 'pre',
    async buildStart({ input }) {
      const entries = typeof input === 'string' ? [input] : Object.values(input);
      division = entries.some((one) => path.resolve(root, one) === entry)
        ? divide(entry, await whatRuns(), SLOTS)
        : undefined;
    },
    // What comes first comes in one file: each more would be asked for only when the first is there.
    outputOptions(options) {
      return { ...options, codeSplitting: { groups: [{ name: 'worker', tags: ['$initial'] }] } };
    },
    resolveId(source, importer) {
      if (division === undefined) return undefined;
      if (source === ALL) return source;
      if (source.endsWith('?core')) return source.slice(0, -'?core'.length);
      if (importer === undefined || !source.startsWith('.')) {
        // Packages are looked for from where the module is.
        return importer?.endsWith('?late') && !path.isAbsolute(source)
          ? this.resolve(source, importer.slice(0, -'?late'.length), { skipSelf: true })
          : undefined;
      }
      const [from = '', half] = importer.split('?');
      const file = path.resolve(path.dirname(from), source);
      const halves = halvesOf(file);
      if (halves === undefined) return half === 'late' ? file : undefined;
      return half === undefined && halvesOf(from) !== undefined ? file : `${file}?late`;
    },
    load(id) {
      if (division === undefined) return undefined;
      // What lies in a package of CommonJS would ask for the bundler's help, which comes in a file of its own.
      if (id.endsWith(COMMONJS)) {
        return { code: `const exports = {};\n${readFileSync(id, 'utf8')}\nexport default exports;`, moduleType: 'js' };
      }
      if (id === ALL) {
        const late = [...division.modules].filter(([, halves]) => halves.late?.includes('lateFunctions['));
        return late.map(([file]) => `import ${JSON.stringify(`${file}?late`)};`).join('\n');
      }
      const [file = '', half] = id.split('?');
      const halves = halvesOf(file);
      if (halves === undefined) return undefined;
      return { code: half === 'late' ? (halves.late ?? '') : halves.core, moduleType: 'js' };
    },
    transform(code, id) {
      return division !== undefined && id === SECOND ? `import ${JSON.stringify(ALL)};\n${code}` : undefined;
    },
  };
}
