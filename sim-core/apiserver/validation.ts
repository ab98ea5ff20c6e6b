import { type ErrorList, invalidStatus } from '../api/field-error.ts';
import type { AnyObject } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { checkMetadata, checkMetadataUpdate } from './metadata.ts';
import type { Stage } from './request.ts';
import type { UpdateScope } from './writes.ts';

/** Checks a new object, metadata and content. Throws 422. */
export function validateNew(resource: ResourceDefinition, object: AnyObject, stages: Stage[]): void {
  const errors = checkMetadata(resource, object.metadata);
  if (resource.validate !== undefined) errors.push(...resource.validate(object));
  conclude(resource, object, errors, stages);
}

/** Checks a changed object against what it was. Throws 422. */
export function validateUpdated(
  resource: ResourceDefinition,
  object: AnyObject,
  old: AnyObject,
  scope: UpdateScope,
  stages: Stage[],
  subresource?: string,
): void {
  const errors = checkMetadataUpdate(resource, object.metadata, old.metadata);
  const check = scope === 'status' ? resource.validateStatusUpdate : resource.validateUpdate;
  if (check !== undefined) errors.push(...check.call(resource, object, old, subresource));
  conclude(resource, object, errors, stages);
}

function conclude(resource: ResourceDefinition, object: AnyObject, errors: ErrorList, stages: Stage[]): void {
  if (errors.length === 0) {
    stages.push({ stage: 'validation', by: resource.kind, verdict: 'pass' });
    return;
  }
  stages.push({ stage: 'validation', by: resource.kind, verdict: 'refused', detail: String(errors[0]) });
  throw invalidObject(resource, object.metadata.name ?? '', errors);
}

/** The 422 that lists what is wrong with an object. */
export function invalidObject(kind: { group: string; kind: string }, name: string, errors: ErrorList): StatusError {
  const { code, reason, message, details } = invalidStatus(kind, name, errors);
  return new StatusError(code!, reason, message, details);
}
