import { escapeJson } from '../go-format.ts';
import { objectType, type TypeSchema, typeForKind, type ValueSchema } from './schema.ts';

/**
 * The JSON of an object as Go writes it: the fields of a type in its order, the keys of a map sorted, and `<`, `>` and `&` escaped. Kinds
 * without a built-in type (custom resources) are maps all through.
 */
export function goText(object: Readonly<Record<string, unknown>>, kind?: TypeSchema): string {
  return escapeJson(kind === undefined ? sortedText(object) : structText(object, kind));
}

/** The type of an object that says what it is; undefined when it is not built in. */
export function typeOfObject({ apiVersion, kind }: { apiVersion?: unknown; kind?: unknown }): TypeSchema | undefined {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  const slash = apiVersion.indexOf('/');
  return typeForKind(apiVersion.slice(0, Math.max(0, slash)), apiVersion.slice(slash + 1), kind);
}

interface Writer {
  readonly name: string;
  /** `"name":` */
  readonly label: string;
  readonly write: (value: unknown) => string;
}

const compiled = new WeakMap<
  TypeSchema,
  { readonly writers: readonly Writer[]; readonly names: ReadonlySet<string> }
>();

function writersOf(type: TypeSchema): { readonly writers: readonly Writer[]; readonly names: ReadonlySet<string> } {
  const known = compiled.get(type);
  if (known !== undefined) return known;
  const writers = [...type.fields].map(([name, field]) => ({
    name,
    label: `${JSON.stringify(name)}:`,
    write: writerOf(field),
  }));
  const made = { writers, names: new Set(type.fields.keys()) };
  compiled.set(type, made);
  return made;
}

function structText(value: unknown, type: TypeSchema): string {
  if (!isMap(value)) return plainText(value);
  const { writers, names } = writersOf(type);
  let text = '';
  for (const { name, label, write } of writers) {
    const field = value[name];
    if (field === undefined || !Object.hasOwn(value, name)) continue;
    text += (text === '' ? '' : ',') + label + write(field);
  }
  // What is not of the type, which only members of the cluster's own making have.
  for (const name of Object.keys(value)) {
    if (names.has(name) || value[name] === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${plainText(value[name])}`;
  }
  return `{${text}}`;
}

function writerOf(schema: ValueSchema): Writer['write'] {
  switch (schema.kind) {
    case 'object': {
      let type: TypeSchema | undefined;
      return (value) => {
        type ??= objectType(schema);
        return structText(value, type);
      };
    }
    case 'list': {
      const write = writerOf(schema.element!);
      return (value) => (Array.isArray(value) ? `[${value.map(write).join(',')}]` : plainText(value));
    }
    case 'map': {
      const write = writerOf(schema.element!);
      return (value) => mapText(value, write);
    }
    default:
      return plainText;
  }
}

function mapText(value: unknown, write: Writer['write']): string {
  if (!isMap(value)) return plainText(value);
  let text = '';
  for (const name of Object.keys(value).sort()) {
    if (value[name] !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${write(value[name])}`;
  }
  return `{${text}}`;
}

function sortedText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedText).join(',')}]`;
  return isMap(value) ? mapText(value, sortedText) : plainText(value);
}

function plainText(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
