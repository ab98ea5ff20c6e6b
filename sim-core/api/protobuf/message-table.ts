import { type FieldSchema, type TypeSchema, tablePosition } from '../schema/schema.ts';
import { FIELD_NUMBERS } from './numbers.gen.ts';

/** What a field number of a message stands for: a field, or a message whose fields JSON has one level up. */
export type MessageEntry = { readonly field: FieldSchema } | { readonly inline: MessageTable };

/** The fields of a message by number. */
export type MessageTable = Map<number, MessageEntry>;

let lines: Map<string, string> | undefined;
const tables = new WeakMap<TypeSchema, MessageTable>();

/** The field numbers of a type; undefined when it has no protobuf form here. */
export function messageTable(type: TypeSchema): MessageTable | undefined {
  const known = tables.get(type);
  if (known !== undefined) return known;
  lines ??= readLines();
  const position = tablePosition(type.name);
  const line = position === undefined ? undefined : lines.get(`${position.index}.${position.shortName}`);
  if (line === undefined) return type.fields.size === 0 ? new Map() : undefined;
  const table: MessageTable = new Map();
  const paths = expand(line);
  let index = 0;
  for (const field of type.fields.values()) insert(table, paths[index++] ?? [], field);
  tables.set(type, table);
  return table;
}

function readLines(): Map<string, string> {
  const found = new Map<string, string>();
  let section = '';
  for (const line of FIELD_NUMBERS.split('\n')) {
    if (line.startsWith('@')) {
      section = line.slice(1);
      continue;
    }
    const space = line.indexOf(' ');
    found.set(`${section}.${line.slice(0, space)}`, line.slice(space + 1));
  }
  return found;
}

/** `1-3,7,2/1` as the way to each field: [1] [2] [3] [7] [2, 1]. */
function expand(line: string): number[][] {
  return line.split(',').flatMap((part) => {
    if (part === '_') return [[]];
    const [first = '', last] = part.split('-');
    if (last === undefined) return [part.split('/').map(Number)];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => [Number(first) + index]);
  });
}

function insert(table: MessageTable, path: readonly number[], field: FieldSchema): void {
  const [number, ...rest] = path;
  if (number === undefined) return;
  if (rest.length === 0) {
    table.set(number, { field });
    return;
  }
  const entry = table.get(number);
  const inline: MessageTable = entry !== undefined && 'inline' in entry ? entry.inline : new Map();
  table.set(number, { inline });
  insert(inline, rest, field);
}
