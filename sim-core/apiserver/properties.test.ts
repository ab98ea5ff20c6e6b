import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deepEqual } from '../api/equality.ts';
import type { AnyObject } from '../api/objects.ts';
import { apiDocuments } from './rest/documents.ts';
import { Lab } from './testing/lab.ts';

const RUNS = { seed: 33, numRuns: 150 };

/** JSON as an attacker or a slip of the pen makes it: keys that mean something to JavaScript, to Kubernetes, and nothing. */
const key = fc.constantFrom(
  ...['metadata', 'spec', 'status', 'data', 'labels', 'name', 'containers', 'image', 'ports', 'template', 'selector'],
  ...[
    'matchLabels',
    'replicas',
    'resources',
    'limits',
    'cpu',
    'x',
    '',
    '__proto__',
    'constructor',
    'toString',
    '$patch',
  ],
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 53, '', 'a', '1Gi', '50%', '\u0000', '🛟', 'default'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const KINDS = [
  ['/api/v1/namespaces/default/pods', 'v1', 'Pod'],
  ['/api/v1/namespaces/default/services', 'v1', 'Service'],
  ['/api/v1/namespaces/default/configmaps', 'v1', 'ConfigMap'],
  ['/apis/apps/v1/namespaces/default/deployments', 'apps/v1', 'Deployment'],
  ['/apis/batch/v1/namespaces/default/jobs', 'batch/v1', 'Job'],
  ['/apis/networking.k8s.io/v1/namespaces/default/ingresses', 'networking.k8s.io/v1', 'Ingress'],
  ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
] as const;

const PATCHES = ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml'];

// A Lab throws where the server fails instead of answering: that is what these runs look for.
it('random objects are accepted or refused', () => {
  const lab = new Lab();
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), json, json, json, ([path, apiVersion, kind], spec, data, meta) => {
      const metadata = { name: 'x', ...(meta !== null && typeof meta === 'object' ? meta : {}) };
      const { status } = lab.send('POST', path, { apiVersion, kind, metadata, spec, data });
      expect([201, 400, 409, 422]).toContain(status);
    }),
    RUNS,
  );
});

it('random patches are accepted or refused, and a refused one changes nothing', () => {
  const lab = new Lab();
  const container = { name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] };
  lab.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
    },
  });
  lab.settle();
  const path = '/apis/apps/v1/namespaces/default/deployments/web';
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path: fc.array(key, { maxLength: 4 }).map((keys) => keys.map((one) => `/${one}`).join('')),
    from: fc.constantFrom('/spec', '/spec/template', '/metadata/labels', ''),
    value: json,
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...PATCHES),
      fc.oneof(fc.array(operation, { maxLength: 3 }), json, fc.record({ spec: json, metadata: json })),
      (type, body) => {
        const before = lab.get(path);
        const given =
          type === 'apply-patch+yaml' && body !== null && typeof body === 'object'
            ? { ...body, apiVersion: 'apps/v1', kind: 'Deployment' }
            : body;
        const query = '?fieldManager=fuzz&force=true';
        const answer = lab.send('PATCH', path + query, given, undefined, '', { 'content-type': `application/${type}` });
        expect([200, 400, 409, 415, 422, 500]).toContain(answer.status);
        // 500 is upstream's answer to a configuration that does not fit the schema.
        if (answer.status !== 200) expect(lab.get(path)).toEqual(before);
      },
    ),
    RUNS,
  );
});

it('what is accepted is read back as it was answered, and applied again changes nothing', () => {
  const lab = new Lab();
  const text = fc.string({ unit: 'grapheme', maxLength: 8 });
  let count = 0;
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z._-]{1,8}$/), text), (data) => {
      const path = `/api/v1/namespaces/default/configmaps/round-${count++}`;
      const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: path.split('/').at(-1)! }, data };
      const apply = () =>
        lab.send('PATCH', `${path}?fieldManager=a`, config, undefined, '', {
          'content-type': 'application/apply-patch+yaml',
        });
      const made = apply();
      if (made.status >= 300) return;
      expect(lab.get(path)).toEqual(made.body);
      expect(made.body.data ?? {}).toEqual(data);
      expect(apply().body).toEqual(made.body);
    }),
    { ...RUNS, numRuns: 60 },
  );
});

