import { type FieldSelector, parseFieldSelector } from '../api/field-selector.ts';
import type { AnyObject } from '../api/objects.ts';
import { parseLabelSelector } from '../api/selector.ts';
import { badRequest } from '../api/status.ts';
import { type FieldSource, fieldSource } from '../resources/resource.ts';
import type { ApiRequest } from './request.ts';
import { asDefined } from './stored-form.ts';
import type { WatchFilter } from './watch-cache.ts';

/** A request's label and field selectors, ready to be asked. */
export interface Selection {
  /** Whether there is any selector at all. */
  readonly narrows: boolean;
  matches(object: AnyObject): boolean;
  /** One `field=value` that every match must fulfil, for watch indexes. */
  readonly exact: WatchFilter['exact'];
}

const EVERYTHING: Selection = { narrows: false, matches: () => true, exact: undefined };

/** Reads a request's selectors, and its `name` (a single-object watch). Throws 400 for one that cannot be read, as upstream words it. */
export function compileSelection(request: ApiRequest): Selection {
  const { options, target, name } = request;
  const labelText = options.labelSelector ?? '';
  const fieldText = options.fieldSelector ?? '';
  if (labelText === '' && fieldText === '' && name === undefined) return EVERYTHING;
  const { resource } = target;
  const labels = labelText === '' ? undefined : parse(() => parseLabelSelector(labelText));
  const fields = fieldText === '' ? undefined : parse(() => parseFieldSelector(fieldText));
  if (fields !== undefined) checkFields(request, fields);
  const read = (object: AnyObject) => fieldSource(resource, asDefined(resource, object));
  const exact = exactField(request, fields, read);
  return {
    narrows: true,
    matches: (object) =>
      (name === undefined || object.metadata.name === name) &&
      (labels === undefined || labels.matches(object.metadata.labels ?? {})) &&
      (fields === undefined || fields.matches(read(object))),
    exact,
  };
}

function exactField(
  { name }: ApiRequest,
  fields: FieldSelector | undefined,
  fieldsOf: (object: AnyObject) => FieldSource,
): WatchFilter['exact'] {
  if (name !== undefined) return { field: 'metadata.name', value: name, read: (object) => object.metadata.name };
  const requirement = fields?.requirements.find(({ operator }) => operator === '=');
  if (requirement === undefined) return undefined;
  const { field, value } = requirement;
  return { field, value, read: (object) => fieldsOf(object)(field) ?? '' };
}

/** Field selectors may name only fields that the kind supports (AddFieldLabelConversionFunc upstream). */
function checkFields({ target }: ApiRequest, fields: FieldSelector): void {
  const { resource } = target;
  for (const { field } of fields.requirements) {
    if (field === 'metadata.name' || (field === 'metadata.namespace' && resource.namespaced)) continue;
    if (resource.fields !== undefined && Object.hasOwn(resource.fields, field)) continue;
    throw badRequest(
      resource.fields === undefined
        ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
        : `field label not supported: ${field}`,
    );
  }
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}
