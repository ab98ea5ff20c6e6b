import { beforeAll, describe, expect, test } from 'vitest';
import type { AnyObject } from '../api/objects.ts';
import { loadSandbox } from '../host/load-sandbox.ts';
import { hasComponents, replay, Session } from '../host/session.ts';

beforeAll(async () => {
  await loadSandbox();
  // Where the programs of containers are a pack of their own, a cluster needs it.
  const pack = '../host/programs.ts';
  await import(/* @vite-ignore */ pack).catch(() => undefined);
});

const OPTIONS = { preset: 'two-workers', seed: 3 };

function deployment(name: string, replicas: number) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
    },
  };
}

class Lab {
  readonly session: Session;
  private id = 1;
  constructor(preset = 'one-worker') {
    this.session = new Session({ ...OPTIONS, preset });
    this.settle();
  }
  settle(seconds = 600): string {
    return this.session.cluster.engine.settle({ limit: seconds * 1e6 });
  }
  run(seconds: number): void {
    const { engine } = this.session.cluster;
    engine.runUntil(engine.now + seconds * 1e6);
  }
  request(method: 'POST' | 'DELETE' | 'PATCH', path: string, body?: unknown): void {
    const headers = {
      authorization: 'Bearer jotasu-admin-00000003',
      ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}),
    };
    this.session.apply({ type: 'request', id: this.id++, request: { method, path, headers, body } });
  }
  deploy(name: string, replicas = 2): void {
    this.request('POST', '/apis/apps/v1/namespaces/default/deployments', deployment(name, replicas));
  }
  component(name: string, source: string | null): void {
    this.session.apply({ type: 'component', name, source, file: 'controller.ts' });
  }
  list(table: string): readonly AnyObject[] {
    return this.session.cluster.store
      .list(table)
      .filter(({ metadata }) => (metadata.namespace ?? 'default') === 'default');
  }
  state(name: string) {
    return this.session.cluster.components.list().find((each) => each.name === name)!;
  }
}

const REPLICASET = `
import { controllerOf, controllerRef, type ControllerContext, type KubeObject, matches } from 'jotasu';

/** A ReplicaSet controller in a few lines. */
export default {
  setUp({ client, informers, events, queue, keyOf }: ControllerContext) {
    const sets = informers.for('replicasets.apps');
    const pods = informers.for('pods');
    const work = queue(async (key: string) => {
      const set = sets.getByKey(key);
      if (set === undefined || set.metadata.deletionTimestamp) return;
      const mine = pods.list((pod: KubeObject) => controllerOf(pod)?.uid === set.metadata.uid && !pod.metadata.deletionTimestamp);
      for (let missing = set.spec.replicas - mine.length; missing > 0; missing--) {
        const { metadata, spec } = set.spec.template;
        const pod = client.create('pods', {
          metadata: { ...metadata, namespace: set.metadata.namespace, generateName: set.metadata.name + '-mine-', ownerReferences: [controllerRef(set, 'apps/v1', 'ReplicaSet')] },
          spec,
        });
        events.normal(set, 'SuccessfulCreate', 'Created pod: ' + pod.metadata.name);
      }
      for (const pod of mine.slice(set.spec.replicas)) client.delete('pods', pod.metadata.namespace, pod.metadata.name);
      const ready = mine.filter((pod: KubeObject) => pod.status.conditions?.some((c: any) => c.type === 'Ready' && c.status === 'True')).length;
      const { replicas, readyReplicas = 0, observedGeneration } = set.status ?? {};
      if (replicas !== mine.length || readyReplicas !== ready || observedGeneration !== set.metadata.generation)
        client.updateStatus('replicasets.apps', { ...set, status: { replicas: mine.length, fullyLabeledReplicas: mine.length, readyReplicas: ready, availableReplicas: ready, observedGeneration: set.metadata.generation } });
    });
    sets.addHandler({ added: work.addObject, updated: work.addObject });
    const owner = (pod: KubeObject) => {
      const ref = controllerOf(pod);
      if (ref?.kind === 'ReplicaSet') work.add(pod.metadata.namespace + '/' + ref.name);
    };
    pods.addHandler({ added: owner, updated: owner, deleted: owner });
  },
};
`;

