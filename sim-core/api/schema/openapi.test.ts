import { describe, expect, test } from 'vitest';
import { ProtoReader } from '../protobuf/reader.ts';
import { DESCRIPTIONS } from './descriptions.gen.ts';
import type { ServedResource } from './openapi-paths.ts';
import { describeFrom, type Json } from './openapi-schema.ts';
import { openApiV2 } from './openapi-v2.ts';
import { encodeOpenApiV2 } from './openapi-v2-proto.ts';
import { type OpenApiSource, openApiV3, openApiV3Index } from './openapi-v3.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const resources: ServedResource[] = [
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false, verbs },
  {
    group: '',
    version: 'v1',
    kind: 'Pod',
    plural: 'pods',
    namespaced: true,
    verbs,
    subresources: [
      { name: 'status', verbs: ['get', 'patch', 'update'] },
      { name: 'exec', verbs: ['create', 'get'] },
      { name: 'eviction', verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
    ],
  },
  {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    plural: 'deployments',
    namespaced: true,
    verbs,
    subresources: [{ name: 'scale', verbs: ['get', 'patch', 'update'], kind: scale }],
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    namespaced: false,
    verbs: ['create'],
  },
  {
    group: 'golden.example',
    version: 'v1',
    kind: 'Team',
    plural: 'teams',
    namespaced: true,
    verbs,
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          required: ['size'],
          properties: { size: { type: 'integer', default: 1 }, lead: { type: 'string', nullable: true } },
        },
      },
    },
  },
];
const source: OpenApiSource = { resources, serverVersion: 'v1.33.0', describe: describeFrom(DESCRIPTIONS) };

interface Operation {
  parameters?: { name: string }[];
  'x-kubernetes-group-version-kind'?: Json;
  'x-kubernetes-action'?: string;
  requestBody?: { content: Json };
  responses: Record<string, { content?: Json; schema?: Json }>;
}
type Paths = Record<string, Record<string, Operation>>;
const v3 = (path: string, from = source) =>
  openApiV3(from, path) as { paths: Paths; components: { schemas: Record<string, Json> } };

/** Every reference in a document. */
function references(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : references(value),
  );
}

