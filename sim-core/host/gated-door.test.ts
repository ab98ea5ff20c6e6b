import { expect, it, vi } from 'vitest';
import { SECOND } from '../engine/index.ts';
import type { FromHost, ToHost } from './door.ts';
import type { DoorHost } from './door-host.ts';

const BOOT = { type: 'boot', options: { preset: 'three-workers', seed: 5 }, speed: 1, settle: true } as const;
const request = (id: number, method: 'GET' | 'POST', path: string, token: string, body?: object): ToHost => ({
  type: 'input',
  input: {
    type: 'request',
    id,
    request: { method, path, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body },
  },
});
const open = (id: number, path: string, token: string): ToHost => ({
  type: 'input',
  input: { type: 'open', id, request: { method: 'GET', path, headers: { authorization: `Bearer ${token}` } } },
});
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?watch=true';
const dump = ({ cluster }: Pick<DoorHost, 'cluster'>) =>
  cluster!.store.tableNames().map((table) => cluster!.store.list(table));
const streamed = (said: readonly FromHost[], id: number) =>
  said.flatMap((one) =>
    one.type === 'output' && one.output.id === id && one.output.type === 'chunk' ? [one.output.chunk] : [],
  );
const revisions = (said: readonly FromHost[]) =>
  said.flatMap((one) =>
    one.type === 'frame' ? one.frame.changes.map(({ revision, key }) => `${revision} ${key}`) : [],
  );
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'echo hello; sleep 1000'] }] },
});

