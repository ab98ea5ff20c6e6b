import type { Api, ApiObject, RequestOptions } from './api.ts';
import type { Context } from './command.ts';
import {
  type ApiResource,
  type Discovery,
  groupResource,
  groupVersion,
  noResourceType,
  resourcePath,
} from './discovery.ts';
import { validationOf } from './dry-run.ts';
import { asError, isNotFound, isReason, KubectlError, PlainError, quote, StatusError } from './errors.ts';
import { type FlagSpec, flag } from './flags.ts';
import { type FilenameOptions, readManifests } from './manifests.ts';

/** One thing that a command works on (resource.Info). `object` is a list where a collection was asked for. */
export interface Info {
  readonly mapping: ApiResource;
  namespace: string;
  readonly name: string;
  object: ApiObject;
  /** The file it came from. */
  readonly source?: string;
}

export interface Query {
  readonly args?: readonly string[];
  readonly files?: FilenameOptions;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  readonly namespace: string;
  /** Files must not name another namespace. */
  readonly enforceNamespace?: boolean;
  /** Objects out of files that name no namespace stay so. */
  readonly noDefaultNamespace?: boolean;
  /** A type without a name means all of its objects. */
  readonly allowEmptySelector?: boolean;
  /** Do not ask the server for objects that are named or come from files. */
  readonly noFetch?: boolean;
  /** Ask the server for the objects that files name. */
  readonly latest?: boolean;
  readonly local?: boolean;
  readonly chunkSize?: number;
  readonly subresource?: string;
  readonly request?: RequestOptions;
  /** Leave lists (and Tables) as they are. */
  readonly keepLists?: boolean;
  readonly singleResourceType?: boolean;
  /** Only resources of one type may be named (`ResourceTypeOrNameArgs` of scale and others uses this default). */
  readonly resourceNames?: { resource: string; names: readonly string[] };
}

export interface QueryResult {
  readonly infos: Info[];
  readonly errors: Error[];
  /** Exactly one object was asked for by name or by file. */
  readonly singleItem: boolean;
}

export const MISSING_RESOURCE =
  "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

const MISSING_FILE =
  "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

/** -f, -k and -R. */
export function filenameFlags(what: string): FlagSpec[] {
  return [
    flag('f,filename', 'stringSlice', '[]', `File, folder or - (standard input) with ${what}`),
    flag('k,kustomize', 'string', '', 'A folder with a kustomization.yaml'),
    flag('R,recursive', 'bool', 'false', 'Read the folders inside the folder of -f as well'),
  ];
}

export function selectorFlag(): FlagSpec {
  return flag('l,selector', 'string', '', 'Only objects whose labels match, such as app=web,tier in (front)');
}

export function filenameOptions(context: Context): FilenameOptions {
  const { flags } = context;
  return {
    filenames: flags.list('filename'),
    kustomize: flags.has('kustomize') ? flags.string('kustomize') : '',
    recursive: flags.has('recursive') && flags.bool('recursive'),
    validates: flags.has('validate') && validationOf(context) !== 'Ignore',
  };
}

export function hasFiles(options: FilenameOptions): boolean {
  return options.filenames.length > 0 || options.kustomize !== '';
}

/** FilenameOptions.RequireFilenameOrKustomize */
export function requireFiles(options: FilenameOptions): void {
  if (options.filenames.length > 0 && options.kustomize !== '')
    throw new KubectlError('only one of -f or -k can be specified');
  if (!hasFiles(options)) throw new KubectlError('must specify one of -f and -k');
}

/** Finds a resource by its word; asks the server once more where it is not known, as kubectl does. */
export async function findResource(context: Context, word: string): Promise<ApiResource> {
  const found = (await context.discovery()).lookup(word) ?? (await context.refreshDiscovery()).lookup(word);
  if (found === undefined) throw noResourceType(word);
  return found;
}

/** The same for commands that ask the mapper themselves: their error has no `error: ` before it. */
export async function findBareResource(context: Context, word: string): Promise<ApiResource> {
  try {
    return await findResource(context, word);
  } catch (error) {
    throw error instanceof KubectlError ? new PlainError(error.message) : error;
  }
}

/** Finds the resource of an object out of a file. */
export async function findKind(context: Context, object: ApiObject, source: string): Promise<ApiResource> {
  const found =
    (await context.discovery()).forKind(object.apiVersion, object.kind) ??
    (await context.refreshDiscovery()).forKind(object.apiVersion, object.kind);
  if (found !== undefined) return found;
  throw new KubectlError(
    `resource mapping not found for name: ${quote(object.metadata?.name ?? '')} namespace: ${quote(object.metadata?.namespace ?? '')} from ${quote(source)}: ` +
      `no matches for kind ${quote(object.kind)} in version ${quote(object.apiVersion ?? '')}\nensure CRDs are installed first`,
  );
}

