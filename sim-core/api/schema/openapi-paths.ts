import { type Dialect, type Json, refTo } from './openapi-schema.ts';
import { typeForKind } from './schema.ts';
import type { StructuralSchema } from './structural.ts';

/** A resource as the API server serves it, in one version. */
export interface ServedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** `get list watch create update patch delete deletecollection` */
  readonly verbs: readonly string[];
  readonly subresources?: readonly ServedSubresource[];
  /** The schema of a custom resource, as its CustomResourceDefinition has it. */
  readonly schema?: StructuralSchema;
}

export interface ServedSubresource {
  /** `status`, `scale`, `log`, `exec` … */
  readonly name: string;
  readonly verbs: readonly string[];
  /** What it takes and gives, when that is another kind (Scale, Eviction, TokenRequest). */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json'];

/** The OpenAPI name of a resource's type: the built-in one, or the one that its CustomResourceDefinition brings. */
export function schemaName(group: string, version: string, kind: string): string {
  return typeForKind(group, version, kind)?.name ?? `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

/** The root under which a group's version is served: `/api/v1`, `/apis/apps/v1`. */
export function rootOf(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** `RbacAuthorizationV1`: how operation ids and tags call a group's version. */
function groupName(group: string): string {
  return group === ''
    ? 'core'
    : group
        .replace(/\.k8s\.io$/, '')
        .split('.')
        .map((part, index) => (index === 0 ? part : capital(part)))
        .join('');
}

interface Parameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}
const parameter = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  type,
  description,
});
const PRETTY = parameter('pretty', 'string', "If 'true', then the output is pretty printed.");
const DRY_RUN = parameter(
  'dryRun',
  'string',
  'Whether the change is only tried out: `All` runs every stage but the last, which would persist it.',
);
const FIELD_MANAGER = parameter(
  'fieldManager',
  'string',
  'The name of who makes the change, up to 128 printable characters.',
);
const FIELD_VALIDATION = parameter(
  'fieldValidation',
  'string',
  'What becomes of unknown and duplicate fields: Ignore, Warn (the default) or Strict.',
);
const FORCE = parameter(
  'force',
  'boolean',
  'Whether apply takes over fields that others own. Only for apply requests.',
);
const LIST: readonly Parameter[] = [
  parameter('allowWatchBookmarks', 'boolean', 'Whether a watch may send bookmarks.'),
  parameter('continue', 'string', 'Where a list that was cut by limit goes on.'),
  parameter('fieldSelector', 'string', 'Cuts the list of returned objects down to those whose fields match.'),
  parameter('labelSelector', 'string', 'Cuts the list of returned objects down to those whose labels match.'),
  parameter('limit', 'integer', 'The most objects that a list returns.'),
  parameter('resourceVersion', 'string', 'How old the answer may be.'),
  parameter('resourceVersionMatch', 'string', 'How resourceVersion is applied to lists.'),
  parameter('sendInitialEvents', 'boolean', 'Whether a watch starts with the objects that are there.'),
  parameter('timeoutSeconds', 'integer', 'How long a list or watch may take.'),
  parameter(
    'watch',
    'boolean',
    'Watch for changes to the described resources: a stream of what is added, changed and removed.',
  ),
];
const DELETE: readonly Parameter[] = [
  DRY_RUN,
  parameter('gracePeriodSeconds', 'integer', 'How long the object has before it is deleted; zero: at once.'),
  parameter('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  parameter('propagationPolicy', 'string', 'What becomes of dependents: Orphan, Background or Foreground.'),
];

function query(dialect: Dialect, list: readonly Parameter[]): Json[] {
  return list.map(({ name, type, description }) =>
    dialect === 'v2'
      ? { uniqueItems: true, type, description, name, in: 'query' }
      : { name, in: 'query', description, schema: { type, uniqueItems: true } },
  );
}

function pathParameter(dialect: Dialect, name: string, description: string): Json {
  return dialect === 'v2'
    ? { uniqueItems: true, type: 'string', description, name, in: 'path', required: true }
    : { name, in: 'path', description, required: true, schema: { type: 'string', uniqueItems: true } };
}

interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  readonly action: string;
  readonly id: string;
  readonly parameters?: readonly Parameter[];
  /** Type names: what the request and the answer hold. */
  readonly body?: string;
  readonly answer?: string;
  readonly codes: readonly string[];
}

const REASONS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 401: 'Unauthorized' };

function operationJson(dialect: Dialect, operation: Operation, resource: ServedResource, gvk: Json): Json {
  const ref = (name: string): Json => ({ $ref: refTo(dialect, name) });
  const isPatch = operation.method === 'patch';
  const custom = resource.schema !== undefined;
  const consumes = isPatch
    ? [...PATCH_TYPES, ...(custom ? [] : ['application/strategic-merge-patch+json']), 'application/apply-patch+yaml']
    : ['*/*'];
  const produces = custom ? MEDIA_TYPES.slice(0, 2) : MEDIA_TYPES;
  const json: Json = { tags: [`${groupName(resource.group)}_${resource.version}`], operationId: operation.id };
  const parameters = query(dialect, operation.parameters ?? []);
  const content = (types: readonly string[], schema: Json): Json =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  if (dialect === 'v2') {
    json.consumes = consumes;
    json.produces = produces;
    if (operation.body !== undefined)
      parameters.unshift({
        name: 'body',
        in: 'body',
        required: operation.method !== 'delete',
        schema: ref(operation.body),
      });
  } else if (operation.body !== undefined) {
    json.requestBody = {
      content: content(consumes, ref(operation.body)),
      ...(operation.method === 'delete' ? {} : { required: true }),
    };
  }
  if (parameters.length > 0) json.parameters = parameters;
  const responses: Json = {};
  for (const code of [...operation.codes, '401']) {
    const response: Json = { description: REASONS[code] };
    if (code !== '401' && operation.answer !== undefined) {
      if (dialect === 'v2') response.schema = ref(operation.answer);
      else response.content = content(produces, ref(operation.answer));
    }
    responses[code] = response;
  }
  json.responses = responses;
  json['x-kubernetes-action'] = operation.action;
  json['x-kubernetes-group-version-kind'] = gvk;
  return json;
}

/** The paths of a resource and its subresources. */
export function resourcePaths(resource: ServedResource, dialect: Dialect): Json {
  const { group, version, kind, plural, namespaced, verbs } = resource;
  const type = schemaName(group, version, kind);
  const gvk = { group, version, kind };
  const where = `${capital(groupName(group))}${capital(version)}`;
  const scope = namespaced ? 'Namespaced' : '';
  const root = `${rootOf(group, version)}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`;
  const common = [
    ...(namespaced
      ? [pathParameter(dialect, 'namespace', 'object name and auth scope, such as for teams and projects')]
      : []),
    ...query(dialect, [PRETTY]),
  ];
  const named = [pathParameter(dialect, 'name', `name of the ${kind}`), ...common];
  const paths: Json = {};
  const add = (
    path: string,
    parameters: Json[],
    operations: readonly (Operation | false)[],
    about: Json = gvk,
  ): void => {
    const present = operations.filter((operation) => operation !== false);
    if (present.length === 0) return;
    const item: Json = {};
    for (const operation of present) item[operation.method] = operationJson(dialect, operation, resource, about);
    paths[path] = { ...item, parameters };
  };
  const has = (verb: string): boolean => verbs.includes(verb);
  const write = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
  const list = (id: string): Operation => ({
    method: 'get',
    action: 'list',
    id,
    parameters: LIST,
    answer: `${type}List`,
    codes: ['200'],
  });
  add(root, common, [
    has('list') && list(`list${where}${scope}${kind}`),
    has('create') && {
      method: 'post',
      action: 'post',
      id: `create${where}${scope}${kind}`,
      parameters: write,
      body: type,
      answer: type,
      codes: ['200', '201', '202'],
    },
    has('deletecollection') && {
      method: 'delete',
      action: 'deletecollection',
      id: `delete${where}Collection${scope}${kind}`,
      parameters: [...DELETE, ...LIST],
      body: `${META}.DeleteOptions`,
      answer: `${META}.Status`,
      codes: ['200'],
    },
  ]);
  add(`${root}/{name}`, named, [
    has('get') && { method: 'get', action: 'get', id: `read${where}${scope}${kind}`, answer: type, codes: ['200'] },
    has('update') && {
      method: 'put',
      action: 'put',
      id: `replace${where}${scope}${kind}`,
      parameters: write,
      body: type,
      answer: type,
      codes: ['200', '201'],
    },
    has('delete') && {
      method: 'delete',
      action: 'delete',
      id: `delete${where}${scope}${kind}`,
      parameters: DELETE,
      body: `${META}.DeleteOptions`,
      answer: `${META}.Status`,
      codes: ['200', '202'],
    },
    has('patch') && {
      method: 'patch',
      action: 'patch',
      id: `patch${where}${scope}${kind}`,
      parameters: [...write, FORCE],
      body: `${META}.Patch`,
      answer: type,
      codes: ['200', '201'],
    },
  ]);
  if (namespaced && has('list')) {
    add(`${rootOf(group, version)}/${plural}`, query(dialect, [PRETTY, ...LIST]), [
      { ...list(`list${where}${kind}ForAllNamespaces`), parameters: [] },
    ]);
  }
  for (const sub of resource.subresources ?? []) {
    const about = sub.kind ?? gvk;
    const subType = schemaName(about.group, about.version, about.kind);
    const id = `${where}${scope}${kind}${capital(sub.name)}`;
    const connects = ['exec', 'attach', 'portforward', 'proxy'].includes(sub.name);
    const text = sub.name === 'log';
    add(
      `${root}/{name}/${sub.name}`,
      named,
      [
        sub.verbs.includes('get') && {
          method: 'get',
          action: connects ? 'connect' : 'get',
          id: `${connects ? 'connectGet' : 'read'}${id}`,
          ...(connects || text ? {} : { answer: subType }),
          codes: ['200'],
        },
        sub.verbs.includes('create') && {
          method: 'post',
          action: connects ? 'connect' : 'post',
          id: `${connects ? 'connectPost' : 'create'}${id}`,
          ...(connects ? {} : { parameters: write, body: subType, answer: subType }),
          codes: connects ? ['200'] : ['200', '201', '202'],
        },
        sub.verbs.includes('update') && {
          method: 'put',
          action: 'put',
          id: `replace${id}`,
          parameters: write,
          body: subType,
          answer: subType,
          codes: ['200', '201'],
        },
        sub.verbs.includes('patch') && {
          method: 'patch',
          action: 'patch',
          id: `patch${id}`,
          parameters: [...write, FORCE],
          body: `${META}.Patch`,
          answer: subType,
          codes: ['200', '201'],
        },
      ],
      { ...about },
    );
  }
  return paths;
}
