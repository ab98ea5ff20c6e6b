import type { Api } from './api.ts';
import { KubectlError } from './errors.ts';

/** One resource as discovery tells of it. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  /** Plural: `deployments`. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
}

export interface ApiGroup {
  readonly name: string;
  /** The preferred version first. */
  readonly versions: readonly { readonly version: string; readonly resources: readonly ApiResource[] }[];
}

interface WireResource {
  resource: string;
  singularResource?: string;
  responseKind?: { kind?: string };
  scope?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string }[];
}

interface WireGroups {
  items?: { metadata?: { name?: string }; versions?: { version: string; resources?: WireResource[] }[] }[];
}

const ACCEPT =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

function readGroups(list: WireGroups): ApiGroup[] {
  return (list.items ?? []).map((item) => {
    const group = item.metadata?.name ?? '';
    return {
      name: group,
      versions: (item.versions ?? []).map(({ version, resources }) => ({
        version,
        resources: (resources ?? []).map((wire) => {
          const kind = wire.responseKind?.kind ?? '';
          return {
            group,
            version,
            resource: wire.resource,
            singular: wire.singularResource || kind.toLowerCase(),
            kind,
            namespaced: wire.scope === 'Namespaced',
            verbs: wire.verbs ?? [],
            shortNames: wire.shortNames ?? [],
            categories: wire.categories ?? [],
            subresources: (wire.subresources ?? []).map((sub) => sub.subresource),
          };
        }),
      })),
    };
  });
}

export function groupVersion(resource: { group: string; version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `deployments.apps`, `pods`. */
export function groupResource(resource: { group: string; resource: string }): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
}

/** The group and version of an `apiVersion`. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** What the server serves, and which resource a word means (meta.RESTMapper with kubectl's short names). */
export class Discovery {
  readonly groups: readonly ApiGroup[];

  constructor(groups: readonly ApiGroup[]) {
    this.groups = groups;
  }

  /** Asks the server, as kubectl does: `/api` and `/apis` in one list. */
  static async load(api: Api): Promise<Discovery> {
    const [core, groups] = [
      await api.get<WireGroups>('/api', { accept: ACCEPT }),
      await api.get<WireGroups>('/apis', { accept: ACCEPT }),
    ];
    return new Discovery([...readGroups(core), ...readGroups(groups)]);
  }

  /** All resources, groups in the server's order, preferred versions first. */
  *resources(): Generator<ApiResource> {
    for (const group of this.groups) for (const version of group.versions) yield* version.resources;
  }

  /** Resources of each group's preferred version, those of other versions where only they have them. */
  preferred(): ApiResource[] {
    const seen = new Set<string>();
    const out: ApiResource[] = [];
    for (const resource of this.resources()) {
      const key = groupResource(resource);
      if (seen.has(key)) continue;
      seen.add(key);
      out.push(resource);
    }
    return out;
  }

  /** Whether a group and version is served. */
  hasVersion(apiVersion: string): boolean {
    const { group, version } = splitApiVersion(apiVersion);
    return this.groups.some((item) => item.name === group && item.versions.some((v) => v.version === version));
  }

  #find(word: string, group: string | undefined, version: string | undefined): ApiResource | undefined {
    const name = word.toLowerCase();
    const matches = (test: (resource: ApiResource) => boolean): ApiResource | undefined => {
      let partial: ApiResource | undefined;
      for (const resource of this.resources()) {
        if (version !== undefined && resource.version !== version) continue;
        if (!test(resource)) continue;
        if (group === undefined || resource.group === group) return resource;
        if (group !== '' && resource.group.startsWith(group)) partial ??= resource;
      }
      return partial;
    };
    return (
      matches((resource) => resource.resource === name) ??
      matches((resource) => resource.singular === name) ??
      matches((resource) => resource.shortNames.includes(name))
    );
  }

  /** The resource that a command line means by `po`, `deployments.apps`, `deployments.v1.apps`, `Deployment`. */
  lookup(word: string): ApiResource | undefined {
    const parts = word.split('.');
    const [name = ''] = parts;
    if (parts.length > 2) {
      const found = this.#find(name, parts.slice(2).join('.'), parts[1]);
      if (found !== undefined) return found;
    }
    const group = parts.length > 1 ? parts.slice(1).join('.') : undefined;
    const found = this.#find(name, group, undefined);
    if (found !== undefined) return found;
    return this.#byKind(name, parts);
  }

  #byKind(kind: string, parts: readonly string[]): ApiResource | undefined {
    for (const resource of this.resources()) {
      if (resource.kind !== kind && resource.kind.toLowerCase() !== kind) continue;
      if (parts.length === 1) return resource;
      if (resource.group === parts.slice(1).join('.')) return resource;
      if (parts.length > 2 && resource.version === parts[1] && resource.group === parts.slice(2).join('.'))
        return resource;
    }
    return undefined;
  }

  /** The resource for an object's apiVersion and kind. */
  forKind(apiVersion: string, kind: string): ApiResource | undefined {
    const { group, version } = splitApiVersion(apiVersion);
    for (const resource of this.resources())
      if (resource.group === group && resource.version === version && resource.kind === kind) return resource;
    return undefined;
  }

  /** The resources of a category such as `all`, in discovery order; undefined where no resource names it. */
  category(name: string): ApiResource[] | undefined {
    const found = this.preferred().filter((resource) => resource.categories.includes(name));
    return found.length === 0 ? undefined : found;
  }
}

/** The error for a word that names no resource. */
export function noResourceType(word: string): KubectlError {
  return new KubectlError(`the server doesn't have a resource type "${word.split('.')[0]}"`);
}

/** The URL path of a resource: collection without a name. An empty name would be the collection, too, and is refused (Request.Name). */
export function resourcePath(
  resource: { group: string; version: string; resource: string; namespaced: boolean },
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const base = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope =
    resource.namespaced && namespace !== undefined && namespace !== ''
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : '';
  if (name === '') throw new KubectlError('resource name may not be empty');
  const item = name === undefined ? '' : `/${encodeURIComponent(name).replace(/%3A/gi, ':')}`;
  return `${base}${scope}/${resource.resource}${item}${subresource ? `/${subresource}` : ''}`;
}
