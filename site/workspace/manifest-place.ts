import {
  objectType,
  type TypeSchema,
  typeForKind,
  typeNames,
  typeOf,
  type ValueSchema,
} from '../../sim-core/api/schema/index.ts';

/** Where a position of a manifest stands: found by indentation, since what is being typed is seldom whole YAML. */
export interface ManifestPlace {
  /** Keys from the top down to the mapping that the line belongs to; list items leave no trace. */
  readonly path: readonly string[];
  /** The line's own key, as far as it is there. */
  readonly key: string;
  /** Column of the key. */
  readonly column: number;
  /** Value after the key, when the position is in it. */
  readonly value: string | undefined;
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
}

interface Line {
  /** Column of the last dash that begins an item on this line. */
  readonly dash: number | undefined;
  readonly column: number;
  readonly key: string | undefined;
}

const MOST_LINES = 5000;

function readLine(text: string): Line | undefined {
  const match = /^(\s*)((?:-\s+)*)(?:([\w.\-/]+)\s*:(?=\s|$))?/.exec(text)!;
  if (/^\s*(#|$)/.test(text)) return undefined;
  const [, indent = '', dashes = '', key] = match;
  const lone = key === undefined && /^\s*-\s*$/.test(text);
  const column = lone ? indent.length + 2 : indent.length + dashes.length;
  const dash = dashes === '' && !lone ? undefined : lone ? indent.length : indent.length + dashes.lastIndexOf('-');
  return { dash, column, key };
}

/** The place of a position, or undefined where no key or value can stand: in a comment, behind the end of a value. */
export function placeAt(text: string, position: number): ManifestPlace | undefined {
  const before = text.slice(0, position).split('\n');
  const own = before.at(-1)!;
  if (/^\s*#|^---/.test(own) || before.length > MOST_LINES) return undefined;
  const match = /^(\s*(?:-\s+)*)([\w.\-/]*)(:\s+(.*))?$/.exec(own);
  if (match === null) return undefined;
  const [, lead = '', key = '', , value] = match;
  const dash = lead.includes('-') ? lead.lastIndexOf('-') : undefined;
  const path: string[] = [];
  let column = lead.length;
  let limit = dash;
  let row = before.length - 2;
  for (; row >= 0 && !before[row]!.startsWith('---'); row--) {
    const line = readLine(before[row]!);
    if (line === undefined) continue;
    if (
      limit !== undefined
        ? line.key !== undefined && line.column <= limit
        : line.key !== undefined && line.column < column
    ) {
      path.unshift(line.key!);
      column = line.column;
      limit = line.dash;
    } else if (limit === undefined && line.column === column && line.dash !== undefined) limit = line.dash;
  }
  const rest = text.slice(position).split(/^---/m)[0]!;
  const document = [...before.slice(row + 1), rest].join('\n');
  const top = (name: string) => new RegExp(`^${name}:\\s*["']?([\\w./-]+)`, 'm').exec(document)?.[1];
  return { path, key, column: lead.length, value, apiVersion: top('apiVersion'), kind: top('kind') };
}

/** The type of the mapping at a place, when its kind is known and its path leads somewhere. */
export function typeAt({
  path,
  apiVersion,
  kind,
}: Pick<ManifestPlace, 'path' | 'apiVersion' | 'kind'>): TypeSchema | undefined {
  if (apiVersion === undefined || kind === undefined) return undefined;
  const slash = apiVersion.indexOf('/');
  let type = typeForKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
  let value: ValueSchema | undefined;
  for (const key of path) {
    if (value?.kind === 'map' && type === undefined) value = value.element;
    else value = type?.fields.get(key);
    while (value?.kind === 'list') value = value.element;
    type = value?.kind === 'object' ? objectType(value) : undefined;
    if (value === undefined) return undefined;
  }
  return type;
}

/** What a field's value is, in words of YAML. */
export function kindWord(schema: ValueSchema): string {
  if (schema.kind === 'list') return `[]${schema.element === undefined ? '' : kindWord(schema.element)}`;
  if (schema.kind === 'object') return objectType(schema).shortName;
  return schema.kind;
}

/** All kinds with the group and version that they stand in: `apps/v1` and `Deployment`. */
export function knownKinds(): { readonly apiVersion: string; readonly kind: string }[] {
  return typeNames()
    .map((name) => typeOf(name))
    .filter(
      (type): type is TypeSchema =>
        type?.isKind === true && !type.shortName.endsWith('List') && type.fields.has('metadata'),
    )
    .map(({ group, version, shortName }) => ({
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind: shortName,
    }));
}