describe('/openapi/v3', () => {
  test('the index names the documents, with a hash that changes with what is served', () => {
    const { paths } = openApiV3Index(source) as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(paths)).toEqual([
      'api/v1',
      'apis/apps/v1',
      'apis/authorization.k8s.io/v1',
      'apis/golden.example/v1',
    ]);
    expect(paths['apis/apps/v1']!.serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{32}$/);
    const changed = openApiV3Index({ ...source, resources: resources.map((one) => ({ ...one, verbs: ['get'] })) });
    expect((changed.paths as typeof paths)['apis/apps/v1']).not.toEqual(paths['apis/apps/v1']);
  });

  test('an operation tells kubectl what it takes', () => {
    const patch = v3('apis/apps/v1').paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!.patch!;
    expect(patch.parameters!.map(({ name }) => name)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: 'apps', version: 'v1', kind: 'Deployment' });
    expect(Object.keys(patch.requestBody!.content)).toContain('application/strategic-merge-patch+json');
    const team =
      v3('apis/golden.example/v1').paths['/apis/golden.example/v1/namespaces/{namespace}/teams/{name}']!.patch!;
    expect(Object.keys(team.requestBody!.content)).not.toContain('application/strategic-merge-patch+json');
  });

  test('has the paths of what is served, and no others', () => {
    expect(Object.keys(v3('api/v1').paths)).toEqual([
      '/api/v1/namespaces',
      '/api/v1/namespaces/{namespace}/pods',
      '/api/v1/namespaces/{namespace}/pods/{name}',
      '/api/v1/namespaces/{namespace}/pods/{name}/eviction',
      '/api/v1/namespaces/{namespace}/pods/{name}/exec',
      '/api/v1/namespaces/{namespace}/pods/{name}/status',
      '/api/v1/namespaces/{name}',
      '/api/v1/pods',
    ]);
    const review = v3('apis/authorization.k8s.io/v1').paths;
    expect(Object.entries(review).map(([path, item]) => [path, Object.keys(item)])).toEqual([
      ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', ['post', 'parameters']],
    ]);
    expect(openApiV3(source, 'apis/nope/v1')).toBeUndefined();
  });

  test('a subresource of another kind says so', () => {
    const get = v3('apis/apps/v1').paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale']!.get!;
    expect(get['x-kubernetes-group-version-kind']).toEqual(scale);
    expect(references(get.responses)).toContain('#/components/schemas/io.k8s.api.autoscaling.v1.Scale');
  });

  test('every reference leads somewhere', () => {
    for (const path of ['api/v1', 'apis/apps/v1', 'apis/golden.example/v1']) {
      const document = v3(path);
      const known = new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`));
      expect(references(document).filter((ref) => !known.has(ref))).toEqual([]);
      expect(known.size).toBeGreaterThan(5);
    }
  });

  test('a schema carries types, defaults, merge keys and list types', () => {
    const { schemas } = v3('api/v1').components;
    const container = schemas['io.k8s.api.core.v1.Container'] as {
      required: string[];
      properties: Record<string, Json>;
    };
    expect(container.required).toEqual(['name']);
    expect(container.properties.ports).toMatchObject({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      'x-kubernetes-patch-merge-key': 'containerPort',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(container.properties.resources).toMatchObject({
      default: {},
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.ResourceRequirements' }],
    });
    expect(container.properties.imagePullPolicy).toMatchObject({
      type: 'string',
      enum: ['Always', 'IfNotPresent', 'Never'],
    });
    expect(container.properties.name!.description).toMatch(/^Name of the container/);
    expect(schemas['io.k8s.api.core.v1.Pod']).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'Pod', version: 'v1' }],
    });
    const bare = v3('api/v1', { ...source, describe: undefined }).components.schemas['io.k8s.api.core.v1.Pod'];
    expect(JSON.stringify(bare)).not.toContain('description');
  });

  test('a custom resource has the schema of its definition, with metadata', () => {
    const team = v3('apis/golden.example/v1').components.schemas['example.golden.v1.Team'] as Json;
    expect(team).toMatchObject({
      properties: { spec: resources[4]!.schema!.properties!.spec, kind: { type: 'string' } },
      'x-kubernetes-group-version-kind': [{ group: 'golden.example', kind: 'Team', version: 'v1' }],
    });
  });
});

describe('/openapi/v2', () => {
  const document = openApiV2(source) as { paths: Paths; definitions: Record<string, Json> };

  test('holds all groups in one document', () => {
    expect(Object.keys(document.paths)).toHaveLength(8 + 4 + 1 + 3);
    for (const ref of references(document))
      expect(document.definitions).toHaveProperty([ref.slice('#/definitions/'.length)]);
    const post = document.paths['/api/v1/namespaces/{namespace}/pods']!.post!;
    expect(post.parameters!.map(({ name }) => name)).toEqual(['body', 'dryRun', 'fieldManager', 'fieldValidation']);
  });

  test('says of custom resources what OpenAPI 2 can say', () => {
    expect(document.definitions['example.golden.v1.Team']).toMatchObject({
      properties: { spec: { properties: { size: { type: 'integer' }, lead: {} } } },
    });
    expect(JSON.stringify(document.definitions['example.golden.v1.Team'])).not.toContain('nullable');
  });

  test('in protobuf says the same', () => {
    const bytes = encodeOpenApiV2(document);
    const definitions = new Map<string, ReturnType<typeof readSchema>>();
    const paths: string[] = [];
    let swagger = '';
    each(new ProtoReader(bytes), {
      1: (reader) => {
        swagger = reader.string();
      },
      8: (reader) =>
        each(reader.message(), { 2: (item) => each(item.message(), { 1: (name) => paths.push(name.string()) }) }),
      9: (reader) => each(reader.message(), { 1: (named) => definitions.set(...readNamed(named.message())) }),
    });
    expect(swagger).toBe('2.0');
    expect(paths).toEqual(Object.keys(document.paths));
    expect([...definitions.keys()]).toEqual(Object.keys(document.definitions));
    for (const [name, schema] of definitions) {
      const expected = document.definitions[name]!;
      expect(schema.properties).toEqual(Object.keys((expected.properties as Json | undefined) ?? {}));
      expect(schema.type).toBe(expected.type);
      expect(schema.required).toEqual(expected.required ?? []);
      expect(schema.description).toBe(expected.description);
      expect(schema.extensions).toEqual(Object.keys(expected).filter((key) => key.startsWith('x-')));
    }
  });
});

type Handlers = Record<number, (reader: ProtoReader) => void>;
function each(reader: ProtoReader, handlers: Handlers): void {
  while (reader.next()) {
    const handler = handlers[reader.field];
    if (handler === undefined) reader.skip();
    else handler(reader);
  }
}

function readNamed(reader: ProtoReader): [string, ReturnType<typeof readSchema>] {
  let name = '';
  let schema: ReturnType<typeof readSchema> | undefined;
  each(reader, {
    1: (inner) => {
      name = inner.string();
    },
    2: (inner) => {
      schema = readSchema(inner.message());
    },
  });
  return [name, schema!];
}

function readSchema(reader: ProtoReader) {
  const schema = {
    type: undefined as string | undefined,
    description: undefined as string | undefined,
    required: [] as string[],
    properties: [] as string[],
    extensions: [] as string[],
  };
  each(reader, {
    4: (inner) => {
      schema.description = inner.string();
    },
    19: (inner) => schema.required.push(inner.string()),
    22: (inner) =>
      each(inner.message(), {
        1: (type) => {
          schema.type = type.string();
        },
      }),
    25: (inner) => each(inner.message(), { 1: (named) => schema.properties.push(readNamed(named.message())[0]) }),
    31: (inner) => each(inner.message(), { 1: (name) => schema.extensions.push(name.string()) }),
  });
  return schema;
}
