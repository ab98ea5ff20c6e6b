import type { AnyObject, KubeObject } from '../api/objects.ts';
import type { TypeSchema } from '../api/schema/schema.ts';
import type { OtherVersion, ResourceDefinition } from './resource.ts';

/** A resource under one of the versions it is served in. */
export interface Served {
  readonly resource: ResourceDefinition;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The type of its objects in this version, when it is not in the built-in table. */
  readonly type?: TypeSchema;
  /** Set when the version is not the stored one. */
  readonly conversion?: OtherVersion;
}

/** All kinds that an API server serves. Custom resources come and go at run time. */
export class ResourceRegistry {
  private readonly byPlural = new Map<string, Served>();
  private readonly byKind = new Map<string, Served>();
  private readonly definitions = new Set<ResourceDefinition>();
  private changes = 0;

  constructor(definitions: Iterable<ResourceDefinition>) {
    for (const definition of definitions) this.add(definition);
  }

  add(resource: ResourceDefinition): void {
    this.changes++;
    this.definitions.add(resource);
    for (const served of servedVersions(resource)) {
      this.byPlural.set(`${served.group}/${served.version}/${resource.plural}`, served);
      this.byKind.set(`${served.group}/${served.version}/${served.kind}`, served);
    }
  }

  remove(resource: ResourceDefinition): void {
    this.changes++;
    this.definitions.delete(resource);
    for (const served of servedVersions(resource)) {
      this.byPlural.delete(`${served.group}/${served.version}/${resource.plural}`);
      this.byKind.delete(`${served.group}/${served.version}/${served.kind}`);
    }
  }

  /** Grows with every kind that comes or goes: what is made from all of them can be kept until then. */
  get generation(): number {
    return this.changes;
  }

  /** The resource of that group, version and plural name. */
  resource(group: string, version: string, plural: string): Served | undefined {
    return this.byPlural.get(`${group}/${version}/${plural}`);
  }

  /** The resource of that group, version and kind. */
  kind(group: string, version: string, kind: string): Served | undefined {
    return this.byKind.get(`${group}/${version}/${kind}`);
  }

  /** The resource of an object's apiVersion and kind. */
  of(object: { apiVersion: string; kind: string }): Served | undefined {
    const { group, version } = splitGroupVersion(object.apiVersion);
    return this.kind(group, version, object.kind);
  }

  /** Every definition, in the order added. */
  all(): ResourceDefinition[] {
    return [...this.definitions];
  }

  /** Every resource in every version, in the order added. */
  served(): Served[] {
    return this.all().flatMap(servedVersions);
  }
}

function servedVersions(resource: ResourceDefinition): Served[] {
  const { group, version, kind } = resource;
  const others = (resource.otherVersions ?? []).map((conversion) => ({
    resource,
    group: conversion.group,
    version: conversion.version,
    kind: conversion.kind ?? kind,
    type: conversion.type,
    conversion,
  }));
  return [{ resource, group, version, kind, type: resource.type }, ...others];
}

/** `apps/v1` → apps, v1; `v1` → the core group, v1. */
export function splitGroupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/**
 * A kind's definition as the registry and the server hold it. Definitions are written for their own kind's type;
 * code that serves all kinds alike sees plain objects.
 */
export function anyKind<T extends KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition<AnyObject> {
  return definition as unknown as ResourceDefinition<AnyObject>;
}
