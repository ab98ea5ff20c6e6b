import { isObject } from '../api/equality.ts';
import { invalid } from '../api/field-error.ts';
import { goValue } from '../api/go-format.ts';
import { ApplyConflict } from '../api/managed-fields/conflict.ts';
import type { ManagedFields } from '../api/managed-fields/managed-fields.ts';
import { TypedError } from '../api/managed-fields/merge.ts';
import { type AnyObject, clone } from '../api/objects.ts';
import { applyJsonPatch } from '../api/patch/json-patch.ts';
import { applyMergePatch } from '../api/patch/merge-patch.ts';
import { PatchError } from '../api/patch/patch-error.ts';
import { applyStrategicMergePatch } from '../api/patch/strategic-merge.ts';
import { viewOf } from '../api/patch/type-view.ts';
import { decode } from '../api/schema/decode.ts';
import { type TypeSchema, typeForKind } from '../api/schema/schema.ts';
import { strictDecodingError } from '../api/schema/strict-errors.ts';
import { badRequest, conflict, StatusError, unsupportedMediaType } from '../api/status.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { ApiRequest, Stage } from './request.ts';
import type { ResourceStorage } from './resource-storage.ts';
import { invalidObject } from './validation.ts';
import { checkPlace, createObject, replaceObject } from './writes.ts';

/** What a patch comes to, in the stored version; `account`: who owns which field then, where the patch itself decides it (an apply). */
export interface Patched {
  readonly object: AnyObject;
  readonly account?: ManagedFields;
}

/** PATCH: the object as the patch makes it, put in the place of the old one; an apply may also create. */
export function patchObject(storage: ResourceStorage, request: ApiRequest, stages: Stage[]): AnyObject {
  const { target, namespace, name, patch } = request;
  if (patch!.type === 'apply') {
    const live = storage.stored(target, namespace, name!);
    const { object, account } = appliedObject(storage, request, live);
    const { uid } = object.metadata;
    if (live === undefined && uid !== undefined && uid !== '') {
      const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
      throw conflict(target.resource, name!, why);
    }
    if (live === undefined) return createObject(storage, request, withName(object, request), stages, account);
    return replaceObject(storage, request, live, object, stages, 'object', account);
  }
  const old = storage.find(request);
  const { object } = patchedObject(storage, request, old);
  checkPlace(request, object);
  return replaceObject(storage, request, old, object, stages);
}

/** What a stored object becomes by the request's patch. */
export function patchedObject(storage: ResourceStorage, request: ApiRequest, old: AnyObject): Patched {
  if (request.patch!.type === 'apply') return appliedObject(storage, request, old);
  const { conversion } = request.target;
  const seen = touchesManagedFields(request.patch!.body) ? storage.server.fields.expose(old) : old;
  if (conversion === undefined) return { object: applyPatch(request, seen, request.target) };
  return { object: conversion.toStored(applyPatch(request, conversion.fromStored(seen), request.target)) };
}

/** Whether a patch is about metadata.managedFields, which are kept beside the stored object: kubectl hands them over to server-side apply so. */
function touchesManagedFields(body: unknown): boolean {
  if (Array.isArray(body)) {
    return body.some(
      (operation) => isObject(operation) && /^(\/metadata(\/managedFields.*)?)?$/.test(String(operation.path)),
    );
  }
  return isObject(body) && isObject(body.metadata) && body.metadata.managedFields !== undefined;
}

/** Applies a request's patch to an object of a kind. Throws a StatusError when it cannot be applied. */
export function applyPatch(
  request: ApiRequest,
  object: AnyObject,
  kind: { group: string; version: string; kind: string; resource?: ResourceDefinition },
): AnyObject {
  const { type: patchType, body } = request.patch!;
  const type = kind.resource?.type ?? typeForKind(kind.group, kind.version, kind.kind);
  try {
    const patched = patchValue(patchType, object, body, type, kind.resource?.custom === true);
    if (!isObject(patched)) throw badRequest('the patched object is not a JSON object');
    return checkShape(request, patched as AnyObject, type, patchType === 'strategic');
  } catch (error) {
    if (error instanceof PatchError) throw patchStatus(error);
    throw error;
  }
}

