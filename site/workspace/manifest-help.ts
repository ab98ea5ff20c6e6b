/** What the editor knows of manifests. Loaded with the first manifest that is shown: the types of the API are in it. */
import type { FieldSchema } from '../../sim-core/api/schema/index.ts';
import { kindWord, knownKinds, placeAt, typeAt } from './manifest-place.ts';

export { lintManifests } from './lint.ts';

/** Something that may be written at a place. */
export interface Suggestion {
  readonly label: string;
  readonly detail: string;
  /** What is typed for it. */
  readonly text: string;
  readonly required: boolean;
  /** Type and field whose description says more. */
  readonly about: { readonly type: string; readonly field: string } | undefined;
}

export interface Suggestions {
  /** Where the word begins that they replace. */
  readonly from: number;
  readonly suggestions: readonly Suggestion[];
}

/** What may be written at a position of a manifest. */
export function suggestionsAt(text: string, position: number): Suggestions | undefined {
  const place = placeAt(text, position);
  if (place === undefined) return undefined;
  const { path, key, value, column } = place;
  if (value !== undefined) return valuesAt(place, key, value, position);
  const type = typeAt(place);
  const from = position - key.length;
  if (type === undefined) {
    if (path.length > 0 || column > 0) return undefined;
    return {
      from,
      suggestions: ['apiVersion', 'kind', 'metadata', 'spec'].map((label) =>
        plain(label, label === 'metadata' || label === 'spec' ? `${label}:\n  ` : `${label}: `),
      ),
    };
  }
  const used = siblingsOf(text, position, column);
  const suggestions = [...type.fields.values()]
    .filter(({ name }) => name !== 'status' && name !== 'managedFields' && !used.has(name))
    .map((field) => ({
      label: field.name,
      detail: kindWord(field),
      text: textFor(field, column),
      required: field.required,
      about: { type: type.name, field: field.name },
    }));
  return { from, suggestions };
}

function plain(label: string, text = label): Suggestion {
  return { label, detail: '', text, required: false, about: undefined };
}

/** A field with what follows it: a mapping goes on in the next line, a list with its first item. */
function textFor(field: FieldSchema, column: number): string {
  const indent = ' '.repeat(column);
  if (field.kind === 'object' || field.kind === 'map') return `${field.name}:\n${indent}  `;
  return field.kind === 'list' ? `${field.name}:\n${indent}- ` : `${field.name}: `;
}

function valuesAt(
  place: NonNullable<ReturnType<typeof placeAt>>,
  key: string,
  value: string,
  position: number,
): Suggestions | undefined {
  if (/\s/.test(value)) return undefined;
  const from = position - value.length;
  if (place.path.length === 0 && key === 'kind') {
    const kinds = knownKinds().filter(
      ({ apiVersion }) => place.apiVersion === undefined || apiVersion === place.apiVersion,
    );
    return { from, suggestions: [...new Set(kinds.map(({ kind }) => kind))].sort().map((label) => plain(label)) };
  }
  if (place.path.length === 0 && key === 'apiVersion') {
    const versions = knownKinds().filter(({ kind }) => place.kind === undefined || kind === place.kind);
    return {
      from,
      suggestions: [...new Set(versions.map(({ apiVersion }) => apiVersion))].sort().map((label) => plain(label)),
    };
  }
  const field = typeAt(place)?.fields.get(key);
  const values = field?.enum ?? (field?.kind === 'boolean' ? ['true', 'false'] : []);
  return values.length === 0 ? undefined : { from, suggestions: values.map((label) => plain(label)) };
}

/** Keys of the mapping around a position, but for the line that it is on. */
function siblingsOf(text: string, position: number, column: number): Set<string> {
  const lines = text.split('\n');
  const row = text.slice(0, position).split('\n').length - 1;
  const found = new Set<string>();
  const keyAt = (line: string) => {
    const match = /^(\s*(?:-\s+)*)([\w.\-/]+)\s*:/.exec(line);
    return match === null ? undefined : { column: match[1]!.length, key: match[2]!, item: match[1]!.includes('-') };
  };
  for (const step of [-1, 1]) {
    for (let at = row + step; at >= 0 && at < lines.length; at += step) {
      const line = lines[at]!;
      if (line.startsWith('---')) break;
      const here = keyAt(line);
      if (here === undefined || here.column > column) continue;
      if (here.column < column || (step > 0 && here.item)) break;
      found.add(here.key);
      if (here.item) break;
    }
    if (step < 0 && /^\s*-\s/.test(lines[row] ?? '')) found.clear();
  }
  return found;
}

/** What stands under the pointer: a field, its type, and what the API's documentation says of it. */
export async function explainAt(
  text: string,
  position: number,
): Promise<{ from: number; to: number; name: string; detail: string; description: string } | undefined> {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  const end = text.indexOf('\n', position);
  const line = text.slice(start, end < 0 ? text.length : end);
  const match = /^(\s*(?:-\s+)*)([\w.\-/]+)\s*:/.exec(line);
  if (match === null) return undefined;
  const from = start + match[1]!.length;
  const to = from + match[2]!.length;
  if (position < from || position > to) return undefined;
  const place = placeAt(text, to);
  const type = place === undefined ? undefined : typeAt(place);
  const field = type?.fields.get(match[2]!);
  if (type === undefined || field === undefined) return undefined;
  const description = await describe(type.name, field.name);
  return { from, to, name: field.name, detail: kindWord(field), description };
}

/** What the API's documentation says of a field. The texts are large, and loaded when someone asks. */
export async function describe(type: string, field: string): Promise<string> {
  const { DESCRIPTIONS } = await import('../../sim-core/api/schema/descriptions.gen.ts');
  return Object.hasOwn(DESCRIPTIONS, type) ? (DESCRIPTIONS[type]![field] ?? '') : '';
}
