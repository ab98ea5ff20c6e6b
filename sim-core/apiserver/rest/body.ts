import { isObject } from '../../api/equality.ts';
import { JsonSyntaxError, parseJson } from '../../api/json.ts';
import { decode } from '../../api/schema/decode.ts';
import { type TypeSchema, typeForKind } from '../../api/schema/schema.ts';
import { cannotBeHandled, strictDecodingError } from '../../api/schema/strict-errors.ts';
import { badRequest, type StatusError, unsupportedMediaType } from '../../api/status.ts';
import { encodeUtf8 } from '../../api/utf8.ts';
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
  const { value, duplicates } = parse(request, meta, expected);
  if (expected === undefined) return value;
  if (!isObject(value)) {
    const why =
      'json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    throw unrecognized(expected, `couldn't get version/kind; json parse error: ${why}`, request.body);
  }
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

const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/yaml', '*/*', '']);

function parse(
  request: RestRequest,
  meta: MetaProvider | undefined,
  expected: ExpectedKind | undefined,
): { value: unknown; duplicates: readonly string[] } {
  const { body, headers = {} } = request;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'application/vnd.kubernetes.protobuf') {
    if (meta?.decodeProtobuf === undefined || typeof body !== 'string') {
      throw unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
      );
    }
    return { value: meta.decodeProtobuf(body), duplicates: [] };
  }
  if (expected !== undefined && !JSON_TYPES.has(type)) {
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
  }
  if (typeof body !== 'string' && body !== undefined) return { value: body, duplicates: [] };
  try {
    return parseJson(body ?? '');
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    if (expected === undefined) throw badRequest(error.message);
    throw unrecognized(expected, `couldn't get version/kind; json parse error: ${error.message}`, body);
  }
}

/** What cannot even be told to be of any kind (transformDecodeError), with how it begins. */
function unrecognized({ kind }: ExpectedKind, why: string, body: unknown): StatusError {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(text)})`);
}

/** summarizeData: JSON as it is, anything else in hexadecimal, up to thirty bytes. */
function summary(text: string): string {
  if (text === '') return '<empty>';
  const cut = text.slice(0, SUMMARY);
  const shown = text.startsWith('{')
    ? cut
    : [...encodeUtf8(cut).slice(0, SUMMARY)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return text.length > SUMMARY ? `${shown} ...` : shown;
}

const SUMMARY = 30;
const SCHEME = 'pkg/api/legacyscheme/scheme.go:30';

/** An object may leave out what the path says; what it says otherwise is refused. */
function checkKind(value: Record<string, unknown>, expected: ExpectedKind): void {
  const apiVersion = textOr(value.apiVersion, groupVersion(expected));
  const kind = textOr(value.kind, expected.kind);
  const { group, version } = splitGroupVersion(apiVersion);
  if (group === expected.group && version === expected.version && kind === expected.kind) return;
  const refused = (why: string) =>
    badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`);
  if (expected.type === undefined && typeForKind(group, version, kind) === undefined)
    throw refused(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`);
  if (kind !== expected.kind)
    throw refused(
      `converting (${version}.${kind}) to (${goPackage(expected.group)}.${expected.kind}): unknown conversion`,
    );
  throw badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${groupVersion(expected)})`,
  );
}

function textOr(value: unknown, missing: string): string {
  return typeof value === 'string' && value !== '' ? value : missing;
}

/** The Go package of a group's own types: `core`, `apps`, `rbac`. */
function goPackage(group: string): string {
  return group === '' ? 'core' : group.split('.', 1)[0]!;
}