function patchValue(
  patchType: string,
  object: AnyObject,
  body: unknown,
  type: TypeSchema | undefined,
  custom: boolean,
): unknown {
  switch (patchType) {
    case 'json':
      return applyJsonPatch(object, body);
    case 'merge':
      if (!isObject(body))
        throw badRequest(
          'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
        );
      return applyMergePatch(object, body);
    case 'strategic':
      if (custom || type === undefined) {
        throw unsupportedMediaType(
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
        );
      }
      if (!isObject(body))
        throw badRequest(
          'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
        );
      return applyStrategicMergePatch(object, body, viewOf(type));
    default:
      throw new TypeError(`patch type ${patchType}`);
  }
}

/** What a patch makes must still be an object of its kind, with no fields that the kind does not have (fieldValidation). */
function checkShape(
  request: ApiRequest,
  patched: AnyObject,
  type: TypeSchema | undefined,
  strategic: boolean,
): AnyObject {
  if (type === undefined) return patched;
  const validation = request.options.fieldValidation ?? 'Warn';
  const { value, errors, unknownFields } = decode(patched, type, {
    strict: validation,
    reuse: true,
    errorStyle: strategic ? 'unstructured' : 'json',
  });
  if (errors.length > 0 || value === undefined) {
    const why = errors[0] ?? 'the patched object cannot be read';
    if (!strategic) throw badRequest(why);
    throw invalidObject({ group: '', kind: '' }, '', [invalid('patch', goValue(request.patch!.body), why)]);
  }
  if (unknownFields.length > 0) {
    if (validation === 'Strict') throw badRequest(strictDecodingError(unknownFields));
    if (validation === 'Warn') request.warnings.push(...unknownFields);
  }
  return value as AnyObject;
}

/** Server-side apply of a configuration, to a live object or to none. */
export function appliedObject(storage: ResourceStorage, request: ApiRequest, live: AnyObject | undefined): Patched {
  const { target, patch } = request;
  if (!isObject(patch!.body)) throw badRequest('error decoding YAML: the configuration is not an object');
  const config = patch!.body as AnyObject;
  if (isObject(config.metadata) && config.metadata.managedFields !== undefined)
    throw badRequest('metadata.managedFields must be nil');
  if (request.options.fieldManager === undefined && !request.userAgent.startsWith('kube')) {
    throw new StatusError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  try {
    const { conversion } = target;
    const seen = conversion === undefined || live === undefined ? live : conversion.fromStored(live);
    const { object: applied, account } = storage.server.fields.apply(request, config, seen, live);
    // What was written as 1 or 1000m is kept as a quantity is.
    const type = target.resource.type ?? typeForKind(target.group, target.version, target.kind);
    const shaped = checkShape(request, applied, type, false);
    return { object: conversion === undefined ? shaped : conversion.toStored(clone(shaped)), account };
  } catch (error) {
    if (error instanceof ApplyConflict) {
      throw new StatusError(409, 'Conflict', error.status.message, error.status.details);
    }
    if (error instanceof TypedError) throw new StatusError(500, '', error.message);
    throw error;
  }
}

function withName(object: AnyObject, { namespace, name }: ApiRequest): AnyObject {
  return {
    ...object,
    metadata: { ...object.metadata, name: name!, ...(namespace === undefined ? {} : { namespace }) },
  };
}

function patchStatus(error: PatchError): StatusError {
  switch (error.code) {
    case 400:
      return badRequest(error.message);
    case 413:
      return new StatusError(413, 'RequestEntityTooLarge', error.message);
    case 422:
      return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    case 500:
      return new StatusError(500, '', error.message);
  }
}
