import { expect, test } from 'vitest';
import { apiDocuments } from '../rest/documents.ts';
import { Lab } from '../testing/lab.ts';

const KITES = '/apis/golden.example/v1/namespaces/default/kites';

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['colour'],
      'x-kubernetes-validations': [{ rule: '!has(self.max) || self.sails <= self.max', message: 'too many sails' }],
      properties: {
        colour: { type: 'string', enum: ['red', 'blue', 'white'] },
        sails: { type: 'integer', minimum: 0, maximum: 9, default: 1 },
        max: { type: 'integer' },
        length: { type: 'number', exclusiveMinimum: true, minimum: 0 },
        port: { type: 'string', pattern: '^[A-Z]{3}$' },
        crew: { type: 'array', maxItems: 2, items: { type: 'string', minLength: 2 } },
        hull: {
          type: 'string',
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'hull is immutable' }],
        },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        name: { type: 'string', maxLength: 5 },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        quota: { 'x-kubernetes-int-or-string': true },
      },
    },
    status: {
      type: 'object',
      properties: { sails: { type: 'integer' }, selector: { type: 'string' }, phase: { type: 'string' } },
    },
  },
};

function baseSpec() {
  return {
    group: 'golden.example',
    scope: 'Namespaced',
    names: { plural: 'kites', singular: 'kite', kind: 'Kite', shortNames: ['kt'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.sails',
            statusReplicasPath: '.status.sails',
            labelSelectorPath: '.status.selector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Colour', type: 'string', jsonPath: '.spec.colour' },
          { name: 'Sails', type: 'integer', jsonPath: '.spec.sails' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: { openAPIV3Schema: structuredClone(schema) },
      },
      {
        name: 'v1beta1',
        served: true,
        storage: false,
        deprecated: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  };
}

function definition(change: (spec: ReturnType<typeof baseSpec>) => void = () => {}) {
  const base = baseSpec();
  change(base);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'kites.golden.example' },
    spec: base,
  };
}

function kite(name: string, spec?: Record<string, unknown>) {
  return { apiVersion: 'golden.example/v1', kind: 'Kite', metadata: { name }, ...(spec === undefined ? {} : { spec }) };
}

function lab(withDefinition = true): Lab {
  const made = new Lab();
  Object.assign(made.cluster.meta, apiDocuments());
  if (withDefinition) {
    made.create(definition());
    made.settle(1);
  }
  return made;
}

const post = (to: Lab, body: unknown, query = '') => to.send('POST', `${KITES}${query}`, body);

test('a definition is established, and its kind served at once', () => {
  const made = lab();
  const crd = made.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kites.golden.example') as {
    status: { conditions: { type: string; status: string; reason: string }[]; storedVersions: string[] };
  };
  expect(crd.status.conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
    'NamesAccepted=True NoConflicts',
    'Established=True InitialNamesAccepted',
  ]);
  expect(crd.status.storedVersions).toEqual(['v1']);
  const { resources } = made.get('/apis/golden.example/v1') as { resources: { name: string; shortNames?: string[] }[] };
  expect(resources.map(({ name }) => name)).toEqual(['kites', 'kites/scale', 'kites/status']);
  expect(resources[0]!.shortNames).toEqual(['kt']);
  expect(JSON.stringify(made.get('/openapi/v3/apis/golden.example/v1'))).toContain('"exclusiveMinimum":true');
});

test('objects are defaulted and pruned, strict requests refused', () => {
  const made = lab();
  const made1 = post(made, kite('a', { colour: 'red', junk: 1, any: { kept: { deep: [1] } } }));
  expect(made1.status).toBe(201);
  expect(made1.body.spec).toEqual({ colour: 'red', sails: 1, any: { kept: { deep: [1] } } });
  expect(made1.body.status).toBeUndefined();
  expect((made1.body.metadata as { generation: number }).generation).toBe(1);
  expect(post(made, kite('b', { colour: 'red', junk: 1 }), '?fieldValidation=Strict').body.message).toBe(
    'Kite in version "v1" cannot be handled as a Kite: strict decoding error: unknown field "spec.junk"',
  );
});

test.each([
  [{ colour: 'green' }, 'spec.colour: Unsupported value: "green": supported values: "red", "blue", "white"'],
  [{}, 'spec.colour: Required value'],
  [undefined, 'spec: Required value'],
  [
    { colour: 'red', sails: 'big' },
    'spec.sails: Invalid value: "string": spec.sails in body must be of type integer: "string"',
  ],
  [{ colour: 'red', sails: 10 }, 'spec.sails: Invalid value: 10: spec.sails in body should be less than or equal to 9'],
  [{ colour: 'red', length: 0 }, 'spec.length: Invalid value: 0: spec.length in body should be greater than 0'],
  [{ colour: 'red', port: 'abc' }, `spec.port: Invalid value: "abc": spec.port in body should match '^[A-Z]{3}$'`],
  [{ colour: 'red', crew: ['al', 'bo', 'cy'] }, 'spec.crew: Too many: 3: must have at most 2 items'],
  [
    { colour: 'red', crew: ['a'] },
    'spec.crew[0]: Invalid value: "a": spec.crew[0] in body should be at least 2 chars long',
  ],
  [{ colour: 'red', name: 'too long' }, 'spec.name: Too long: may not be more than 5 bytes'],
  [{ colour: 'red', tags: ['x', 'x'] }, 'spec.tags[1]: Duplicate value: "x"'],
  [
    { colour: 'red', quota: 1.5 },
    'spec.quota: Invalid value: "number": spec.quota in body must be of type integer,string: "number"',
  ],
  [{ colour: 'red', sails: 5, max: 3 }, 'spec: Invalid value: "object": too many sails'],
])('%j is refused as upstream does', (spec, message) => {
  expect(post(lab(), kite('x', spec)).body.message).toBe(`Kite.golden.example "x" is invalid: ${message}`);
});

