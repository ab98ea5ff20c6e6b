import { base64OfBytes } from '../base64.ts';
import { parseJson } from '../json.ts';
import { setOwn } from '../own-property.ts';
import { formatTime } from '../schema/go-time.ts';
import { objectType, type TypeSchema, typeForKind, typeOf, type ValueSchema } from '../schema/schema.ts';
import { decodeUtf8 } from '../utf8.ts';
import { type MessageTable, messageTable } from './message-table.ts';
import { ProtoError, ProtoReader } from './reader.ts';

/** The media type of request bodies in protobuf. */
export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const MAX_DEPTH = 100;

/** Whether a body starts as Kubernetes' protobuf bodies do: `k8s` and a zero byte. */
export function isProtobufBody(body: Uint8Array): boolean {
  return MAGIC.every((byte, index) => body[index] === byte);
}

/**
 * The object in a body of type `application/vnd.kubernetes.protobuf`, as JSON has it, with its apiVersion and kind. Holds the zero values
 * that protobuf always writes: `decode` drops them. Throws a ProtoError for what is no such body, or of a type without field numbers.
 * Follows the protobuf serializer of apimachinery (a runtime.Unknown around the message).
 */
export function decodeProtobufBody(body: Uint8Array): Record<string, unknown> {
  if (!isProtobufBody(body)) {
    throw new ProtoError(
      `provided data does not appear to be a protobuf message, expected prefix [${MAGIC.join(' ')}]`,
    );
  }
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = new Uint8Array(0);
  const envelope = new ProtoReader(body, MAGIC.length);
  while (envelope.next()) {
    if (envelope.field === 1) {
      const typeMeta = envelope.message();
      while (typeMeta.next()) {
        if (typeMeta.field === 1) apiVersion = typeMeta.string();
        else if (typeMeta.field === 2) kind = typeMeta.string();
        else typeMeta.skip();
      }
    } else if (envelope.field === 2) raw = envelope.data();
    else envelope.skip();
  }
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  // Options are registered in every group.
  const type = typeForKind(group, version, kind) ?? (kind === 'DeleteOptions' ? typeOf(`${META}.${kind}`) : undefined);
  if (type === undefined) throw new ProtoError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  return { apiVersion, kind, ...readMessage(new ProtoReader(raw), type, 0) };
}

function readMessage(reader: ProtoReader, type: TypeSchema, depth: number): Record<string, unknown> {
  const table = messageTable(type);
  if (table === undefined) throw new ProtoError(`${type.name} is read as JSON only`);
  if (depth > MAX_DEPTH) throw new ProtoError('exceeded max depth');
  const object: Record<string, unknown> = {};
  readFields(reader, table, object, depth);
  return object;
}

function readFields(reader: ProtoReader, table: MessageTable, object: Record<string, unknown>, depth: number): void {
  while (reader.next()) {
    const entry = table.get(reader.field);
    if (entry === undefined) reader.skip();
    else if ('inline' in entry) readFields(reader.message(), entry.inline, object, depth);
    else {
      const { field } = entry;
      if (field.kind === 'list') {
        object[field.name] ??= [];
        readItem(reader, field.element!, object[field.name] as unknown[], depth);
      } else if (field.kind === 'map') {
        object[field.name] ??= {};
        readEntry(reader.message(), field.element!, object[field.name] as Record<string, unknown>, depth);
      } else object[field.name] = readValue(reader, field, depth);
    }
  }
}

function readItem(reader: ProtoReader, element: ValueSchema, list: unknown[], depth: number): void {
  if (element.kind !== 'integer' || reader.wireType !== 2) {
    list.push(readValue(reader, element, depth));
    return;
  }
  const packed = reader.message();
  while (packed.more()) list.push(packed.bareInteger());
}

function readEntry(reader: ProtoReader, element: ValueSchema, map: Record<string, unknown>, depth: number): void {
  let key = '';
  let value: unknown;
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = readValue(reader, element, depth);
    else reader.skip();
  }
  value ??= element.kind === 'string' || element.kind === 'bytes' ? '' : null;
  setOwn(map, key, value);
}

function readValue(reader: ProtoReader, schema: ValueSchema, depth: number): unknown {
  switch (schema.kind) {
    case 'string':
      return reader.string();
    case 'boolean':
      return reader.bool();
    case 'integer':
      return reader.integer();
    case 'number':
      return reader.double();
    case 'bytes':
      return base64OfBytes(reader.data());
    case 'object':
      return readMessage(reader.message(), objectType(schema), depth + 1);
    case 'quantity':
      return onlyField(reader.message(), (inner) => inner.string()) ?? '0';
    case 'intOrString':
      return readIntOrString(reader.message());
    case 'time':
    case 'microTime':
      return readTime(reader.message(), schema.kind === 'microTime');
    case 'list':
      // A list that is a map's value has a message around it (authentication's ExtraValue).
      return readItems(reader.message(), schema.element!, depth);
    case 'raw': {
      const json = onlyField(reader.message(), (inner) => inner.data());
      return json === undefined || json.length === 0 ? null : parseJson(decodeUtf8(json)).value;
    }
    default:
      throw new ProtoError(`${schema.goType} is read as JSON only`);
  }
}

function readItems(reader: ProtoReader, element: ValueSchema, depth: number): unknown[] {
  const items: unknown[] = [];
  while (reader.next()) {
    if (reader.field === 1) items.push(readValue(reader, element, depth));
    else reader.skip();
  }
  return items;
}

/** The value of field 1, the only one of several wrapper messages. */
function onlyField<T>(reader: ProtoReader, read: (reader: ProtoReader) => T): T | undefined {
  let value: T | undefined;
  while (reader.next()) {
    if (reader.field === 1) value = read(reader);
    else reader.skip();
  }
  return value;
}

function readIntOrString(reader: ProtoReader): number | string {
  let isString = false;
  let number = 0;
  let text = '';
  while (reader.next()) {
    if (reader.field === 1) isString = reader.integer() === 1;
    else if (reader.field === 2) number = reader.integer();
    else if (reader.field === 3) text = reader.string();
    else reader.skip();
  }
  return isString ? text : number;
}

/** An empty message is the zero time, which JSON writes as null. */
function readTime(reader: ProtoReader, micro: boolean): string | null {
  let seconds: number | undefined;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.integer();
    else if (reader.field === 2) nanos = reader.integer();
    else reader.skip();
  }
  return seconds === undefined ? null : formatTime(seconds, micro ? Math.floor(nanos / 1000) : undefined);
}