/** A door in a process of its own as far as modules go: nothing has been loaded there yet. */
async function door(setup: readonly object[] = []) {
  vi.resetModules();
  const { GatedDoor } = await import('./gated-door.ts');
  const said: FromHost[] = [];
  const timers = new Set<() => void>();
  const problems: unknown[] = [];
  let finish: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  let wall = 0;
  let loads = 0;
  const made = new GatedDoor(
    {
      post: (message) => said.push(message),
      wall: () => wall,
      after(_milliseconds, run) {
        timers.add(run);
        return () => timers.delete(run);
      },
      report: (error) => problems.push(error),
    },
    () =>
      new Promise<void>((resolve, no) => {
        loads++;
        finish = resolve;
        reject = no;
      }),
    async () => (await import('../apiserver/rest/documents.ts')).apiDocuments(),
  );
  made.receive({ ...BOOT, options: { ...BOOT.options, setup } } as ToHost);
  return {
    made,
    said,
    problems,
    pass(time: number) {
      for (let left = time; left > 0; left -= SECOND / 10) {
        wall += Math.min(left, SECOND / 10);
        const due = [...timers];
        timers.clear();
        for (const run of due) run();
      }
    },
    loads: () => loads,
    async fail(error: Error) {
      made.loadRest();
      reject(error);
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
    async load() {
      made.loadRest();
      await import('./programs.ts');
      finish();
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
    answered: () =>
      said.flatMap((message) =>
        message.type === 'output' && message.output.type === 'response' ? [message.output.id] : [],
      ),
    token() {
      const booted = said.find((message) => message.type === 'booted');
      return booted?.type === 'booted' ? booted.token : '';
    },
  };
}

it('starts a cluster whose clock runs and which answers reads before everything is loaded; the rest waits in its order', async () => {
  const { made, said, pass, problems, load, answered, token } = await door();
  expect(said.map(({ type }) => type)).toEqual(['booted']);
  made.receive({ type: 'input', input: { type: 'note', text: 'kubectl get nodes' } });
  made.receive(request(1, 'GET', '/api/v1/nodes', token()));
  expect(answered()).toEqual([1]);
  const { now } = made.host.cluster!.engine;
  pass(20 * SECOND);
  expect(made.host.cluster!.engine.now).toBe(now + 20 * SECOND);
  expect(
    said.filter(({ type }) => type === 'frame'),
    'leases are renewed, and told',
  ).not.toEqual([]);
  made.receive(open(2, '/api/v1/nodes?watch=true', token()));
  made.receive(request(3, 'POST', '/api/v1/namespaces/default/pods', token(), pod('one')));
  made.receive(request(4, 'GET', '/api/v1/pods', token()));
  made.receive({ type: 'clock', action: { type: 'advance', by: 30 * SECOND } });
  expect(answered(), 'what comes after a write waits for it').toEqual([1]);
  expect(
    said.some((message) => message.type === 'output' && message.output.id === 2),
    'a watch has begun',
  ).toBe(true);

  await load();
  expect(answered()).toEqual([1, 3, 4]);
  const { engine, store } = made.host.cluster!;
  expect(engine.now).toBe(now + 50 * SECOND);
  expect((store.get('pods', 'default/one') as unknown as { status: { phase: string } }).status.phase).toBe('Running');
  expect(problems).toEqual([]);
});

it.each([true, false])(
  'makes a cluster again that has missed something, up to where nothing was wrong: nobody notices (caught: %s)',
  async (caught) => {
    const spoilt = await door();
    const { made, said, pass, problems, token } = spoilt;
    made.receive(open(1, LEASES, token()));
    pass(15 * SECOND);
    const begun = made.host.cluster!.engine.now;
    const { programPack } = await import('../cluster/packs.ts');
    const { engine, store } = made.host.cluster!;
    engine.after(2.05 * SECOND, () => {
      // What it does is not true, and nobody may hear of it: neither when an actor takes what is missing for an error like others, nor when it
      // tears through everything.
      store.delete('nodes', 'worker-1', store.get('nodes', 'worker-1')!);
      if (caught) expect(() => programPack()).toThrow('have not been loaded');
      else programPack();
    });
    pass(5 * SECOND);
    expect(store.get('nodes', 'worker-1') === undefined, 'it has happened').toBe(true);
    expect(revisions(said).filter((change) => change.endsWith(' worker-1'))).toEqual([]);
    made.receive(request(2, 'GET', '/api/v1/nodes', token()));
    made.receive(request(3, 'POST', '/api/v1/namespaces/default/pods', token(), pod('one')));
    expect(spoilt.answered(), 'a spoilt cluster answers nothing').toEqual([]);
    const heard = said.length;
    pass(5 * SECOND);
    expect(said.length, 'nor does it say anything').toBe(heard);

    await spoilt.load();
    expect(problems).toEqual([]);
    expect(spoilt.answered()).toEqual([2, 3]);
    const { now } = made.host.cluster!.engine;
    expect(now, 'as it was before').toBe(begun + 2 * SECOND);
    pass(15 * SECOND);

    const whole = await door();
    await whole.load();
    whole.made.receive(open(1, LEASES, token()));
    whole.pass(now - whole.made.host.cluster!.engine.now);
    whole.made.receive(request(2, 'GET', '/api/v1/nodes', token()));
    whole.made.receive(request(3, 'POST', '/api/v1/namespaces/default/pods', token(), pod('one')));
    whole.pass(15 * SECOND);
    expect(dump(made.host)).toEqual(dump(whole.made.host));
    expect(streamed(said, 1), 'the watch has heard everything once').toEqual(streamed(whole.said, 1));
    expect(revisions(said), 'and so have the frames').toEqual(revisions(whole.said));
  },
);

it('loads what nobody has needed only after a while, when it is told to, or as soon as somebody needs it', async () => {
  const patient = await door();
  expect(patient.loads()).toBe(0);
  patient.pass(SECOND / 10);
  expect(patient.loads()).toBe(1);
  const told = await door();
  told.made.loadRest();
  told.made.loadRest();
  expect(told.loads()).toBe(1);
  const needed = await door();
  needed.made.receive(request(1, 'GET', '/api/v1/pods', needed.token()));
  expect(needed.loads()).toBe(0);
  needed.made.receive(request(2, 'POST', '/api/v1/namespaces/default/pods', needed.token(), pod('one')));
  expect(needed.loads()).toBe(1);
  expect((await door([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }])).loads()).toBe(1);
});

it('says that it could not load, and tries again with the next message', async () => {
  const { made, said, problems, token, fail, load, answered } = await door();
  await fail(new Error('offline'));
  expect(problems).toEqual([new Error('offline')]);
  expect(said.at(-1)).toEqual({ type: 'failed', message: 'a part of the simulator could not be loaded' });
  made.receive(request(1, 'GET', '/api/v1/nodes', token()));
  expect(answered(), 'reads are answered as before').toEqual([1]);
  made.receive(request(2, 'POST', '/api/v1/namespaces/default/pods', token(), pod('one')));
  await load();
  expect(answered()).toEqual([1, 2]);
});

it('starts a cluster whose start needs programs when they are there, as if they had always been', async () => {
  const setup = [{ ...pod('first'), metadata: { name: 'first', namespace: 'default' } }];
  const waiting = await door(setup);
  expect(waiting.said, 'nothing untrue is said').toEqual([]);
  await waiting.load();
  expect(waiting.problems).toEqual([]);
  const { Session } = await import('./session.ts');
  const whole = new Session({ preset: 'three-workers', seed: 5, setup } as never);
  whole.cluster.engine.settle({ limit: 600 * SECOND });
  expect(dump(waiting.made.host)).toEqual(dump(whole));
});

it('answers a request for an OpenAPI document when the documents have been loaded', async () => {
  const { made, said, token, answered, load } = await door();
  await load();
  made.receive(request(1, 'GET', '/openapi/v3/api/v1', token()));
  expect(answered()).toEqual([]);
  await vi.waitFor(() => expect(answered()).toEqual([1]), { timeout: 10_000 });
  const answer = said.find((message) => message.type === 'output' && message.output.type === 'response');
  expect(answer).toMatchObject({
    output: { response: { status: 200, body: { components: { schemas: { 'io.k8s.api.core.v1.Pod': {} } } } } },
  });
});
