import { deepEqual } from '../api/equality.ts';
import type { AnyObject, ObjectMeta } from '../api/objects.ts';
import { conflict, staleConflict, success } from '../api/status.ts';
import { formatTime, SECOND } from '../engine/index.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { StoreError } from '../store/store.ts';
import { admit } from './admission-chain.ts';
import { listObjects } from './lists.ts';
import { countsGenerations } from './metadata.ts';
import type { ApiRequest, ListResult, Stage } from './request.ts';
import { keyOf, type ResourceStorage, tableOf } from './resource-storage.ts';
import { asStored } from './stored-form.ts';
import { store } from './writes.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/**
 * DELETE (genericregistry.Store.Delete): the object goes at once, unless it has grace (Pods) or finalizers (its own, or those
 * that the propagation policy asks for); then it is marked and goes when the last of them is done.
 *
 * Answers the marked object, or a Status when it is gone.
 */
export function deleteObject(
  storage: ResourceStorage,
  request: ApiRequest,
  old: AnyObject,
  stages: Stage[],
): AnyObject {
  const { server } = storage;
  const { target, options } = request;
  const { resource } = target;
  checkPreconditions(request, old);
  admit(storage, { operation: 'DELETE', request, object: undefined, old }, stages, 'validate');

  const finalizers = finalizersFor(request, old);
  const grace = resource.graceSeconds?.(old, options.gracePeriodSeconds) ?? 0;
  const pending = finalizers.length > 0 || grace > 0 || resource.heldFromDeletion?.(old) === true;
  if (!pending) {
    if (options.dryRun !== true) remove(storage, request, old, stages);
    // A pod deleted at once answers with the object, as a graceful deletion does; other kinds with a Status.
    if (resource.graceSeconds !== undefined) return marked(server.engine.now, resource, old, 0, finalizers);
    return success(resource, old.metadata.name, old.metadata.uid) as unknown as AnyObject;
  }
  const object = marked(server.engine.now, resource, old, grace, finalizers);
  if (deepEqual(object, old)) return old;
  if (options.dryRun === true) return object;
  return store(storage, request, object, old, stages);
}

/** DELETE of a collection: each of the chosen objects as if asked for by name. */
export function deleteCollection(storage: ResourceStorage, request: ApiRequest, stages: Stage[]): ListResult {
  const chosen = listObjects(storage, { ...request, options: { ...request.options, limit: 0 } });
  for (const object of chosen.items) {
    const { name, namespace } = object.metadata;
    const current = storage.stored(request.target, namespace, name);
    if (current !== undefined) deleteObject(storage, { ...request, name }, current, stages);
  }
  return chosen;
}

/**
 * An update of an object that is being deleted may have taken away the last thing that held it: then it goes now.
 * Answers its last state, or undefined when the object stays.
 */
export function finishDeletion(
  storage: ResourceStorage,
  request: ApiRequest,
  object: AnyObject,
  old: AnyObject,
  stages: Stage[],
): AnyObject | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (request.target.resource.heldFromDeletion?.(object) === true) return undefined;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0 || (deletionGracePeriodSeconds ?? 0) > 0)
    return undefined;
  remove(storage, request, old, stages);
  return object;
}

function remove(storage: ResourceStorage, request: ApiRequest, old: AnyObject, stages: Stage[]): void {
  const { target } = request;
  const { name, namespace } = old.metadata;
  try {
    const last = storage.server.store.delete(tableOf(target), keyOf(namespace, name), asStored(old));
    stages.push({ stage: 'storage', by: 'etcd', verdict: 'pass', detail: last.metadata.resourceVersion });
  } catch (error) {
    if (error instanceof StoreError) throw staleConflict(target.resource, name);
    throw error;
  }
}

/** The early check of rest.BeforeDelete, which names the kind where others name the resource. */
function checkPreconditions({ target, options }: ApiRequest, old: AnyObject): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = old;
  const { group, kind } = target.resource;
  const fail = (what: string, asked: string, found: string, end: string) =>
    conflict(
      { group, plural: kind },
      metadata.name,
      `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). The object might have been ${end}`,
    );
  if (uid !== undefined && uid !== metadata.uid) throw fail('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw fail('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
}

/** The object's finalizers plus or minus what the propagation policy asks for (deletionFinalizersForGarbageCollection). */
function finalizersFor({ options }: ApiRequest, old: AnyObject): string[] {
  const { propagationPolicy: policy, orphanDependents } = options;
  const had = old.metadata.finalizers ?? [];
  let orphan = had.includes(ORPHAN);
  let foreground = had.includes(FOREGROUND);
  if (orphanDependents !== undefined) {
    orphan = orphanDependents;
    if (orphan) foreground = false;
  } else if (policy !== undefined) {
    orphan = policy === 'Orphan';
    foreground = policy === 'Foreground';
  }
  const others = had.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (orphan) others.push(ORPHAN);
  if (foreground) others.push(FOREGROUND);
  return others;
}

/** The object marked as being deleted; the grace of one that already is can only become shorter. */
function marked(
  now: number,
  resource: ResourceDefinition,
  old: AnyObject,
  grace: number,
  finalizers: string[],
): AnyObject {
  const before = old.metadata;
  const metadata: ObjectMeta = { ...before };
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (before.deletionTimestamp === undefined || grace < (before.deletionGracePeriodSeconds ?? 0)) {
    metadata.deletionTimestamp = formatTime(now + grace * SECOND);
    metadata.deletionGracePeriodSeconds = grace;
    if (countsGenerations(resource) && before.deletionTimestamp === undefined)
      metadata.generation = (before.generation ?? 0) + 1;
  }
  const object = { ...old, metadata };
  if (before.deletionTimestamp === undefined) resource.markDeleted?.(object);
  return object;
}
