import type { AnyObject } from '../api/objects.ts';
import { applyMergePatch } from './merge.ts';
import type { ApiRequest, Stage } from './request.ts';
import type { ResourceStorage } from './resource-storage.ts';
import { replaceObject } from './writes.ts';

/** PATCH: the object as the patch makes it, put in the place of the old one. */
export function patchObject(storage: ResourceStorage, request: ApiRequest, stages: Stage[]): AnyObject {
  const old = storage.find(request);
  return replaceObject(storage, request, old, patchedObject(storage, request, old), stages);
}

/** What a stored object becomes by the request's patch, in the stored version. */
export function patchedObject(_storage: ResourceStorage, request: ApiRequest, old: AnyObject): AnyObject {
  return applyPatch(request, old, request.target);
}

/** Applies a request's patch to an object of a kind. Throws a StatusError when it cannot be applied. */
export function applyPatch(
  request: ApiRequest,
  object: AnyObject,
  _kind: { group: string; version: string; kind: string },
): AnyObject {
  return applyMergePatch(object, request.patch!.body) as AnyObject;
}
