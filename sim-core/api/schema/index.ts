/**
 * The types of the API, and what is made from them.
 *
 * The API server uses it like this:
 *
 *     // A request body over HTTP. (In protobuf: `decodeProtobufBody(bytes)` of api/protobuf, which the HTTP door loads.)
 *     const { value, duplicates } = parseJson(text);                        // throws JsonSyntaxError, in Go's words
 *     const type = registry.typeForKind('apps', 'v1', 'Deployment');        // built-in kinds and custom resources
 *     const { value: object, errors, unknownFields } = decode(value, type, { strict: fieldValidation, duplicates });
 *     if (errors.length > 0) throw badRequest(cannotBeHandled('Deployment', 'v1', errors[0]));
 *     if (fieldValidation === 'Strict' && unknownFields.length > 0)
 *       throw badRequest(cannotBeHandled('Deployment', 'v1', strictDecodingError(unknownFields)));
 *     if (fieldValidation === 'Warn') for (const one of unknownFields) warn(one);      // `unknown field "spec.foo"`
 *
 * `object` is new and may be changed (defaults come next). It is what Go would write for what it read: null and empty values are gone where
 * Go omits them; `resources: {}`, `strategy: {}`, `status: {}`, `metadata.creationTimestamp: null`, a missing container's `name: ''` and
 * `containers: null` are there, as a real API server has them before defaulting and validation. Quantities and times are canonical.
 *
 *     // The result of a strategic merge patch, with the converter's messages:
 *     decode(patched, type, { strict: 'Strict', errorStyle: 'unstructured' });
 *     // An object made in this program may be shared rather than copied; only what Go would write otherwise is new:
 *     decode(object, type, { strict: 'Ignore', reuse: true });
 *     // Patches and field ownership:
 *     viewOf(type)
 *     // A CustomResourceDefinition's version became served:
 *     registry.register(group, version, kind, structuralType(group, version, kind, openAPIV3Schema));
 *
 * OpenAPI documents are apart, so that what does not serve them need not load them: `openapi-v3.ts` (`openApiV3Index`, `openApiV3`, `openApiV3Hash`),
 * `openapi-v2.ts` and `openapi-v2-proto.ts`. /openapi/v2 is asked for as `application/com.github.proto-openapi.spec.v2@v1.0+protobuf` and must be
 * answered as `application/com.github.proto-openapi.spec.v2.v1.0+protobuf`: an `@` is no part of a media type, and kubectl refuses it.
 * Descriptions (`descriptions.gen.ts`, large) are handed in with `describeFrom(DESCRIPTIONS)` by whoever loads them.
 *
 * The table is generated: `npx node scripts/generate-schema.ts`.
 */
export {
  type Decoded,
  type DecodeOptions,
  decode,
  type FieldValidation,
  validateShape,
} from './decode.ts';
export {
  type FieldSchema,
  objectType,
  type TypeSchema,
  typeForKind,
  typeNames,
  typeOf,
  type ValueKind,
  type ValueSchema,
} from './schema.ts';
export { cannotBeHandled, strictDecodingError } from './strict-errors.ts';
export { type StructuralSchema, structuralType, TypeRegistry } from './structural.ts';
export { viewOf } from './view.ts';
