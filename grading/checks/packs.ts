import type { CelCompiler } from '../../sim-core/apiserver/custom-resources/cel.ts';
import type { LocalShell } from '../../sim-core/host/local-shell.ts';
import type { SandboxFactory } from '../../sim-core/learner/sandbox.ts';
import type { Test } from '../format/tests.ts';
import { testsWithin } from '../format/tests.ts';

/** Parts that only some tests need, loaded before any is asked: so a page that needs none of them does without. */
interface Packs {
  cel?: CelCompiler;
  parseYaml?: (text: string) => unknown[];
  sandboxes?: SandboxFactory;
  shell?: typeof LocalShell;
  documents?: () => object;
}

export const packs: Packs = {};

/** Loads what these tests need. */
export async function loadPacks(tests: Iterable<Test>, more: { cel?: boolean; shell?: boolean } = {}): Promise<void> {
  let { cel = false, shell = false } = more;
  let yaml = false;
  let sandbox = false;
  for (const test of tests) {
    for (const each of testsWithin(test)) {
      if ('cel' in each) cel = true;
      else if ('command' in each) shell = true;
      else if ('file' in each) yaml = true;
      else if ('script' in each) sandbox = true;
      else if ('scenario' in each)
        shell ||= each.scenario.actions.some((action) => 'run' in action || 'drain' in action);
    }
  }
  if (cel && packs.cel === undefined)
    packs.cel = (await import('../../sim-core/apiserver/custom-resources/cel-pack.ts')).celCompiler;
  if (yaml && packs.parseYaml === undefined) {
    const { parseAllDocuments } = await import('yaml');
    packs.parseYaml = (text) => {
      const documents = parseAllDocuments(text);
      return Array.isArray(documents)
        ? documents.map((document) => {
            const [error] = document.errors;
            if (error !== undefined) throw error;
            return document.toJS({ maxAliasCount: 50 }) as unknown;
          })
        : [];
    };
  }
  if (sandbox && packs.sandboxes === undefined)
    packs.sandboxes = await (await import('../../sim-core/host/load-sandbox.ts')).loadSandbox();
  if (shell && packs.shell === undefined) {
    const [{ LocalShell: Shell }, { apiDocuments }] = await Promise.all([
      import('../../sim-core/host/local-shell.ts'),
      import('../../sim-core/apiserver/rest/documents.ts'),
    ]);
    packs.documents = apiDocuments;
    packs.shell = Shell;
  }
}
