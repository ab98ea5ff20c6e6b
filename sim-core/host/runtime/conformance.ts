import type { Runtime, RuntimeOptions } from './runtime.ts';

/** One thing that every backend does. It throws an Error that says what was expected and what was found. */
export interface RuntimeCase {
  readonly name: string;
  /** `make` gives a backend that has not been booted; what it gave is disposed of afterwards. */
  run(make: () => Runtime): Promise<void>;
}

const OPTIONS: RuntimeOptions = {
  cluster: { preset: 'one-worker', seed: 3 },
  files: {
    'app.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sky}\ndata: {colour: 파랑}\n',
    'notes.txt': 'one',
  },
  speed: 'max',
};

/** The suite: `runtime.test.ts` runs it in Node, `tests/browser/runtime.spec.ts` in a browser's Worker. */
export const RUNTIME_CASES: readonly RuntimeCase[] = [
  {
    name: 'boot makes a cluster that has come to rest, and tells of it in a frame',
    async run(make) {
      const frame = await make().boot(OPTIONS);
      equal(frame.settled, true);
      equal(frame.changes.filter(({ table }) => table === 'nodes').length, 2);
    },
  },
  {
    name: 'exec runs a line: its output and its exit code, of failures too',
    async run(make) {
      const runtime = make();
      await runtime.boot(OPTIONS);
      const nodes = await execute(runtime, 'kubectl get nodes -o name');
      equal(nodes, { code: 0, text: 'node/control-plane\nnode/worker-1\n' });
      const missing = await execute(runtime, 'kubectl get pod nobody');
      equal(missing.code, 1);
      equal(missing.text.trim(), 'Error from server (NotFound): pods "nobody" not found');
    },
  },
  {
    name: 'updateFiles writes and deletes what commands read, letters of every script included',
    async run(make) {
      const runtime = make();
      await runtime.boot(OPTIONS);
      equal((await execute(runtime, 'kubectl apply -f app.yaml')).text, 'configmap/sky created\n');
      equal((await execute(runtime, "kubectl get cm sky -o jsonpath='{.data.colour}'")).text.trim(), '파랑');
      await runtime.updateFiles({ 'notes.txt': '둘 🛞\n', 'deep/er.txt': 'three\n' });
      equal((await execute(runtime, 'cat notes.txt deep/er.txt')).text, '둘 🛞\nthree\n');
      await runtime.updateFiles({ 'notes.txt': null });
      equal((await execute(runtime, 'cat notes.txt')).code === 0, false);
      equal(Object.keys((await runtime.snapshot()).files).sort(), ['app.yaml', 'deep/er.txt']);
    },
  },
  {
    name: 'files that commands write come back',
    async run(make) {
      const runtime = make();
      await runtime.boot(OPTIONS);
      equal((await execute(runtime, 'cp notes.txt copy.txt')).code, 0);
      equal((await runtime.snapshot()).files['copy.txt'], 'one');
    },
  },
  {
    name: 'inspect reads from the API, and changes nothing',
    async run(make) {
      const runtime = make();
      await runtime.boot(OPTIONS);
      const before = (await runtime.snapshot()).log.entries.length;
      const answer = await runtime.inspect('/api/v1/nodes/worker-1');
      equal(answer.status, 200);
      equal((answer.body as { metadata: { name: string } }).metadata.name, 'worker-1');
      equal((await runtime.inspect('/api/v1/nodes/nobody')).status, 404);
      equal((await runtime.snapshot()).log.entries.length, before);
    },
  },
  {
    name: 'a snapshot makes the same cluster in another one, to the last field',
    async run(make) {
      const first = make();
      await first.boot(OPTIONS);
      await execute(first, 'kubectl create deployment web --image=nginx:1.27 --replicas=2');
      await execute(first, 'kubectl rollout status deployment/web');
      first.door.clock({ type: 'pause' });
      const { log, files } = await first.snapshot();
      const second = make();
      await second.boot({ ...OPTIONS, files, log });
      for (const path of ['/api/v1/pods', '/apis/apps/v1/replicasets', '/api/v1/events']) {
        equal((await second.inspect(path)).body, (await first.inspect(path)).body);
      }
      equal((await second.snapshot()).files, files);
    },
  },
  {
    name: 'reset begins anew: the same cluster as at first, and its files',
    async run(make) {
      const runtime = make();
      await runtime.boot(OPTIONS);
      const uid = await uidOf(runtime);
      await execute(runtime, 'kubectl create configmap mine');
      await runtime.updateFiles({ 'notes.txt': 'changed', 'more.txt': 'more' });
      await runtime.reset();
      equal((await runtime.inspect('/api/v1/namespaces/default/configmaps/mine')).status, 404);
      equal(await uidOf(runtime), uid);
      equal((await runtime.snapshot()).files, OPTIONS.files);
      equal((await execute(runtime, 'cat notes.txt')).text.trim(), 'one');
    },
  },
  {
    name: 'a log that is not of this cluster is refused with a reason, and another boot goes well',
    async run(make) {
      const runtime = make();
      await runtime.boot(OPTIONS);
      const { log } = await runtime.snapshot();
      const other = make();
      const wrong = { ...log, until: { time: log.until.time, executed: log.until.executed + 1 } };
      const refusal = await refused(other.boot({ ...OPTIONS, log: wrong }));
      equal(/the log places something at time/.test(refusal), true);
      const again = make();
      equal((await again.boot(OPTIONS)).settled, true);
    },
  },
  {
    name: 'after dispose everything is refused, and dispose may come again',
    async run(make) {
      const runtime = make();
      await runtime.boot(OPTIONS);
      await runtime.dispose();
      await runtime.dispose();
      const output = { stdout() {}, stderr() {} };
      for (const asked of [
        runtime.inspect('/api/v1/nodes'),
        runtime.snapshot(),
        runtime.exec('kubectl get nodes', output),
        runtime.updateFiles({ a: 'b' }),
      ]) {
        equal((await refused(asked)).startsWith('ConnectionError: '), true);
      }
    },
  },
];

/** Runs a case with backends that are all gone at its end. */
export async function runCase({ run }: RuntimeCase, make: () => Runtime): Promise<void> {
  const made: Runtime[] = [];
  try {
    await run(() => {
      const runtime = make();
      made.push(runtime);
      return runtime;
    });
  } finally {
    await Promise.all(made.map((runtime) => runtime.dispose()));
  }
}

async function execute(runtime: Runtime, line: string): Promise<{ code: number; text: string }> {
  let text = '';
  const take = (more: string) => {
    text += more;
  };
  const code = await runtime.exec(line, { stdout: take, stderr: take });
  return { code, text: text.replaceAll('\r\n', '\n') };
}

async function uidOf(runtime: Runtime): Promise<unknown> {
  const { body } = await runtime.inspect('/api/v1/nodes/worker-1');
  return (body as { metadata: { uid: string } }).metadata.uid;
}

/** What a promise is rejected with, as text. */
async function refused(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  throw new Error('expected to be refused, and was not');
}

function equal(found: unknown, expected: unknown): void {
  const left = JSON.stringify(found);
  const right = JSON.stringify(expected);
  if (left !== right) throw new Error(`expected ${right}, found ${left}`);
}
