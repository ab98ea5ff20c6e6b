import { type ErrorList, forbidden, invalid, required, tooLong } from '../api/field-error.ts';
import { FieldPath } from '../api/field-path.ts';
import { byteLength } from '../api/go-format.ts';
import * as names from '../api/names.ts';
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
  if ((meta.name === undefined || meta.name === '') && meta.generateName !== undefined && meta.generateName !== '') {
    const random = server.engine.random('apiserver/names');
    meta.name = names.generateName(meta.generateName, (limit) => random.below(limit));
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

/** An update keeps what clients may not change (rest.BeforeUpdate). Changes `object`, whose metadata is private. */
export function keepMetadata(object: AnyObject, old: AnyObject): void {
  const meta = object.metadata as Partial<ObjectMeta>;
  const before = old.metadata;
  meta.name = before.name;
  if (before.namespace !== undefined) meta.namespace = before.namespace;
  meta.uid = before.uid;
  meta.creationTimestamp = before.creationTimestamp;
  meta.resourceVersion = before.resourceVersion;
  keep(meta, before, 'generation');
  keep(meta, before, 'generateName');
  keep(meta, before, 'deletionTimestamp');
  keep(meta, before, 'deletionGracePeriodSeconds');
  delete (meta as { selfLink?: string }).selfLink;
}

function keep<K extends keyof ObjectMeta>(meta: Partial<ObjectMeta>, before: ObjectMeta, field: K): void {
  if (before[field] === undefined) delete meta[field];
  else meta[field] = before[field];
}

const AT = FieldPath.of('metadata');
const ANNOTATIONS_LIMIT = 256 * 1024;

/** Checks the metadata of a new object (validation.ValidateObjectMeta). */
export function checkMetadata(resource: ResourceDefinition, meta: ObjectMeta): ErrorList {
  const errors: ErrorList = [];
  const isName = NAME_RULES[resource.nameRule ?? 'subdomain'];
  if (meta.generateName !== undefined && meta.generateName !== '') {
    const base = names.maskTrailingDash(meta.generateName);
    for (const message of isName(base)) errors.push(invalid(AT.child('generateName'), meta.generateName, message));
  }
  if (meta.name === undefined || meta.name === '') {
    errors.push(required(AT.child('name'), 'name or generateName is required'));
  } else for (const message of isName(meta.name)) errors.push(invalid(AT.child('name'), meta.name, message));
  if (resource.namespaced) {
    if (meta.namespace === undefined) errors.push(required(AT.child('namespace')));
    else
      for (const message of names.isDNS1123Label(meta.namespace))
        errors.push(invalid(AT.child('namespace'), meta.namespace, message));
  }
  checkCommon(resource, meta, errors);
  return errors;
}

/** Checks the metadata of a changed object (validation.ValidateObjectMetaUpdate). */
export function checkMetadataUpdate(resource: ResourceDefinition, meta: ObjectMeta, old: ObjectMeta): ErrorList {
  const errors: ErrorList = [];
  if (old.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((finalizer) => old.finalizers?.includes(finalizer) !== true);
    if (added.length > 0) {
      const shown = added.map((finalizer) => `"${finalizer}"`).join(', ');
      errors.push(
        forbidden(
          AT.child('finalizers'),
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
        ),
      );
    }
  }
  if (
    meta.labels !== old.labels ||
    meta.annotations !== old.annotations ||
    meta.ownerReferences !== old.ownerReferences ||
    meta.finalizers !== old.finalizers
  ) {
    checkCommon(resource, meta, errors);
  }
  return errors;
}

const NAME_RULES: Record<NonNullable<ResourceDefinition['nameRule']>, (name: string) => string[]> = {
  subdomain: names.isDNS1123Subdomain,
  label: names.isDNS1123Label,
  'dns1035-label': names.isDNS1035Label,
  'path-segment': names.isValidPathSegmentName,
};

function checkCommon(resource: ResourceDefinition, meta: ObjectMeta, errors: ErrorList): void {
  if (meta.labels !== undefined) errors.push(...checkLabels(meta.labels, AT.child('labels')));
  if (meta.annotations !== undefined) checkAnnotations(meta.annotations, errors);
  if (meta.ownerReferences !== undefined) checkOwners(meta.ownerReferences, errors);
  if (meta.finalizers?.includes('orphan') === true && meta.finalizers.includes('foregroundDeletion')) {
    errors.push(
      invalid(AT.child('finalizers'), meta.finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'),
    );
  }
  for (const [index, finalizer] of (meta.finalizers ?? []).entries()) {
    const path = AT.child('finalizers').index(index);
    for (const message of names.isQualifiedName(finalizer)) errors.push(invalid(path, finalizer, message));
    // Built-in kinds ask for more (validateKubeFinalizerName).
    if (
      resource.custom !== true &&
      !finalizer.includes('/') &&
      finalizer !== 'orphan' &&
      finalizer !== 'foregroundDeletion' &&
      finalizer !== 'kubernetes'
    ) {
      errors.push(invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
    }
  }
}

/** Keys and values of labels (v1validation.ValidateLabels). */
export function checkLabels(labels: Readonly<Record<string, string>>, path: FieldPath): ErrorList {
  const errors: ErrorList = [];
  for (const key of Object.keys(labels)) {
    for (const message of names.isQualifiedName(key)) errors.push(invalid(path, key, message));
    for (const message of names.isValidLabelValue(labels[key]!)) errors.push(invalid(path, labels[key], message));
  }
  return errors;
}

function checkAnnotations(annotations: Readonly<Record<string, string>>, errors: ErrorList): void {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const message of names.isQualifiedName(key.toLowerCase()))
      errors.push(invalid(AT.child('annotations'), key, message));
    size += byteLength(key) + byteLength(value);
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(tooLong(AT.child('annotations'), ANNOTATIONS_LIMIT));
}

function checkOwners(owners: NonNullable<ObjectMeta['ownerReferences']>, errors: ErrorList): void {
  const path = AT.child('ownerReferences');
  let controller: string | undefined;
  for (const [index, owner] of owners.entries()) {
    const at = path.index(index);
    if (owner.apiVersion === undefined || owner.apiVersion === '')
      errors.push(invalid(at.child('apiVersion'), owner.apiVersion ?? '', 'version must not be empty'));
    if (owner.kind === undefined || owner.kind === '')
      errors.push(invalid(at.child('kind'), owner.kind ?? '', 'kind must not be empty'));
    if (owner.name === undefined || owner.name === '')
      errors.push(invalid(at.child('name'), owner.name ?? '', 'name must not be empty'));
    if (owner.uid === undefined || owner.uid === '')
      errors.push(invalid(at.child('uid'), owner.uid ?? '', 'uid must not be empty'));
    if (owner.kind === 'Event' && owner.apiVersion === 'v1')
      errors.push(invalid(at, owner, `/v1, Kind=Event is disallowed from being an owner`));
    if (owner.controller !== true) continue;
    if (controller === undefined) controller = owner.name;
    else {
      errors.push(
        invalid(
          path,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.name}`,
        ),
      );
    }
  }
}