function expandCategories(discovery: Discovery, word: string): string {
  return word
    .split(',')
    .map((part) => discovery.category(part)?.map(groupResource).join(',') ?? part)
    .join(',');
}

interface Tuple {
  resource: string;
  name: string;
}

/** `pods,svc/web` means `pods/web svc/web`. */
function normalizeArgs(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const slash = arg.indexOf('/');
    if (slash <= 0 || arg.indexOf('/', slash + 1) >= 0) return [arg];
    const types = arg.slice(0, slash).split(',');
    return types.length < 2 ? [arg] : types.map((type) => `${type}/${arg.slice(slash + 1)}`);
  });
}

function combinedTuples(args: readonly string[]): Tuple[] | undefined {
  const slashed = args.filter((arg) => arg.includes('/')).length;
  if (slashed === 0) return undefined;
  if (slashed !== args.length) {
    throw new KubectlError(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    );
  }
  return args.map((arg) => {
    const parts = arg.split('/');
    if (parts.length !== 2) throw new KubectlError('arguments in resource/name form may not have more than one slash');
    const [resource = '', name = ''] = parts;
    if (resource === '' || name === '' || resource.split(',').length !== 1)
      throw new KubectlError('arguments in resource/name form must have a single resource and name');
    return { resource, name };
  });
}

/** resource.Helper's Get with the builder's check of the namespace. */
export async function fetchObject(
  api: Api,
  mapping: ApiResource,
  namespace: string,
  name: string,
  request: RequestOptions = {},
  subresource?: string,
): Promise<ApiObject> {
  try {
    return await api.get(resourcePath(mapping, namespace, name, subresource), request);
  } catch (error) {
    if (isNotFound(error) && mapping.namespaced && namespace !== '' && namespace !== 'default') {
      try {
        await api.get(`/api/v1/namespaces/${namespace}`);
      } catch (second) {
        if (isNotFound(second)) throw second;
      }
    }
    throw error;
  }
}

function gvrText(mapping: ApiResource): string {
  return `${mapping.group === '' ? '' : mapping.group}/${mapping.version}, Resource=${mapping.resource}`;
}

/** Lists a collection page by page; `visit` sees each page. */
export async function listPages(
  api: Api,
  mapping: ApiResource,
  namespace: string,
  query: {
    selector?: string;
    fieldSelector?: string;
    chunkSize?: number;
    request?: RequestOptions;
    subresource?: string;
  },
  visit: (list: ApiObject) => void,
): Promise<void> {
  let next = '';
  do {
    let list: ApiObject;
    try {
      list = await api.get(resourcePath(mapping, namespace, undefined), {
        ...query.request,
        query: {
          ...query.request?.query,
          labelSelector: query.selector,
          fieldSelector: query.fieldSelector,
          limit: query.chunkSize === undefined || query.chunkSize <= 0 ? undefined : query.chunkSize,
          continue: next,
        },
      });
    } catch (error) {
      if (!(error instanceof StatusError) || (!isReason(error, 'BadRequest') && !isNotFound(error))) throw error;
      const selectors = (query.selector ?? '') === '' && (query.fieldSelector ?? '') === '';
      const frame = selectors
        ? `Unable to list ${quote(gvrText(mapping))}`
        : `Unable to find ${quote(gvrText(mapping))} that match label selector ${quote(query.selector ?? '')}, field selector ${quote(query.fieldSelector ?? '')}`;
      throw new StatusError({ ...error.status, message: `${frame}: ${error.message}` });
    }
    visit(list);
    next = list.metadata?.continue ?? '';
  } while (next !== '');
}

/** Whether labels match a simple selector; used where -l filters objects that come from files. */
export function matchesSelector(selector: string, labels: Record<string, string> | undefined): boolean {
  const value = (key: string): string | undefined =>
    labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  for (const part of selector.split(/,(?![^(]*\))/)) {
    const text = part.trim();
    if (text === '') continue;
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
    if (set !== null) {
      const values = set[3]!.split(',').map((item) => item.trim());
      const found = value(set[1]!);
      const inside = found !== undefined && values.includes(found);
      if (set[2] === 'in' ? !inside : inside) return false;
      continue;
    }
    const pair = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(text);
    if (pair !== null) {
      if ((value(pair[1]!) === pair[3]) !== (pair[2] !== '!=')) return false;
    } else if (text.startsWith('!') ? value(text.slice(1).trim()) !== undefined : value(text) === undefined)
      return false;
  }
  return true;
}