describe('a controller of a learner', () => {
  test('takes the place of the upstream one, and gives it back', () => {
    const lab = new Lab();
    lab.component('replicaset-controller', REPLICASET);
    lab.deploy('web', 3);
    expect(lab.settle()).toBe('settled');
    expect(lab.state('replicaset-controller')).toMatchObject({ failed: false, problems: [] });
    const mine = () => lab.list('pods').filter(({ metadata }) => metadata.name.includes('-mine-'));
    expect(mine().length).toBe(3);
    expect(lab.list('deployments.apps')[0]).toMatchObject({ status: { readyReplicas: 3, availableReplicas: 3 } });
    lab.component('replicaset-controller', null);
    lab.request('DELETE', `/api/v1/namespaces/default/pods/${mine()[0]!.metadata.name}`);
    lab.settle();
    expect(mine().length).toBe(2);
    expect(lab.list('pods').length).toBe(3);
  });

  test('is part of the log: a replay ends in the same state', () => {
    const lab = new Lab();
    lab.component('replicaset-controller', REPLICASET);
    lab.deploy('web', 3);
    lab.settle();
    lab.component('replicaset-controller', null);
    lab.settle();
    const log = JSON.parse(JSON.stringify(lab.session.log()));
    expect(hasComponents(log)).toBe(true);
    expect(stateOf(replay(log))).toBe(stateOf(lab.session));
  });

  test('starts anew with the process that runs it', () => {
    const lab = new Lab();
    lab.component('replicaset-controller', REPLICASET);
    lab.session.apply({ type: 'fault', fault: { type: 'node-power', node: 'control-plane', on: false } });
    lab.run(30);
    lab.session.apply({ type: 'fault', fault: { type: 'node-power', node: 'control-plane', on: true } });
    lab.run(120);
    lab.deploy('web', 2);
    lab.run(120);
    expect(lab.list('pods').map(({ metadata }) => metadata.name.includes('-mine-'))).toEqual([true, true]);
  });

  test('beside the others, it acts as its author', () => {
    const lab = new Lab();
    lab.component(
      'greeter',
      `export default ({ client, informers, every, log, now }) => {
        const maps = informers.for('configmaps');
        maps.addHandler({ added: ({ metadata }) => { if (metadata.name === 'ask') client.create('configmaps', { metadata: { name: 'answer', namespace: 'default' }, data: { at: now(), host: typeof process + typeof require + typeof fetch + typeof setTimeout } }); } });
      };`,
    );
    lab.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'ask' } });
    lab.settle();
    const answer = lab.list('configmaps').find(({ metadata }) => metadata.name === 'answer');
    expect(answer).toMatchObject({ data: { host: 'undefinedundefinedundefinedundefined' } });
    expect(answer!.data).toMatchObject({ at: answer!.metadata.creationTimestamp });
  });
});

