import { deepEqual } from '../api/equality.ts';
import { invalid, PrintedValue } from '../api/field-error.ts';
import { goQuote } from '../api/go-format.ts';
import type { ManagedFields } from '../api/managed-fields/managed-fields.ts';
import { type AnyObject, clone } from '../api/objects.ts';
import { alreadyExists, badRequest, conflict, notFound, StatusError, staleConflict } from '../api/status.ts';
import { StoreError } from '../store/store.ts';
import { admit, beforeAdmission } from './admission-chain.ts';
import { finishDeletion } from './deletion.ts';
import { countsGenerations, fillNewMetadata, keepMetadata } from './metadata.ts';
import type { ApiRequest, Stage } from './request.ts';
import { keyOf, type ResourceStorage, tableOf } from './resource-storage.ts';
import { asStored } from './stored-form.ts';
import { invalidObject, validateNew, validateUpdated } from './validation.ts';

/** POST: genericregistry.Store.Create. `incoming` is in the stored version, private to the request or frozen. */
export function createObject(
  storage: ResourceStorage,
  request: ApiRequest,
  incoming: AnyObject,
  stages: Stage[],
  account?: ManagedFields,
): AnyObject {
  const { server } = storage;
  const { target, options } = request;
  const { resource } = target;
  const object = clone(incoming);
  object.metadata ??= {} as AnyObject['metadata'];
  const given = object.metadata.resourceVersion;
  fillNewMetadata(server, request, object);
  delete object.metadata.managedFields;
  resource.prepareForCreate?.(object, { now: server.engine.now, user: request.user });
  resource.applyDefaults?.(object);
  if (resource.hasStatus === true && resource.custom !== true && object.status === undefined) object.status = {};
  const { name, namespace } = object.metadata;
  const attributes = { operation: 'CREATE', request, object, old: undefined } as const;
  // Fields belong to who wrote them, not to who wrote the object that admission then completed.
  const asWritten = beforeAdmission(storage, attributes);
  admit(storage, attributes, stages, 'mutate');
  validateNew(resource, object, stages);
  admit(storage, attributes, stages, 'validate');
  if (resource.warnings !== undefined) request.warnings.push(...resource.warnings(object, undefined));
  if (account === undefined) server.fields.created(request, object, asWritten);
  else server.fields.adopt(object, account);
  if (options.dryRun === true) {
    const there = server.store.get(tableOf(target), keyOf(namespace, name));
    if (there !== undefined) throw occupied(request, there);
    return object;
  }
  if (given !== undefined && /^[1-9]\d*$/.test(given))
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
  request.created = true;
  try {
    const stored = server.store.create(tableOf(target), keyOf(namespace, name), object);
    stages.push({ stage: 'storage', by: 'etcd', verdict: 'pass', detail: stored.metadata.resourceVersion });
    return stored;
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'exists') {
      throw occupied(request, server.store.get(tableOf(target), keyOf(namespace, name))!);
    }
    throw error;
  }
}

/** 409: the name is taken, perhaps by an object that is on its way out. */
function occupied({ target }: ApiRequest, { metadata }: AnyObject): StatusError {
  const error = alreadyExists(target.resource, metadata.name);
  if (metadata.deletionTimestamp === undefined) return error;
  const { code, reason, message, details } = error.status;
  return new StatusError(code!, reason!, `object is being deleted: ${message}`, details);
}

/** PUT: genericregistry.Store.Update with an object handed in. */
export function updateObject(
  storage: ResourceStorage,
  request: ApiRequest,
  read: () => AnyObject,
  stages: Stage[],
): AnyObject {
  const { target, namespace, name } = request;
  const incoming = read();
  checkPlace(request, incoming);
  const old = storage.stored(target, namespace, name!);
  if (old === undefined) {
    if (target.resource.createOnUpdate !== true) {
      const { uid } = incoming.metadata ?? {};
      if (uid !== undefined && uid !== '') throw otherUid(request, uid, '');
      throw notFound(target.resource, name!);
    }
    return createObject(storage, request, incoming, stages);
  }
  return replaceObject(storage, request, old, incoming, stages);
}