/** The items of a list, each with kind and apiVersion; a single object as itself. */
export function flattenList(object: ApiObject): ApiObject[] {
  if (!Array.isArray(object.items) || !object.kind.endsWith('List')) return [object];
  const kind = object.kind.slice(0, -'List'.length);
  return (object.items as ApiObject[]).flatMap((item) =>
    flattenList(item.kind === undefined ? { ...item, apiVersion: object.apiVersion, kind } : item),
  );
}

class Builder {
  readonly #context: Context;
  readonly #query: Query;
  readonly infos: Info[] = [];
  readonly errors: Error[] = [];
  singleItem = false;

  constructor(context: Context, query: Query) {
    this.#context = context;
    this.#query = query;
  }

  async run(): Promise<void> {
    const query = this.#query;
    let resources: string[] = [];
    let names: string[] = [];
    let tuples: Tuple[] = [];
    let selector = query.selector === '' ? undefined : query.selector;
    const fieldSelector = query.fieldSelector === '' ? undefined : query.fieldSelector;
    if (query.local === true && (query.args ?? []).length > 0 && (query.files === undefined || !hasFiles(query.files)))
      throw new KubectlError(MISSING_FILE);
    if (query.resourceNames !== undefined) {
      const { resource } = query.resourceNames;
      for (const name of query.resourceNames.names) {
        const combined = combinedTuples([name]);
        tuples.push(...(combined ?? [{ resource, name }]));
      }
    } else if ((query.args ?? []).length > 0) {
      const args = normalizeArgs(query.args!);
      const combined = combinedTuples(args);
      if (combined !== undefined) tuples = combined;
      else {
        const [types, ...rest] = args;
        const needsCategories = types!.split(',').some((type) => /^[a-z-]+$/.test(type));
        resources = (needsCategories ? expandCategories(await this.#context.discovery(), types!) : types!).split(',');
        names = rest;
        if (names.length === 0 && selector === undefined && query.allowEmptySelector === true) selector = '';
      }
    }
    if (query.all === true) selector = '';
    if (query.files !== undefined && hasFiles(query.files)) {
      if (resources.length > 0 || tuples.length > 0 || names.length > 0)
        throw new KubectlError(
          'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
        );
      await this.#byFiles(query.files, selector);
    } else if (selector !== undefined || fieldSelector !== undefined) {
      if (names.length > 0) throw new KubectlError('name cannot be provided when a selector is specified');
      if (tuples.length > 0)
        throw new KubectlError('selectors and the all flag cannot be used when passing resource/name arguments');
      if (resources.length === 0) throw new KubectlError('at least one resource must be specified to use a selector');
      await this.#bySelector(resources, selector ?? '', fieldSelector ?? '');
    } else if (tuples.length > 0) await this.#byTuples(tuples);
    else if (names.length > 0) {
      await this.#byTuples(names.flatMap((name) => resources.map((resource) => ({ resource, name }))));
    } else if (resources.length > 0) {
      for (const resource of resources) await findResource(this.#context, resource);
      throw new KubectlError('resource(s) were provided, but no name was specified');
    } else throw new KubectlError(MISSING_RESOURCE);
  }

  async #byFiles(files: FilenameOptions, selector: string | undefined): Promise<void> {
    const { manifests, failures, singleItem } = await readManifests(this.#context.env, files);
    const tell = (read: number) =>
      this.errors.push(...failures.filter(({ behind }) => behind === read).map(({ error }) => error));
    for (const [index, { object: document, source }] of manifests.entries()) {
      tell(index);
      for (const object of flattenList(document)) {
        if (selector !== undefined && selector !== '' && !matchesSelector(selector, object.metadata?.labels)) continue;
        try {
          this.infos.push(await this.#fromFile(object, source));
        } catch (error) {
          this.errors.push(asError(error));
        }
      }
    }
    tell(manifests.length);
    this.singleItem = singleItem && this.infos.length <= 1 && !(manifests[0]?.object.kind ?? '').endsWith('List');
  }

  async #fromFile(given: ApiObject, source: string): Promise<Info> {
    const query = this.#query;
    const mapping = query.local === true ? localMapping(given) : await findKind(this.#context, given, source);
    let object = given;
    let namespace = given.metadata?.namespace ?? '';
    if (mapping.namespaced) {
      if (namespace === '' && query.noDefaultNamespace !== true) {
        namespace = query.namespace;
        object = { ...given, metadata: { ...given.metadata, namespace } };
      } else if (query.enforceNamespace === true && namespace !== '' && namespace !== query.namespace) {
        throw new KubectlError(
          `the namespace from the provided object ${quote(namespace)} does not match the namespace ${quote(query.namespace)}. You must pass '--namespace=${namespace}' to perform this operation.`,
        );
      }
    } else namespace = '';
    const name = given.metadata?.name ?? '';
    // One without a name is shown as it is in the file (RetrieveLatest).
    if (query.latest === true && query.local !== true && query.noFetch !== true && name !== '') {
      const api = await this.#context.api();
      object = await fetchObject(api, mapping, namespace, name, query.request, query.subresource);
    }
    return { mapping, namespace, name, object, source };
  }

  async #bySelector(resources: readonly string[], selector: string, fieldSelector: string): Promise<void> {
    const query = this.#query;
    const mappings: ApiResource[] = [];
    for (const resource of resources) mappings.push(await findResource(this.#context, resource));
    if (query.singleResourceType === true && mappings.length > 1)
      throw new KubectlError('you may only specify a single resource type');
    if (query.subresource) throw new KubectlError('subresource cannot be used when bulk resources are specified');
    const api = await this.#context.api();
    for (const mapping of mappings) {
      const namespace = mapping.namespaced && query.allNamespaces !== true ? query.namespace : '';
      try {
        await listPages(api, mapping, namespace, { ...query, selector, fieldSelector }, (list) =>
          this.#addList(mapping, namespace, list),
        );
      } catch (error) {
        this.errors.push(asError(error));
      }
    }
  }

  #addList(mapping: ApiResource, namespace: string, list: ApiObject): void {
    if (this.#query.keepLists === true) {
      this.infos.push({ mapping, namespace, name: '', object: list });
      return;
    }
    const apiVersion = groupVersion(mapping);
    for (const item of (list.items ?? []) as ApiObject[]) {
      const object = item.kind === undefined ? { ...item, apiVersion, kind: mapping.kind } : item;
      this.infos.push({
        mapping,
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name ?? '',
        object,
      });
    }
  }

  async #byTuples(tuples: readonly Tuple[]): Promise<void> {
    const query = this.#query;
    this.singleItem = tuples.length === 1;
    const mappings = new Map<string, ApiResource>();
    for (const { resource } of tuples)
      if (!mappings.has(resource)) mappings.set(resource, await findResource(this.#context, resource));
    if (query.singleResourceType === true && new Set([...mappings.values()].map(groupResource)).size > 1)
      throw new KubectlError('you may only specify a single resource type');
    const api = query.local === true ? undefined : await this.#context.api();
    for (const { resource, name } of tuples) {
      const mapping = mappings.get(resource)!;
      const namespace = mapping.namespaced ? query.namespace : '';
      if (mapping.namespaced && query.allNamespaces === true)
        throw new KubectlError('a resource cannot be retrieved by name across all namespaces');
      const bare: ApiObject = { apiVersion: groupVersion(mapping), kind: mapping.kind, metadata: { name, namespace } };
      if (query.noFetch === true || api === undefined) {
        this.infos.push({ mapping, namespace, name, object: bare });
        continue;
      }
      try {
        const object = await fetchObject(api, mapping, namespace, name, query.request, query.subresource);
        this.infos.push({ mapping, namespace, name, object });
      } catch (error) {
        this.errors.push(asError(error));
      }
    }
  }
}

/** Without a server: the resource's name is guessed from the kind (meta.UnsafeGuessKindToResource). */
export function localMapping(object: ApiObject): ApiResource {
  const apiVersion = object.apiVersion ?? '';
  const slash = apiVersion.indexOf('/');
  const kind = object.kind;
  const lower = kind.toLowerCase();
  const resource = /(s|x|ch|sh)$/.test(lower)
    ? `${lower}es`
    : lower.endsWith('y')
      ? `${lower.slice(0, -1)}ies`
      : `${lower}s`;
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    resource,
    singular: lower,
    kind,
    namespaced: object.metadata?.namespace !== undefined && object.metadata.namespace !== '',
    verbs: [],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

/** Finds what a command line means: arguments, files, selectors (resource.Builder). Throws what stops everything. */
export async function queryResources(context: Context, query: Query): Promise<QueryResult> {
  const builder = new Builder(context, query);
  await builder.run();
  return { infos: builder.infos, errors: builder.errors, singleItem: builder.singleItem };
}