it('managers own exactly what they applied last; what nobody owns any more goes', () => {
  const keys = ['a', 'b', 'c'] as const;
  const step = fc.record({
    manager: fc.constantFrom('one', 'two'),
    data: fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('1', '2'), { minKeys: 1 }),
    force: fc.boolean(),
  });
  let count = 0;
  const lab = new Lab();
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      const path = `/api/v1/namespaces/default/configmaps/own-${count++}`;
      const owned = new Map<string, Readonly<Record<string, string>>>();
      for (const { manager, data, force } of steps) {
        const live = (lab.get(path).data ?? {}) as Record<string, string>;
        const answer = lab.send(
          'PATCH',
          `${path}?fieldManager=${manager}&force=${force}`,
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: path.split('/').at(-1)! }, data },
          undefined,
          '',
          { 'content-type': 'application/apply-patch+yaml' },
        );
        const [other, theirs = {}] = [...owned].find(([name]) => name !== manager) ?? [];
        const disputed = Object.keys(data).filter((name) => name in theirs && live[name] !== data[name]);
        expect(answer.status === 409).toBe(disputed.length > 0 && !force);
        if (answer.status === 409) continue;
        owned.set(manager, data);
        if (other !== undefined)
          owned.set(other, Object.fromEntries(Object.entries(theirs).filter(([name]) => !disputed.includes(name))));
        const expected = Object.assign({}, ...[...owned.values()], data);
        expect(answer.body.data ?? {}).toEqual(expected);
      }
    }),
    { ...RUNS, numRuns: 80 },
  );
});

it('a list and a watch from any revision come to the same state', () => {
  const change = fc.tuple(fc.constantFrom('PUT', 'DELETE'), fc.constantFrom('a', 'b', 'c'), fc.nat(3));
  fc.assert(
    fc.property(fc.array(change, { minLength: 3, maxLength: 15 }), fc.nat(14), (changes, cut) => {
      const lab = new Lab();
      Object.assign(lab.cluster.meta, apiDocuments());
      const { server } = lab.cluster;
      const path = '/api/v1/namespaces/default/configmaps';
      const state = new Map<string, AnyObject>();
      let since = '';
      for (const [index, [method, name, value]] of changes.entries()) {
        if (index === cut % changes.length) {
          const list = lab.get(path) as unknown as { items: AnyObject[]; metadata: { resourceVersion: string } };
          for (const item of list.items) state.set(item.metadata.name, item);
          since = list.metadata.resourceVersion;
        }
        const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: String(value) } };
        if (method === 'DELETE') lab.send('DELETE', `${path}/${name}`);
        else if (lab.send('POST', path, body).status === 409) lab.send('PUT', `${path}/${name}`, body);
      }
      server.watch(
        {
          verb: 'watch',
          target: server.resources.resource('', 'v1', 'configmaps')!,
          namespace: 'default',
          user: { username: 'w', groups: ['system:masters'] },
          userAgent: 'test',
          options: { resourceVersion: since },
          warnings: [],
        },
        ({ type, object }) => {
          if (type === 'DELETED') state.delete(object.metadata.name);
          else state.set(object.metadata.name, object);
        },
        () => {},
      );
      lab.settle();
      const now = (lab.get(path) as unknown as { items: AnyObject[] }).items;
      expect([...state.keys()].sort()).toEqual(now.map(({ metadata }) => metadata.name));
      for (const item of now) expect(deepEqual(state.get(item.metadata.name)!.data, item.data)).toBe(true);
    }),
    { ...RUNS, numRuns: 15 },
  );
});
