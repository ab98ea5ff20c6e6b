import type { ApiObject } from './api.ts';
import { KubectlError, quote } from './errors.ts';
import { compactJson } from './printers/json.ts';

/** The name of a JSON value's type in the errors of Go's decoder. */
function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** What validation against the schema says of an object that does not say what it is. */
function invalid(source: string, problems: readonly string[]): KubectlError {
  const text = problems.length > 1 ? `[${problems.join(', ')}]` : problems.join('');
  return new KubectlError(
    `error validating ${quote(source)}: error validating data: ${text}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );
}

const TEXTS = ['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion'];
const MAPS = ['labels', 'annotations'];

/** What of an object's metadata cannot be read; undefined where all of it can (metadataOnlyObject). */
function metadataProblem(metadata: unknown): string | undefined {
  const wrong = (value: unknown, field: string, type: string): string =>
    `json: cannot unmarshal ${jsonType(value)} into Go struct field ${field} of type ${type}`;
  if (metadata === undefined || metadata === null) return undefined;
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    return wrong(metadata, 'metadataOnlyObject.metadata', 'v1.ObjectMeta');
  for (const [field, value] of Object.entries(metadata)) {
    if (value === null) continue;
    const path = `ObjectMeta.metadata.${field}`;
    if (TEXTS.includes(field) && typeof value !== 'string') return wrong(value, path, 'string');
    if (!MAPS.includes(field)) continue;
    if (typeof value !== 'object' || Array.isArray(value)) return wrong(value, path, 'map[string]string');
    const odd = Object.values(value as object).find((item) => item !== null && typeof item !== 'string');
    if (odd !== undefined) return wrong(odd, path, 'string');
  }
  return undefined;
}

/** What a document holds as an object. Throws what kubectl says of one that is none, before it asks the server. */
export function decodeObject(value: unknown, source: string, validates: boolean): ApiObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (validates) throw invalid(source, ['invalid object to validate']);
    throw new KubectlError(
      `unable to decode ${quote(source)}: json: cannot unmarshal ${jsonType(value)} into Go value of type unstructured.detector`,
    );
  }
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  if (validates) {
    const problems: string[] = [];
    for (const [field, given] of Object.entries({ apiVersion, kind })) {
      if (given === undefined || given === null || given === '') problems.push(`${field} not set`);
      else if (typeof given !== 'string') problems.push(`${field} isn't string type`);
    }
    if (problems.length > 0) throw invalid(source, problems);
  }
  for (const [field, given] of Object.entries({ Kind: kind, apiVersion }))
    if (typeof given !== 'string' || given === '')
      throw new KubectlError(
        `unable to decode ${quote(source)}: Object '${field}' is missing in '${compactJson(value)}'`,
      );
  const problem = metadataProblem(metadata);
  if (problem !== undefined) throw new KubectlError(`unable to decode ${quote(source)}: ${problem}`);
  return value as ApiObject;
}