/** What an update brings must be called as its path says, as far as it says so. */
export function checkPlace({ target, namespace, name }: ApiRequest, { metadata }: AnyObject): void {
  const named = metadata?.name;
  if (named !== undefined && named !== '' && named !== name) {
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
  }
  const within = metadata?.namespace;
  if (target.resource.namespaced && within !== undefined && within !== '' && within !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** Which part of an object an update may change. */
export type UpdateScope = 'object' | 'status';

/**
 * Brings `incoming` in the place of `old`: what PUT and PATCH share, for the object itself and its status. Nothing is
 * written when nothing changes.
 */
export function replaceObject(
  storage: ResourceStorage,
  request: ApiRequest,
  old: AnyObject,
  incoming: AnyObject,
  stages: Stage[],
  scope: UpdateScope = 'object',
  account?: ManagedFields,
): AnyObject {
  const { server } = storage;
  const { target, options } = request;
  const { resource } = target;
  checkVersion(request, old, incoming);
  const object =
    scope === 'status' ? withStatusOf(incoming, old) : withSpecOf(incoming, old, resource.hasStatus === true);
  keepMetadata(object, old);
  delete object.metadata.managedFields;
  const context = { now: server.engine.now, user: request.user };
  if (scope === 'status') resource.prepareForStatusUpdate?.(object, old, context);
  else {
    if (object.spec !== old.spec || old.spec === undefined) resource.applyDefaults?.(object);
    resource.prepareForUpdate?.(object, old, context);
  }
  const attributes = { operation: 'UPDATE', request, object, old } as const;
  const asWritten = beforeAdmission(storage, attributes);
  admit(storage, attributes, stages, 'mutate');
  // After admission, which may put back what an apply left out (a pod's tolerations).
  if (scope === 'object' && countsGenerations(resource) && contentChanged(object, old))
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  validateUpdated(resource, object, old, scope, stages, request.subresource);
  admit(storage, attributes, stages, 'validate');
  if (resource.warnings !== undefined && scope === 'object') request.warnings.push(...resource.warnings(object, old));
  if (account === undefined) {
    const given = server.fields.given(request, incoming.metadata.managedFields, old);
    if (given === undefined && unchanged(object, old)) return old;
    server.fields.updated(request, object, asWritten, old, given);
  } else {
    if (unchanged(object, old) && server.fields.sameAccount(old, account)) return old;
    server.fields.adopt(object, account);
  }
  if (options.dryRun === true) return object;
  const finished = finishDeletion(storage, request, object, old, stages);
  if (finished !== undefined) return finished;
  return store(storage, request, object, old, stages);
}

/** Writes an update, as long as the stored object is still `old`. */
export function store(
  storage: ResourceStorage,
  request: ApiRequest,
  object: AnyObject,
  old: AnyObject,
  stages: Stage[],
): AnyObject {
  const { target } = request;
  const { name, namespace } = old.metadata;
  try {
    const stored = storage.server.store.update(tableOf(target), keyOf(namespace, name), asStored(old), object);
    stages.push({ stage: 'storage', by: 'etcd', verdict: 'pass', detail: stored.metadata.resourceVersion });
    return stored;
  } catch (error) {
    if (error instanceof StoreError) throw staleConflict(target.resource, name);
    throw error;
  }
}

/**
 * Optimistic concurrency: a resourceVersion or uid handed in must be that of the stored object. Without a resourceVersion, or with 0, an
 * update is unconditional (Store.Update and `AllowUnconditionalUpdate` upstream).
 */
function checkVersion(request: ApiRequest, old: AnyObject, incoming: AnyObject): void {
  const { resource } = request.target;
  const { resourceVersion = '', uid } = incoming.metadata;
  const { name } = old.metadata;
  if (resourceVersion !== '' && !/^\d+$/.test(resourceVersion)) {
    throw new StatusError(500, '', `strconv.ParseUint: parsing ${goQuote(resourceVersion)}: invalid syntax`);
  }
  if (/^0*$/.test(resourceVersion)) {
    if (resource.conditionalUpdateOnly === true) throw withoutVersion(request, name);
  } else if (resourceVersion !== old.metadata.resourceVersion) throw staleConflict(resource, name);
  if (uid === undefined || uid === '' || uid === old.metadata.uid) return;
  if (request.verb === 'patch') {
    throw invalidObject(resource, name, [invalid('metadata.uid', uid, 'field is immutable')]);
  }
  throw otherUid(request, uid, old.metadata.uid);
}

/** 422: kinds that are only changed by those who have read them. Upstream names them by their plural there. */
function withoutVersion({ target: { resource } }: ApiRequest, name: string): StatusError {
  const zero = new PrintedValue('0x0');
  return invalidObject({ group: resource.group, kind: resource.plural }, name, [
    invalid('metadata.resourceVersion', zero, 'must be specified for an update'),
  ]);
}

/** 409: the object of that name is not the one that was meant, or is not there at all. */
function otherUid({ target, namespace, name }: ApiRequest, wanted: string, found: string): StatusError {
  return conflict(
    target.resource,
    name!,
    `StorageError: invalid object, Code: 4, Key: /registry/${target.resource.plural}/${keyOf(namespace, name!)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  );
}

/** The update's object: all of `incoming` but its status, which has an endpoint of its own. */
function withSpecOf(incoming: AnyObject, old: AnyObject, hasStatus: boolean): AnyObject {
  const object: AnyObject = { apiVersion: old.apiVersion, kind: old.kind, metadata: { ...incoming.metadata } };
  for (const field of Object.keys(incoming)) {
    if (field === 'apiVersion' || field === 'kind' || field === 'metadata' || (field === 'status' && hasStatus))
      continue;
    // Parts that are the stored ones (a component's copy with one change) stay shared, where defaults are of the spec alone.
    const shared = incoming[field] === old[field] && old.spec !== undefined;
    object[field] = shared ? old[field] : clone(incoming[field]);
  }
  if (hasStatus && old.status !== undefined) object.status = old.status;
  return object;
}

/** The status update's object: all of `old` but status, and the metadata that a status writer may touch. */
function withStatusOf(incoming: AnyObject, old: AnyObject): AnyObject {
  const status = incoming.status === old.status ? old.status : clone(incoming.status ?? {});
  return { ...old, metadata: { ...incoming.metadata }, status };
}

function contentChanged(object: AnyObject, old: AnyObject): boolean {
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (field === 'metadata' || field === 'status') continue;
    if (!deepEqual(object[field], old[field])) return true;
  }
  return false;
}

/** Whether an update would change nothing of what is stored; what only its definition of today adds to it is written then. */
function unchanged(object: AnyObject, old: AnyObject): boolean {
  return deepEqual(object, asStored(old));
}
