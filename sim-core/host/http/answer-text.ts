import { goText, typeOfObject } from '../../api/schema/go-text.ts';
import { type TypeSchema, typeForKind } from '../../api/schema/schema.ts';

/** The texts of objects that were answered before: stored objects are frozen, and asked for many times. */
const texts = new WeakMap<object, string>();

type Fields = Readonly<Record<string, unknown>>;

/** The text of an answer's JSON body, as an API server written in Go writes it. */
export function answerText(body: unknown): string {
  if (!isObject(body)) return JSON.stringify(body);
  const { kind, apiVersion, items, metadata } = body;
  if (Array.isArray(items) && isObject(metadata) && typeof kind === 'string' && typeof apiVersion === 'string') {
    const head = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)}`;
    const type = itemType(apiVersion, kind);
    return `${head},"items":[${items.map((item: unknown) => objectText(item, type)).join(',')}]}`;
  }
  return objectText(body, typeOfObject(body));
}

/** The text of one watch event's line. */
export function eventText({ type, object }: { readonly type: string; readonly object: unknown }): string {
  return `{"type":"${type}","object":${answerText(object)}}`;
}

function itemType(apiVersion: string, listKind: string): TypeSchema | undefined {
  const slash = apiVersion.indexOf('/');
  const kind = listKind.replace(/List$/, '');
  return typeForKind(apiVersion.slice(0, Math.max(0, slash)), apiVersion.slice(slash + 1), kind);
}

function objectText(object: unknown, type: TypeSchema | undefined): string {
  if (!isObject(object)) return JSON.stringify(object);
  const known = texts.get(object);
  if (known !== undefined) return known;
  // Answers that are no objects of the cluster (discovery, tables, statuses) are made in the order in which they are read.
  const isStored = isObject(object.metadata) && typeof object.metadata.uid === 'string';
  if (!isStored && type === undefined) return JSON.stringify(object);
  const text = goText(object, type);
  if (isStored) texts.set(object, text);
  return text;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
