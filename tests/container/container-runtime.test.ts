/**
 * The container's backend, with the very files and commands that would be mounted and started: they run as processes of the pinned Node in a
 * folder. Only the boot is replaced.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerBundle } from '../../scripts/site/container-files.ts';
import { RUNTIME_CASES, runCase } from '../../sim-core/host/runtime/conformance.ts';
import type { Bundle } from '../../site/container/bundle.ts';
import { ContainerRuntime, type ContainerRuntimeOptions } from '../../site/container/container-runtime.ts';
import { bootLocalContainer, type LocalContainer } from '../../site/container/testing/local-container.ts';

let bundle: Bundle;
const containers: LocalContainer[] = [];

beforeAll(async () => {
  bundle = await containerBundle();
});
afterAll(() => Promise.all(containers.map((container) => container.close())));

function make(options: Partial<ContainerRuntimeOptions> = {}): ContainerRuntime {
  return new ContainerRuntime({
    async boot() {
      const container = await bootLocalContainer();
      containers.push(container);
      return container;
    },
    bundle: async () => bundle,
    ...options,
  });
}

describe('a runtime in a container', () => {
  for (const each of RUNTIME_CASES) it(each.name, () => runCase(each, make));
});

describe('the container beside its cluster', () => {
  let runtime: ContainerRuntime;
  const heard: Record<string, string | null>[] = [];
  const steps: string[] = [];
  beforeAll(async () => {
    runtime = make({ step: (step) => steps.push(step), filesChanged: (changes) => heard.push(changes) });
    await runtime.boot({
      cluster: { preset: 'one-worker', seed: 3 },
      files: { 'app.yaml': 'one\n' },
      speed: 'max',
    });
  });
  afterAll(() => runtime.dispose());

  const run = async (line: string) => {
    let text = '';
    const take = (more: string) => {
      text += more;
    };
    const code = await runtime.exec(line, { stdout: take, stderr: take });
    return { code, text };
  };

  it('was prepared in named steps', () => {
    expect(steps).toEqual(['container', 'mount', 'start']);
  });

  it('tells what was written, changed and deleted there, and nothing of its own files', async () => {
    heard.length = 0;
    await run(
      'mkdir -p deep && echo 둘 > deep/new.txt && echo two > app.yaml && mkdir -p node_modules/x && echo no > node_modules/x/y',
    );
    await run('rm app.yaml');
    expect(Object.assign({}, ...heard)).toEqual({ 'deep/new.txt': '둘\n', 'app.yaml': null });
    const { log, files } = await runtime.snapshot();
    expect(files).toEqual({ 'deep/new.txt': '둘\n' });
    const written = log.entries.flatMap(({ input }) => (input.type === 'file' ? [input.path] : []));
    expect(new Set(written)).toEqual(new Set(['app.yaml', 'deep/new.txt']));
  });

  it('hears of files without being asked', async () => {
    heard.length = 0;
    const process = await runtime.shell({ cols: 80, rows: 24 });
    const writer = process.input.getWriter();
    await writer.write('echo three > later.txt; exit\n');
    await expect.poll(() => Object.assign({}, ...heard), { timeout: 20_000 }).toMatchObject({ 'later.txt': 'three\n' });
  });

  it('notes what was typed before it is done, so that causes can be told', async () => {
    await run('kubectl create configmap noted --from-literal="a=two words"');
    const { log } = await runtime.snapshot();
    const at = log.entries.findIndex(
      ({ input }) => input.type === 'note' && input.text.includes('create configmap noted'),
    );
    expect(log.entries[at]?.input).toEqual({
      type: 'note',
      text: "kubectl create configmap noted '--from-literal=a=two words'",
    });
    expect(log.entries[at + 1]?.input).toMatchObject({ type: 'request', request: { method: 'POST' } });
  });

  it("answers the learner's own programs", async () => {
    await runtime.updateFiles({
      'count.mjs': `import { readFileSync } from 'node:fs';
        const [, server] = /server: (\\S+)/.exec(readFileSync(process.env.KUBECONFIG, 'utf8'));
        const { items } = await (await fetch(server + '/api/v1/nodes')).json();
        console.log(items.length, 'nodes');`,
    });
    expect(await run('node count.mjs')).toEqual({ code: 0, text: '2 nodes\n' });
  });

  it('runs what goes on: logs and exec', async () => {
    await run('kubectl run box --image=busybox --restart=Never -- sh -c "echo 안녕; sleep 1000"');
    await run('kubectl wait --for=condition=Ready pod/box');
    expect((await run('kubectl logs box')).text).toBe('안녕\n');
    expect((await run('kubectl exec box -- echo inside')).text).toBe('inside\n');
  });

  it("puts a learner's component in its place", async () => {
    const source = 'export default { setUp() {} };';
    runtime.door.input({ type: 'component', name: 'replicaset-controller', file: 'mine.ts', source });
    await run('kubectl create deployment web --image=nginx:1.27');
    await run('kubectl wait --for=condition=Progressing deployment/web');
    const pods = await runtime.inspect('/api/v1/namespaces/default/pods?labelSelector=app%3Dweb');
    expect((pods.body as { items: unknown[] }).items).toEqual([]);
    runtime.door.input({ type: 'component', name: 'replicaset-controller', source: null });
    expect((await run('kubectl rollout status deployment/web')).text).toContain('successfully rolled out');
  });

  it('a program that ends by itself is told of, with its last words', async () => {
    const told = new Promise<string>((resolve) => {
      runtime.door.onFailure(resolve);
    });
    containers
      .at(-1)
      ?.started.find(({ command }) => command === 'node')
      ?.process.kill();
    expect(await told).toMatch(/^its program ended/);
  });
});
