import { SECOND } from '../../sim-core/engine/index.ts';
import { ComponentError, type Sandbox } from '../../sim-core/learner/sandbox.ts';
import type { ScriptTest } from '../format/tests.ts';
import { failed, NOT_NOW, notRun, type Outcome, PASSED, select, type TestContext, tableOf } from './context.ts';
import { packs } from './packs.ts';

/**
 * What a script can reach: a module's default export is called with the cluster and the values of `with`. It is text, not a function of ours, so
 * that bundlers leave it alone; `jotasu-check.d.ts` has its types.
 */
const PRELUDE = `
const call = globalThis.__host;
delete globalThis.__host;
delete globalThis.Date;
delete Math.random;
const ask = (operation, argument) => JSON.parse(call(operation, JSON.stringify(argument ?? null)));
const cluster = {
  list: (apiVersion, kind, selection = {}) => ask('list', { ...selection, apiVersion, kind }),
  get: (apiVersion, kind, name, namespace) => ask('list', { apiVersion, kind, name, namespace })[0],
  history: (apiVersion, kind, selection = {}) => ask('history', { ...selection, apiVersion, kind }),
  visits: (visitor) => ask('visits', visitor),
  get files() { return ask('files'); },
  get now() { return ask('now'); },
};
let check;
export function boot(exports) {
  check = exports.default;
  if (typeof check !== 'function') throw new TypeError('the default export is no function');
}
export function dispatch(_operation, argument) {
  return JSON.stringify(check(cluster, JSON.parse(argument)) ?? null);
}
`;

/** Runs an author's TypeScript in a sandbox: it only sees what `PRELUDE` shows, takes counted steps, and answers true or why not. */
export function testScript({ file, source, with: given = null }: ScriptTest, context: TestContext): Outcome {
  const { here } = context;
  if (here === undefined) return NOT_NOW;
  const factory = packs.sandboxes;
  if (factory === undefined || source === undefined) return notRun(`${file} is not loaded`);
  let sandbox: Sandbox | undefined;
  try {
    const code = factory.compile(source, file);
    sandbox = factory.create({
      prelude: PRELUDE,
      code,
      file,
      host: (operation, text) => host(operation, text, context),
    });
    return verdict(file, JSON.parse(sandbox.dispatch('check', JSON.stringify(given))));
  } catch (error) {
    if (!(error instanceof ComponentError)) throw error;
    const { key, values, line } = error.problem;
    return notRun(`${file}${line === undefined ? '' : `:${line}`}: ${key} ${Object.values(values).join(': ')}`);
  } finally {
    sandbox?.dispose();
  }
}

function verdict(file: string, value: unknown): Outcome {
  if (value === true) return PASSED;
  const { en, ko } = (typeof value === 'object' && value !== null ? value : {}) as { en?: unknown; ko?: unknown };
  if (typeof en !== 'string' || typeof ko !== 'string')
    return notRun(`${file} answers neither true nor { en, ko }: ${JSON.stringify(value)}`);
  return failed('script', { say: { en, ko } });
}

function host(operation: string, text: string, context: TestContext): string {
  const argument = JSON.parse(text) as never;
  const answer = ANSWERS[operation as keyof typeof ANSWERS](argument, context);
  return JSON.stringify(answer ?? null);
}

type Selection = { apiVersion: string; kind: string; namespace?: string; name?: string; labels?: string };

const ANSWERS = {
  list: (selection: Selection, context: TestContext) => select(context, selection),
  history: (selection: Selection, { cluster, here }: TestContext) => {
    const where = tableOf(cluster, selection);
    const { begun, changes } = here!;
    const { namespace = 'default', name } = selection;
    return changes
      .filter(
        ({ table, time, object: { metadata } }) =>
          table === where?.table &&
          time >= begun &&
          (!where.namespaced || namespace === '*' || metadata.namespace === namespace) &&
          (name === undefined || metadata.name === name),
      )
      .map(({ time, type, object }) => ({ seconds: (time - begun) / SECOND, type, object }));
  },
  visits: (visitor: string, { cluster, here }: TestContext) =>
    (here!.loads.get(visitor) ?? cluster.visits.get(visitor) ?? []).map(({ time, status, error }) => ({
      seconds: (time - here!.begun) / SECOND,
      status,
      error,
    })),
  files: (_: null, { here }: TestContext) => Object.fromEntries(here!.local.session.files),
  now: (_: null, { cluster, here }: TestContext) => (cluster.engine.now - here!.begun) / SECOND,
};
