/** In-process throughput of the API server, operations per second, as JSON. */
import { privilegedGroup } from '../../sim-core/apiserver/authorization.ts';
import { ApiServer } from '../../sim-core/apiserver/server.ts';
import { Engine, type TraceLevel } from '../../sim-core/engine/index.ts';
import { builtInResources } from '../../sim-core/resources/index.ts';
import { ResourceRegistry } from '../../sim-core/resources/registry.ts';
import { Store } from '../../sim-core/store/store.ts';

const user = { username: 'bench', groups: ['system:masters'] };

function server(level: TraceLevel) {
  const engine = new Engine({ seed: 1, epoch: 1_767_603_600_000_000, trace: { level } });
  const api = new ApiServer({
    engine,
    store: new Store(engine),
    resources: new ResourceRegistry(builtInResources),
    authorizers: [privilegedGroup],
    admission: [],
  });
  const target = (plural: string) => api.resources.resource('', 'v1', plural)!;
  return { engine, api, target };
}

/** Operations per second: the median of several rounds, after one to warm up. */
function rate(count: number, run: (round: number, index: number) => void): number {
  const rates: number[] = [];
  for (let round = 0; round < 6; round++) {
    const start = performance.now();
    for (let index = 0; index < count; index++) run(round, index);
    if (round > 0) rates.push((count / (performance.now() - start)) * 1000);
  }
  return Math.round(rates.sort((a, b) => a - b)[2]!);
}

function creates(plural: string, level: TraceLevel, body: () => object): number {
  const { api, target, engine } = server(level);
  const resource = target(plural);
  const kind = resource.kind;
  return rate(10_000, (round, index) => {
    if (index === 0) engine.runUntil(engine.now + 1_000_000);
    const object = {
      apiVersion: 'v1',
      kind,
      metadata: { name: `x-${round}-${index}`, namespace: 'default' },
      ...body(),
    };
    api.handle({
      verb: 'create',
      target: resource,
      namespace: 'default',
      user,
      userAgent: 'bench',
      options: {},
      warnings: [],
      body: object as never,
    });
  });
}

function reads(): { gets: number; lists: number } {
  const { api, target } = server('off');
  const resource = target('configmaps');
  const common = { target: resource, namespace: 'default', user, userAgent: 'bench', options: {}, warnings: [] };
  for (let index = 0; index < 1000; index++) {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `x-${index}` }, data: { a: '1' } };
    api.handle({ ...common, verb: 'create', body: body as never });
  }
  return {
    gets: rate(300_000, (_round, index) => void api.handle({ ...common, verb: 'get', name: `x-${index % 1000}` })),
    lists: rate(3000, () => void api.handle({ ...common, verb: 'list' })),
  };
}

/**
 * Microseconds of a change and its delivery: with one watcher; with a thousand of which one matches; and, per delivery, with a thousand that
 * all match.
 */
function watches(): { watchedByOne: number; watchedByOneOfMany: number; watchedByMany: number } {
  const cost = (watchers: number, matching: number, changes: number) => {
    const { api, target, engine } = server('off');
    const resource = target('configmaps');
    const common = { target: resource, namespace: 'default', user, userAgent: 'bench', warnings: [] };
    const body = (index: number) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
      data: { a: `${index}` },
    });
    api.handle({ ...common, verb: 'create', options: {}, body: body(-1) as never });
    let heard = 0;
    for (let index = 0; index < watchers; index++) {
      const options = {
        resourceVersion: String(api.store.revision),
        ...(index < matching ? {} : { fieldSelector: `metadata.name=y-${index}` }),
      };
      api.watch(
        { ...common, verb: 'watch', options },
        () => heard++,
        () => {},
      );
    }
    engine.runUntil(engine.now + 1_000_000);
    const perSecond = rate(changes, (round, index) => {
      api.handle({ ...common, verb: 'update', name: 'x', options: {}, body: body(round * changes + index) as never });
      if (index % 100 === 99) engine.runUntil(engine.now + 1_000_000);
    });
    if (heard < 6 * changes * matching) throw new Error(`${heard} events were heard`);
    return 1_000_000 / perSecond / matching;
  };
  return {
    watchedByOne: cost(1, 1, 5000),
    watchedByOneOfMany: cost(1000, 1, 5000),
    watchedByMany: cost(1000, 1000, 500),
  };
}

const podSpec = () => ({
  spec: {
    containers: [
      {
        name: 'nginx',
        image: 'nginx:1.27',
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      },
    ],
  },
});
process.stdout.write(
  JSON.stringify({
    configMapCreates: creates('configmaps', 'off', () => ({ data: { color: 'blue', size: '3' } })),
    podCreates: creates('pods', 'full', podSpec),
    ...reads(),
    ...watches(),
  }),
);