describe('what goes wrong in it', () => {
  const broken: [string, string, object, boolean][] = [
    ['a source that is no TypeScript', 'export default {\n  setUp( {\n};', { key: 'syntax', line: 3 }, true],
    [
      'an import of something else',
      "import fs from 'node:fs';\nexport default { setUp() { fs.x; } };",
      { key: 'syntax' },
      true,
    ],
    ['no export', 'const nothing = 1;', { key: 'shape', values: { wanted: 'setUp(context)' } }, true],
    [
      'an exception at once',
      'const a: number = 1;\nthrow new TypeError("no " + a);',
      { key: 'threw', line: 2, values: { error: 'TypeError', message: 'no 1' } },
      true,
    ],
    [
      'an exception in setUp',
      'interface X { a: string }\nexport default {\n setUp(context: X) {\n  context.nothing.more;\n } };',
      { key: 'threw', line: 4 },
      false,
    ],
    [
      'an endless loop',
      'export default { setUp() {\n for (;;) {\n  Math.abs(1);\n } } };',
      { key: 'steps', line: 3, file: 'controller.ts' },
      true,
    ],
    [
      'an endless loop that tries to catch',
      'export default { setUp() { for (;;) { try { for (;;) {} } catch {} finally { continue; } } } };',
      { key: 'steps' },
      true,
    ],
    [
      'promises without end',
      'const again = () => Promise.resolve().then(again);\nexport default { setUp() { again(); } };',
      { key: 'steps' },
      true,
    ],
    [
      'a promise that nobody keeps',
      'export default { async setUp() { await new Promise(() => {}); } };',
      { key: 'pending' },
      false,
    ],
    [
      'a promise that is broken',
      'export default { async setUp() {\n await null;\n throw new Error("later"); } };',
      { key: 'threw', line: 3, values: { message: 'later' } },
      false,
    ],
    ['a top-level await without end', 'await new Promise(() => {});\nexport default {};', { key: 'pending' }, true],
    [
      'memory without end',
      'const kept: string[] = [];\nexport default { setUp() { for (;;) kept.push("x".repeat(100000) + kept.length); } };',
      { key: 'memory', values: { mebibytes: '32' } },
      true,
    ],
    [
      'small pieces of memory without end',
      'const kept: unknown[] = [];\nexport default { setUp() { for (;;) kept.push({ a: [kept.length] }); } };',
      { key: 'memory' },
      true,
    ],
    [
      'deep recursion',
      'export default { setUp() {\n const dig = (): number => dig() + 1;\n dig(); } };',
      { key: 'stack', line: 2 },
      false,
    ],
    [
      'deep JSON',
      'export default { setUp() { JSON.parse("[".repeat(100000)); } };',
      { key: 'threw', values: { error: 'SyntaxError' } },
      false,
    ],
    [
      'a deep object',
      'export default { setUp({ client }) { let o = {}; for (let i = 0; i < 300; i++) o = { o }; client.create("configmaps", { metadata: { name: "x" }, data: o }); } };',
      { key: 'refused', values: { reason: 'BadRequest' } },
      false,
    ],
    [
      'a native loop',
      'export default { setUp() { Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); } };',
      { key: 'threw', values: { error: 'RangeError' } },
      false,
    ],
    [
      'a slow search',
      'export default { setUp() { "a".repeat(1e6).indexOf("a".repeat(5e5) + "b"); } };',
      { key: 'threw', values: { error: 'RangeError' } },
      false,
    ],
    [
      'a catastrophic expression',
      'export default { setUp() { /(a+)+b/.test("a".repeat(64)); } };',
      { key: 'steps' },
      true,
    ],
    [
      'an error that cannot be read',
      'export default { setUp() { throw new Proxy({}, { get() { throw 1; } }); } };',
      { key: 'threw' },
      false,
    ],
    [
      'an object of the cache changed',
      'export default { setUp({ client }) {\n const [node] = client.list("nodes");\n node.metadata.labels.mine = "yes"; } };',
      { key: 'threw', line: 3, values: { error: 'TypeError' } },
      false,
    ],
    [
      'a request that is refused',
      'export default { setUp({ client }) {\n client.get("pods", "default", "nobody"); } };',
      { key: 'refused', line: 2, values: { reason: 'NotFound', message: 'pods "nobody" not found' } },
      false,
    ],
    [
      'an output without end',
      'export default { setUp({ log }) { for (let i = 0; i < 5000; i++) log("y".repeat(1e4)); throw new Error("z".repeat(1e6)); } };',
      { key: 'threw' },
      false,
    ],
  ];

  test.each(broken)('%s', (_name, source, problem, failed) => {
    const lab = new Lab();
    lab.component('greeter', source);
    lab.run(1);
    const { problems, log, ...state } = lab.state('greeter');
    expect(problems[0]).toMatchObject(problem);
    expect(state.failed).toBe(failed);
    expect(problems.length).toBe(1);
    expect(JSON.stringify(problems).length).toBeLessThan(2000);
    expect(log.length).toBeLessThanOrEqual(500);
    // The rest of the cluster goes on.
    lab.deploy('web', 1);
    lab.settle();
    expect(lab.list('pods')[0]).toMatchObject({ status: { phase: 'Running' } });
  });

  test('a handler that throws leaves the others, and the next change, alone', () => {
    const lab = new Lab();
    lab.component(
      'greeter',
      `export default ({ informers, log }) => {
        informers.for('configmaps').addHandler({ added: (map) => { throw new Error(map.metadata.namespace); } });
        informers.for('configmaps').addHandler({ added: (map) => { log(map.metadata.name); } });
      };`,
    );
    lab.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'one' } });
    lab.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'two' } });
    lab.settle();
    expect(lab.state('greeter').log.slice(-2)).toEqual(['one', 'two']);
    expect(lab.state('greeter').problems).toContainEqual(
      expect.objectContaining({ key: 'threw', line: 2, values: { error: 'Error', message: 'default' }, times: 3 }),
    );
  });

  test('timers keep to the time of the cluster', () => {
    const lab = new Lab();
    lab.component(
      'greeter',
      `export default ({ every, later, log, now }) => { every(5, () => log('every')); later(7, () => log('later')); };`,
    );
    lab.run(12);
    expect(lab.state('greeter').log).toEqual(['every', 'every', 'later', 'every']);
    lab.component('greeter', null);
    lab.component('greeter', 'export default () => {};');
    lab.run(60);
    expect(lab.state('greeter').log).toEqual([]);
  });

  test('what fails is tried again, later and later', () => {
    const lab = new Lab();
    lab.component(
      'greeter',
      `export default ({ informers, queue, log }) => {
        let times = 0;
        const work = queue((key) => { if (++times < 4) throw new Error('not yet'); log(key + ' ' + times); });
        informers.for('configmaps').addHandler({ added: (map) => { if (map.metadata.name === 'one') work.addObject(map); } });
      };`,
    );
    lab.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'one' } });
    lab.run(5);
    expect(lab.state('greeter').log).toEqual(['default/one 4']);
    expect(lab.state('greeter').problems).toEqual([expect.objectContaining({ times: 3 })]);
  });

  test.each(['__proto__', 'scheduler-plugin/a b', '', 'Upper'])('a name that no component can have: %s', (name) => {
    const lab = new Lab();
    lab.component(name, 'export default {};');
    expect(lab.session.cluster.components.list()).toEqual([]);
    const told = lab.session.cluster.engine.trace.since(0).filter(({ kind }) => kind === 'component');
    expect(told.map(({ data }) => data)).toMatchObject([{ problem: { key: 'name', values: { name: `"${name}"` } } }]);
  });

  test('prototypes of the host stay clean', () => {
    const lab = new Lab();
    lab.component(
      'greeter',
      `export default ({ client }) => {
        Object.prototype.polluted = 'yes';
        Array.prototype.map = () => { throw 1; };
        const made = JSON.parse('{"metadata":{"name":"p","namespace":"default","labels":{"__proto__":"x"}},"data":{"constructor":"x"},"__proto__":{"polluted":"yes"}}');
        try { client.create('configmaps', made); } catch {}
      };`,
    );
    lab.settle();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('a plugin of a learner', () => {
  const onWorker2 = `
import type { NodeInfo, Pod } from 'jotasu';
export default {
  weight: 50,
  filter(pod: Pod, { node, pods, requested, allocatable }: NodeInfo) {
    if (pods.length > allocatable.pods || requested.milliCPU < 0) return false;
    if (pod.metadata.labels?.app === 'nowhere') return 'node(s) had a bad day';
  },
  score: (pod: Pod, { node }: NodeInfo) => (node.metadata.name === 'worker-2' ? 100 : 0),
};`;

  test('filters and scores beside the others, and goes again', () => {
    const lab = new Lab('two-workers');
    lab.component('scheduler-plugin/Favourite', onWorker2);
    lab.deploy('web', 6);
    lab.deploy('nowhere', 1);
    lab.settle();
    const nodesOf = (app: string) =>
      lab
        .list('pods')
        .filter(({ metadata }) => metadata.labels?.app === app)
        .map(({ spec }) => (spec as { nodeName?: string }).nodeName);
    expect(new Set(nodesOf('web'))).toEqual(new Set(['worker-2']));
    expect(nodesOf('nowhere')).toEqual([undefined]);
    const why = lab.list('events').find(({ reason }) => reason === 'FailedScheduling');
    expect(why).toMatchObject({ message: expect.stringContaining('2 node(s) had a bad day') });
    lab.component('scheduler-plugin/Favourite', null);
    lab.settle();
    expect(nodesOf('nowhere')).toEqual([expect.stringMatching(/^worker-/)]);
  });

  test('an endless one leaves its pods pending with the reason, and is named', () => {
    const lab = new Lab();
    lab.component('scheduler-plugin/NodeAffinity', 'export default {\n filter() {\n  for (;;) Math.abs(1);\n }\n};');
    lab.deploy('web', 2);
    lab.run(60);
    expect(lab.state('scheduler-plugin/NodeAffinity')).toMatchObject({
      failed: true,
      problems: [{ key: 'steps', line: 3 }],
    });
    expect(lab.list('pods').map(({ status }) => (status as { phase: string }).phase)).toEqual(['Pending', 'Pending']);
    lab.component('scheduler-plugin/NodeAffinity', null);
    lab.run(60);
    expect(lab.list('pods').map(({ status }) => (status as { phase: string }).phase)).toEqual(['Running', 'Running']);
  });

  test('a score that is none is named', () => {
    const lab = new Lab('two-workers');
    lab.component('scheduler-plugin/ImageLocality', 'export default { score: () => 0 / 0 };');
    lab.deploy('web', 1);
    lab.run(30);
    expect(lab.state('scheduler-plugin/ImageLocality').problems[0]).toMatchObject({
      key: 'answer',
      values: { function: 'score', answer: 'null' },
    });
  });
});

describe('a scheduler of a learner', () => {
  test('binds pods in the place of kube-scheduler', () => {
    const lab = new Lab('two-workers');
    lab.component(
      'kube-scheduler',
      `export default ({ client, informers, queue, events }) => {
        const pods = informers.for('pods');
        const nodes = informers.for('nodes');
        const work = queue((key) => {
          const pod = pods.getByKey(key);
          if (pod === undefined || pod.spec.nodeName) return;
          const node = nodes.list(({ spec }) => spec.taints === undefined).map(({ metadata }) => metadata.name).sort().at(-1);
          client.bind(pod, node);
          events.normal(pod, 'Scheduled', 'Took ' + node);
        });
        pods.addHandler({ added: work.addObject });
      };`,
    );
    lab.deploy('web', 3);
    expect(lab.settle()).toBe('settled');
    expect(lab.list('pods').map(({ spec }) => (spec as { nodeName?: string }).nodeName)).toEqual([
      'worker-2',
      'worker-2',
      'worker-2',
    ]);
    expect(lab.state('kube-scheduler').problems).toEqual([]);
  });
});

function stateOf(session: Session): string {
  const { store } = session.cluster;
  return JSON.stringify(store.tableNames().map((table) => store.list(table)));
}
