import type { FieldErrors } from '../api/field-error.ts';
import { GENERATED_NAME_LIMIT, generateNameSuffix, validateNameWith } from '../api/names.ts';
import type { AnyObject, ObjectMeta } from '../api/objects.ts';
import { badRequest } from '../api/status.ts';
import { formatTime } from '../engine/index.ts';
import { groupVersion, type ResourceDefinition } from '../resources/resource.ts';
import type { ApiRequest } from './request.ts';
import type { ApiServer } from './server.ts';

/**
 * Gives a new object the metadata that only the server may give: uid, creation time, generation, a generated name
 * (rest.FillObjectMetaSystemFields, rest.BeforeCreate). Changes `object`.
 */
export function fillNewMetadata(server: ApiServer, request: ApiRequest, object: AnyObject): void {
  const { resource } = request.target;
  const meta = object.metadata as Partial<ObjectMeta>;
  object.apiVersion = groupVersion(resource);
  object.kind = resource.kind;
  placeInNamespace(request, meta);
  const random = server.engine.random('apiserver/names');
  if ((meta.name === undefined || meta.name === '') && meta.generateName !== undefined && meta.generateName !== '') {
    meta.name = meta.generateName.slice(0, GENERATED_NAME_LIMIT) + generateNameSuffix((limit) => random.below(limit));
  }
  meta.uid = server.engine.random('apiserver/uids').uuid();
  meta.creationTimestamp = formatTime(server.engine.now);
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.resourceVersion;
  delete (meta as { selfLink?: string }).selfLink;
  if (countsGenerations(resource)) meta.generation = 1;
  else delete meta.generation;
}

/** The namespace of the object must be that of the request (rest.EnsureObjectNamespaceMatchesRequestNamespace). */
function placeInNamespace({ target, namespace }: ApiRequest, meta: Partial<ObjectMeta>): void {
  if (!target.resource.namespaced) {
    // Go's empty string: a cluster-scoped object that names a namespace is refused by the request's path, not here.
    delete meta.namespace;
    return;
  }
  if (meta.namespace === undefined || meta.namespace === '') {
    if (namespace !== undefined) meta.namespace = namespace;
  } else if (meta.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** Whether the kind's `metadata.generation` counts changes of its spec. */
export function countsGenerations(resource: ResourceDefinition): boolean {
  return resource.generation ?? resource.hasStatus === true;
}

/** Checks the metadata of a new object (validation.ValidateObjectMeta). */
export function validateMetadata(resource: ResourceDefinition, meta: ObjectMeta, errors: FieldErrors): void {
  const at = errors.at('metadata');
  if (meta.generateName !== undefined && meta.generateName !== '') {
    for (const message of validateNameWith(resource.nameRule ?? 'subdomain', meta.generateName, true)) {
      at.invalid('generateName', meta.generateName, message);
    }
  }
  if (meta.name === undefined || meta.name === '') at.required('name', 'name or generateName is required');
  else {
    for (const message of validateNameWith(resource.nameRule ?? 'subdomain', meta.name, false))
      at.invalid('name', meta.name, message);
  }
  validateLabelsAndReferences(meta, errors);
}
