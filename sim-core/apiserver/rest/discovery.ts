import { fnv32a } from '../../engine/index.ts';
import type { ResourceRegistry, Served } from '../../resources/registry.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { connectSubresources } from '../connect.ts';
import { subresources } from '../subresources/index.ts';

/** What clients can do with a resource, unless it says otherwise. */
export const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  storageVersionHash?: string;
}

/** Eight bytes' worth of a hash, base64-shaped, as `storageVersionHash`: clients only compare it. */
function storageVersionHash({ group, version, kind }: Served): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let bits = fnv32a(`${group}/${version}/${kind}`);
  let text = '';
  for (let digit = 0; digit < 11; digit++) {
    text += alphabet[bits & 63];
    bits = (Math.imul(bits, 0x01000193) ^ (bits >>> 6)) >>> 0;
  }
  return `${text}=`;
}

/** Subresources of a resource, with their own kinds and verbs. */
function subresourcesOf(
  resource: ResourceDefinition,
): { name: string; verbs: readonly string[]; kind?: { group: string; version: string; kind: string } }[] {
  return [...subresources, ...connectSubresources]
    .filter((subresource) => subresource.serves(resource))
    .map(({ name, verbs, kind }) => ({ name, verbs, ...(kind === undefined ? {} : { kind }) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function inOrder(registry: ResourceRegistry): Served[] {
  return registry
    .served()
    .sort((a, b) => (a.resource.plural < b.resource.plural ? -1 : a.resource.plural > b.resource.plural ? 1 : 0));
}

/** metav1.APIResourceList of one group version. */
export function resourceList(registry: ResourceRegistry, group: string, version: string): unknown {
  const resources: ApiResource[] = [];
  for (const served of inOrder(registry)) {
    if (served.group !== group || served.version !== version) continue;
    const { resource } = served;
    resources.push({
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: served.kind,
      verbs: [...(resource.verbs ?? ALL_VERBS)],
      ...(resource.shortNames === undefined ? {} : { shortNames: [...resource.shortNames] }),
      ...(resource.categories === undefined ? {} : { categories: [...resource.categories] }),
      storageVersionHash: storageVersionHash(served),
    });
    for (const { name, verbs, kind } of subresourcesOf(resource)) {
      resources.push({
        name: `${resource.plural}/${name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...(kind === undefined ? {} : { group: kind.group, version: kind.version }),
        kind: kind?.kind ?? served.kind,
        verbs: [...verbs],
      });
    }
  }
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources,
  };
}

/** Groups and their versions, in the order in which an API server prefers them: stable before beta. */
export function groupVersions(registry: ResourceRegistry): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group, version } of registry.served()) {
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) versions.push(version);
    groups.set(group, versions);
  }
  for (const versions of groups.values()) versions.sort((a, b) => rank(b) - rank(a));
  return groups;
}

/** Orders versions as version.CompareKubeAwareVersionStrings: v2, v1, v1beta1, v1alpha1. */
function rank(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return -1;
  const [, major, stage, minor] = match;
  const level = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return level * 1_000_000 + Number(major) * 1_000 + Number(minor ?? 0);
}

/** metav1.APIGroupList */
export function groupList(registry: ResourceRegistry): unknown {
  const groups = [...groupVersions(registry)]
    .filter(([group]) => group !== '')
    .map(([group]) => apiGroup(registry, group));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** metav1.APIGroup of a group that is served; undefined for others. */
export function apiGroup(registry: ResourceRegistry, group: string): Record<string, unknown> | undefined {
  const versions = groupVersions(registry)
    .get(group)
    ?.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return versions === undefined ? undefined : { name: group, versions, preferredVersion: versions[0] };
}

/** apidiscovery.k8s.io APIGroupDiscoveryList: everything below `/api` or `/apis` in one answer. */
export function aggregatedDiscovery(registry: ResourceRegistry, core: boolean, version: 'v2' | 'v2beta1'): unknown {
  const items = [...groupVersions(registry)]
    .filter(([group]) => (group === '') === core)
    .map(([group, versions]) => ({
      metadata: group === '' ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: versions.map((apiVersion) => ({
        version: apiVersion,
        freshness: 'Current',
        resources: inOrder(registry)
          .filter((served) => served.group === group && served.version === apiVersion)
          .map((served) => discoveredResource(served)),
      })),
    }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function discoveredResource(served: Served): unknown {
  const { resource, group, version, kind } = served;
  const nested = subresourcesOf(resource).map((subresource) => ({
    subresource: subresource.name,
    responseKind: subresource.kind ?? { group, version, kind },
    verbs: [...subresource.verbs],
  }));
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: [...(resource.verbs ?? ALL_VERBS)],
    ...(resource.shortNames === undefined ? {} : { shortNames: [...resource.shortNames] }),
    ...(resource.categories === undefined ? {} : { categories: [...resource.categories] }),
    ...(nested.length === 0 ? {} : { subresources: nested }),
  };
}
