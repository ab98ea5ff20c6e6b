import type { ApiObject } from './api.ts';
import type { Context } from './command.ts';
import { type ApiResource, resourcePath, splitApiVersion } from './discovery.ts';
import { type DryRun, dryRunFlag, fieldManagerFlag, validateFlag, writeQuery } from './dry-run.ts';
import { type FlagSpec, flag } from './flags.ts';
import { compactJson } from './printers/json.ts';
import { printFlags } from './printers/print-flags.ts';
import { recorded } from './record.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Flags of commands that make an object out of their other flags. */
export function createFlags(manager: string): FlagSpec[] {
  return [
    ...printFlags(),
    dryRunFlag(),
    validateFlag(),
    fieldManagerFlag(manager),
    flag('save-config', 'bool', 'false', 'Keep the configuration in an annotation, for a later apply'),
  ];
}

/** The last-applied annotation's text: the object without that annotation, compact, keys sorted, one line break. */
export function lastAppliedText(object: ApiObject): string {
  const annotations = { ...object.metadata?.annotations };
  delete annotations[LAST_APPLIED];
  return `${compactJson({ ...object, metadata: { ...object.metadata, annotations } })}\n`;
}

/** The object with its own configuration as an annotation (util.CreateApplyAnnotation). */
export function withLastApplied(object: ApiObject): ApiObject {
  const text = lastAppliedText(object);
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, [LAST_APPLIED]: text } },
  };
}

/** util.CreateOrUpdateAnnotation: with --save-config always, else only where the annotation is there already. */
export function saveConfig(context: Context, object: ApiObject): ApiObject {
  const has = object.metadata?.annotations !== undefined && Object.hasOwn(object.metadata.annotations, LAST_APPLIED);
  return has || (context.flags.has('save-config') && context.flags.bool('save-config'))
    ? withLastApplied(object)
    : object;
}

/** The resource of an object that kubectl knows by itself, without discovery. */
export function typedResource(object: ApiObject, resource: string, namespaced: boolean): ApiResource {
  return {
    ...splitApiVersion(object.apiVersion),
    resource,
    singular: object.kind.toLowerCase(),
    kind: object.kind,
    namespaced,
    verbs: [],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

/** POSTs an object with the command's dry-run, field manager and validation. */
export async function createObject(
  context: Context,
  mapping: ApiResource,
  namespace: string,
  object: ApiObject,
  dryRun: DryRun,
): Promise<ApiObject> {
  const api = await context.api();
  return api.request('POST', resourcePath(mapping, namespace, undefined), {
    query: writeQuery(context, dryRun),
    body: recorded(context, unversioned(object)),
  });
}

/** An object as it is asked to be made: what was read from a cluster has no version in another life (resource.Helper.Create). */
export function unversioned(object: ApiObject): ApiObject {
  if (object.metadata?.resourceVersion === undefined) return object;
  const { resourceVersion, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** PATCHes an object; a field manager of the command goes along. */
export async function patchObject(
  context: Context,
  mapping: ApiResource,
  namespace: string,
  name: string,
  patch: unknown,
  options: {
    type?: 'strategic' | 'merge' | 'json' | 'apply';
    dryRun?: DryRun;
    subresource?: string;
    query?: Record<string, string | undefined>;
  } = {},
): Promise<ApiObject> {
  const api = await context.api();
  const types = {
    strategic: 'application/strategic-merge-patch+json',
    merge: 'application/merge-patch+json',
    json: 'application/json-patch+json',
    apply: 'application/apply-patch+yaml',
  };
  return api.request('PATCH', resourcePath(mapping, namespace, name, options.subresource), {
    query: { ...writeQuery(context, options.dryRun ?? 'none'), ...options.query },
    contentType: types[options.type ?? 'strategic'],
    body: options.type === 'json' || options.type === 'apply' ? patch : recorded(context, patch),
  });
}

/** Kinds that kubectl has as Go types: strategic merge patches work on them, JSON merge patches on all others. */
const BUILT_IN_GROUPS = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'discovery.k8s.io',
  'storage.k8s.io',
  'scheduling.k8s.io',
  'node.k8s.io',
  'coordination.k8s.io',
  'rbac.authorization.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'events.k8s.io',
  'admissionregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
]);

export function isBuiltIn(mapping: { group: string }): boolean {
  return BUILT_IN_GROUPS.has(mapping.group);
}
