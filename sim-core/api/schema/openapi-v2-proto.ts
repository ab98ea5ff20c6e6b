import { ProtoWriter } from '../protobuf/writer.ts';
import type { Json } from './openapi-schema.ts';

/**
 * An OpenAPI 2 document in the protobuf encoding of gnostic (`application/com.github.proto-openapi.spec.v2@v1.0+protobuf`), which is what kubectl
 * 1.27 and 1.28 ask for. Writes what `openApiV2` makes; field numbers are those of openapiv2/OpenAPIv2.proto.
 */
export function encodeOpenApiV2(document: Json): Uint8Array {
  const out = new ProtoWriter();
  out.string(1, document.swagger as string);
  const info = document.info as Json;
  out.message(2, (writer) => writer.string(1, info.title as string).string(2, info.version as string));
  out.message(8, (writer) => {
    for (const [path, item] of Object.entries(document.paths as Json)) {
      writer.message(2, (named) => named.string(1, path).message(2, (inner) => pathItem(inner, item as Json)));
    }
  });
  out.message(9, (writer) => {
    for (const [name, schema] of Object.entries(document.definitions as Json))
      namedSchema(writer, 1, name, schema as Json);
  });
  return out.finish();
}

const METHODS: readonly [name: string, field: number][] = [
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['patch', 8],
];

function pathItem(writer: ProtoWriter, item: Json): void {
  for (const [method, field] of METHODS) {
    if (item[method] !== undefined) writer.message(field, (inner) => operation(inner, item[method] as Json));
  }
  for (const one of (item.parameters as Json[] | undefined) ?? [])
    writer.message(9, (inner) => parametersItem(inner, one));
}

function operation(writer: ProtoWriter, json: Json): void {
  for (const tag of json.tags as string[]) writer.string(1, tag);
  writer.string(5, json.operationId as string);
  for (const type of json.produces as string[]) writer.string(6, type);
  for (const type of json.consumes as string[]) writer.string(7, type);
  for (const one of (json.parameters as Json[] | undefined) ?? [])
    writer.message(8, (inner) => parametersItem(inner, one));
  writer.message(9, (responses) => {
    for (const [code, response] of Object.entries(json.responses as Json)) {
      responses.message(1, (named) =>
        named.string(1, code).message(2, (value) => value.message(1, (inner) => responseBody(inner, response as Json))),
      );
    }
  });
  extensions(writer, 13, json);
}

function responseBody(writer: ProtoWriter, response: Json): void {
  writer.string(1, response.description as string);
  if (response.schema !== undefined)
    writer.message(2, (item) => item.message(1, (inner) => schema(inner, response.schema as Json)));
}

/** ParametersItem → Parameter → BodyParameter, or NonBodyParameter → query or path. */
function parametersItem(writer: ProtoWriter, json: Json): void {
  writer.message(1, (parameter) => {
    if (json.in === 'body') {
      parameter.message(1, (body) => {
        body.string(2, json.name as string).string(3, 'body');
        if (json.required === true) body.bool(4, true);
        body.message(5, (inner) => schema(inner, json.schema as Json));
      });
      return;
    }
    parameter.message(2, (nonBody) => {
      const inPath = json.in === 'path';
      nonBody.message(inPath ? 4 : 3, (inner) => {
        if (json.required === true) inner.bool(1, true);
        inner
          .string(2, json.in as string)
          .string(3, json.description as string)
          .string(4, json.name as string);
        inner.string(inPath ? 5 : 6, json.type as string);
        inner.bool(inPath ? 19 : 20, true);
      });
    });
  });
}

function namedSchema(writer: ProtoWriter, field: number, name: string, json: Json): void {
  writer.message(field, (named) => named.string(1, name).message(2, (inner) => schema(inner, json)));
}

const NUMBERS: readonly [name: string, field: number][] = [
  ['multipleOf', 6],
  ['maximum', 7],
  ['minimum', 9],
];
const COUNTS: readonly [name: string, field: number][] = [
  ['maxLength', 11],
  ['minLength', 12],
  ['maxItems', 14],
  ['minItems', 15],
  ['maxProperties', 17],
  ['minProperties', 18],
];

function schema(writer: ProtoWriter, json: Json): void {
  const text = (name: string, field: number): void => {
    if (typeof json[name] === 'string') writer.string(field, json[name]);
  };
  text('$ref', 1);
  text('format', 2);
  text('title', 3);
  text('description', 4);
  if (json.default !== undefined) writer.message(5, (inner) => any(inner, json.default));
  for (const [name, field] of NUMBERS) if (typeof json[name] === 'number') writer.double(field, json[name]);
  for (const [name, field] of COUNTS) if (typeof json[name] === 'number') writer.varint(field, json[name]);
  text('pattern', 13);
  for (const name of (json.required as string[] | undefined) ?? []) writer.string(19, name);
  for (const value of (json.enum as unknown[] | undefined) ?? []) writer.message(20, (inner) => any(inner, value));
  const additional = json.additionalProperties;
  if (typeof additional === 'boolean') writer.message(21, (inner) => inner.bool(2, additional));
  else if (additional !== undefined)
    writer.message(21, (inner) => inner.message(1, (value) => schema(value, additional as Json)));
  if (typeof json.type === 'string') writer.message(22, (inner) => inner.string(1, json.type as string));
  if (json.items !== undefined)
    writer.message(23, (inner) => inner.message(1, (value) => schema(value, json.items as Json)));
  if (json.properties !== undefined) {
    writer.message(25, (inner) => {
      for (const [name, property] of Object.entries(json.properties as Json))
        namedSchema(inner, 1, name, property as Json);
    });
  }
  extensions(writer, 31, json);
}

/** gnostic keeps free-form values as YAML, of which JSON is a part. */
function any(writer: ProtoWriter, value: unknown): void {
  writer.string(2, `${JSON.stringify(value)}\n`);
}

function extensions(writer: ProtoWriter, field: number, json: Json): void {
  for (const [name, value] of Object.entries(json)) {
    if (name.startsWith('x-'))
      writer.message(field, (named) => named.string(1, name).message(2, (inner) => any(inner, value)));
  }
}