test('transition rules compare with what was', () => {
  const made = lab();
  post(made, kite('a', { colour: 'red', hull: 'oak' }));
  const patch = (spec: unknown) => made.send('PATCH', `${KITES}/a`, { spec });
  expect(patch({ hull: 'steel' }).body.message).toBe(
    'Kite.golden.example "a" is invalid: spec.hull: Invalid value: "string": hull is immutable',
  );
  const changed = patch({ colour: 'blue' });
  expect(changed.status).toBe(200);
  expect((changed.body.metadata as { generation: number }).generation).toBe(2);
});

test('status and scale are endpoints of their own', () => {
  const made = lab();
  post(made, kite('a', { colour: 'red' }));
  made.send('PATCH', `${KITES}/a`, { status: { phase: 'lost' } });
  expect(made.get(`${KITES}/a`).status).toBeUndefined();
  made.send('PATCH', `${KITES}/a/status`, {
    status: { phase: 'up', sails: 1, selector: 'a=b' },
    spec: { colour: 'blue' },
  });
  expect(made.get(`${KITES}/a`)).toMatchObject({ status: { phase: 'up' }, spec: { colour: 'red' } });
  expect(made.get(`${KITES}/a/scale`)).toMatchObject({
    spec: { replicas: 1 },
    status: { replicas: 1, selector: 'a=b' },
  });
  made.send('PATCH', `${KITES}/a/scale`, { spec: { replicas: 4 } });
  expect(made.get(`${KITES}/a`).spec).toMatchObject({ sails: 4 });
});

test('columns, other versions', () => {
  const made = lab();
  post(made, kite('a', { colour: 'red' }));
  const token = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const table = made.cluster.answer({
    method: 'GET',
    path: KITES,
    headers: { authorization: 'Bearer jotasu-admin-00000001', ...token },
  }).body as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
  expect(table.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Colour', 'Sails', 'Age']);
  expect(table.rows[0]!.cells).toEqual(['a', 'red', 1, '0s']);
  const beta = made.send('GET', `${KITES.replace('/v1/', '/v1beta1/')}/a`);
  expect(beta.body).toMatchObject({ apiVersion: 'golden.example/v1beta1', spec: { colour: 'red' } });
  expect(beta.headers.warning).toContain('golden.example/v1beta1 Kite is deprecated');
});

test('a definition takes its objects along', () => {
  const made = lab();
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kites.golden.example';
  post(made, kite('a', { colour: 'red' }));
  made.create({ ...kite('held', { colour: 'red' }), metadata: { name: 'held', finalizers: ['golden.example/keep'] } });
  made.send('DELETE', path);
  made.settle(2);
  expect(made.send('GET', `${KITES}/a`).status).toBe(404);
  expect(JSON.stringify(made.get(path).status)).toContain('InstanceDeletionPending');
  made.send('PATCH', `${KITES}/held`, { metadata: { finalizers: null } });
  made.settle(3);
  expect(made.send('GET', path).status).toBe(404);
  expect(made.send('GET', KITES).status).toBe(404);
});

test.each([
  [
    (spec: ReturnType<typeof definition>['spec']) => {
      (spec.versions[0]!.schema.openAPIV3Schema as typeof schema).properties.spec.properties.sails.default = 77;
    },
    'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[sails].default: Invalid value: 77:  in body should be less than or equal to 9',
  ],
  [
    (spec: ReturnType<typeof definition>['spec']) => {
      delete (
        (spec.versions[0]!.schema.openAPIV3Schema as typeof schema).properties.spec.properties.colour as {
          type?: string;
        }
      ).type;
    },
    'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[colour].type: Required value: must not be empty for specified object fields',
  ],
])('schemas must be sound', (change, message) => {
  const made = lab(false);
  expect(made.post(definition(change)).body.message).toBe(
    `CustomResourceDefinition.apiextensions.k8s.io "kites.golden.example" is invalid: ${message}`,
  );
});

test('rules must compile', () => {
  const made = lab(false);
  const withRule = (rule: string) =>
    made.post(
      definition((spec) => {
        const { hull } = (spec.versions[0]!.schema.openAPIV3Schema as typeof schema).properties.spec.properties;
        hull['x-kubernetes-validations'] = [{ rule, message: 'm' }];
      }),
    ).body.message;
  expect(withRule('self + 1 == 2')).toContain(
    `compilation failed: ERROR: <input>:1:6: found no matching overload for '_+_' applied to '(string, int)'\n | self + 1 == 2\n | .....^`,
  );
  expect(withRule('self.foo ==')).toContain("<input>:1:12: Syntax error: mismatched input '<EOF>' expecting");
});

test('finalizers without a path are allowed, with a warning where they are new', () => {
  const made = lab();
  const metadata = { name: 'f', finalizers: ['cleanup.golden.example', 'golden.example/tidy'] };
  const first = made.send('POST', KITES, {
    apiVersion: 'golden.example/v1',
    kind: 'Kite',
    metadata,
    spec: { colour: 'red' },
  });
  expect(first.status).toBe(201);
  expect(first.headers.warning).toBe(
    '299 - "metadata.finalizers: \\"cleanup.golden.example\\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers"',
  );
  expect(made.send('PATCH', `${KITES}/f`, { spec: { colour: 'blue' } }).headers.warning).toBeUndefined();
});
