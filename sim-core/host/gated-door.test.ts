import { expect, it, vi } from 'vitest';
import { SECOND } from '../engine/index.ts';
import type { FromHost, ToHost } from './door.ts';

const BOOT = { type: 'boot', options: { preset: 'three-workers', seed: 5 }, speed: 1, settle: true } as const;
const request = (id: number, method: 'GET' | 'POST', path: string, token: string, body?: object): ToHost => ({
  type: 'input',
  input: {
    type: 'request',
    id,
    request: { method, path, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body },
  },
});
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
  const made = new GatedDoor(
    {
      post: (message) => said.push(message),
      wall: () => 0,
      after(_milliseconds, run) {
        timers.add(run);
        return () => timers.delete(run);
      },
      report: (error) => problems.push(error),
    },
    () => new Promise<void>((resolve) => (finish = resolve)),
    async () => (await import('../apiserver/rest/documents.ts')).apiDocuments(),
  );
  made.receive({ ...BOOT, options: { ...BOOT.options, setup } } as ToHost);
  return {
    made,
    said,
    timers,
    problems,
    async load() {
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

it('starts a cluster and answers reads before programs are loaded; everything else waits in its order', async () => {
  const { made, said, timers, problems, load, answered, token } = await door();
  expect(said.map(({ type }) => type)).toEqual(['booted']);
  made.receive(request(1, 'GET', '/api/v1/nodes', token()));
  expect(answered()).toEqual([1]);
  made.receive(request(2, 'POST', '/api/v1/namespaces/default/pods', token(), pod('one')));
  made.receive(request(3, 'GET', '/api/v1/pods', token()));
  made.receive({ type: 'clock', action: { type: 'advance', by: 30 * SECOND } });
  expect(answered()).toEqual([1]);
  expect(timers.size, 'time stands still').toBe(0);
  const { now } = made.host.cluster!.engine;

  await load();
  expect(answered()).toEqual([1, 2, 3]);
  const { engine, store } = made.host.cluster!;
  expect(engine.now).toBe(now + 30 * SECOND);
  expect((store.get('pods', 'default/one') as unknown as { status: { phase: string } }).status.phase).toBe('Running');
  expect(timers.size).toBe(1);
  expect(problems).toEqual([]);
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
  const dump = ({ store }: typeof whole.cluster) => store.tableNames().map((table) => store.list(table));
  expect(dump(waiting.made.host.cluster!)).toEqual(dump(whole.cluster));
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
