import { isObject } from '../../api/equality.ts';
import { JsonSyntaxError, parseJson } from '../../api/json.ts';
import { decode } from '../../api/schema/decode.ts';
import { type TypeSchema, typeForKind } from '../../api/schema/schema.ts';
import { cannotBeHandled, strictDecodingError } from '../../api/schema/strict-errors.ts';
import { badRequest, unsupportedMediaType } from '../../api/status.ts';
import type { RestRequest } from '../../client/rest.ts';
import { splitGroupVersion } from '../../resources/registry.ts';
import { groupVersion } from '../../resources/resource.ts';
import type { RequestOptions } from '../request.ts';
import type { MetaProvider } from './meta.ts';

/** The kind that a body must be of. */
export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type?: TypeSchema;
}

/**
 * Reads a request's body: JSON as a value or as text (in which duplicate fields show), YAML where a host has turned it into a value,
 * Kubernetes' protobuf. With `expected`, it is decoded strictly into an object of that kind. Throws 400 or 415.
 */
export function readBody(
  request: RestRequest,
  expected: ExpectedKind | undefined,
  options: RequestOptions,
  warnings: string[],
  meta: MetaProvider | undefined,
): unknown {
  const { value, duplicates } = parse(request, meta, expected === undefined);
  if (expected === undefined) return value;
  if (!isObject(value))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): the body is not an object`,
    );
  checkKind(value, expected);
  const type = expected.type ?? typeForKind(expected.group, expected.version, expected.kind);
  if (type === undefined) return value;
  const validation = options.fieldValidation ?? 'Warn';
  const decoded = decode(value, type, { strict: validation, reuse: true, duplicates });
  if (decoded.errors.length > 0 || decoded.value === undefined) {
    throw badRequest(cannotBeHandled(expected.kind, expected.version, decoded.errors[0] ?? 'it is not an object'));
  }
  if (decoded.unknownFields.length > 0) {
    if (validation === 'Strict') {
      throw badRequest(cannotBeHandled(expected.kind, expected.version, strictDecodingError(decoded.unknownFields)));
    }
    if (validation === 'Warn') warnings.push(...decoded.unknownFields);
  }
  return { ...decoded.value, apiVersion: groupVersion(expected), kind: expected.kind };
}

function parse(
  request: RestRequest,
  meta: MetaProvider | undefined,
  plain: boolean,
): { value: unknown; duplicates: readonly string[] } {
  const { body, headers = {} } = request;
  const type = (headers['content-type'] ?? 'application/json').split(';', 1)[0]!.trim();
  if (type === 'application/vnd.kubernetes.protobuf') {
    if (meta?.decodeProtobuf === undefined || typeof body !== 'string') {
      throw unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
      );
    }
    return { value: meta.decodeProtobuf(body), duplicates: [] };
  }
  if (typeof body !== 'string') return { value: body, duplicates: [] };
  try {
    return parseJson(body);
  } catch (error) {
    if (error instanceof JsonSyntaxError && plain) throw badRequest(error.message);
    if (error instanceof JsonSyntaxError)
      throw badRequest(
        `the object provided is unrecognized (must be of type Object): couldn't get version/kind; json parse error: ${error.message}`,
      );
    throw error;
  }
}

/** An object may leave out what the path says; what it says otherwise is refused. */
function checkKind(value: Record<string, unknown>, expected: ExpectedKind): void {
  const { apiVersion, kind } = value;
  if (typeof apiVersion === 'string' && apiVersion !== '') {
    const { group, version } = splitGroupVersion(apiVersion);
    if (group !== expected.group || version !== expected.version) {
      throw badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${groupVersion(expected)})`,
      );
    }
  }
  if (typeof kind === 'string' && kind !== '' && kind !== expected.kind) {
    throw badRequest(
      `${kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: converting (${kind}) to (${expected.kind}): unknown conversion`,
    );
  }
}
