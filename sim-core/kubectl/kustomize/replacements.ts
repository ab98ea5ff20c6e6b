import type { ApiObject } from '../api.ts';
import { KubectlError } from '../errors.ts';
import { type Item, idOf, type Json, type Replacement, type Selection } from './kustomization.ts';

function selects(selection: Selection, { object, original }: Item): boolean {
  const [version, group = ''] = object.apiVersion.split('/').reverse();
  const is = (wanted: string | undefined, ...actual: (string | undefined)[]) =>
    wanted === undefined || actual.includes(wanted);
  return (
    is(selection.group, group) &&
    is(selection.version, version) &&
    is(selection.kind, object.kind) &&
    is(selection.name, object.metadata.name, original) &&
    is(selection.namespace, object.metadata.namespace)
  );
}

/** The parts of `spec.containers.[name=web].image`; a dot inside of brackets, or behind a backslash, parts nothing. */
function partsOf(path: string): string[] {
  return (path.match(/\[[^\]]*\]|(?:\\.|[^.[])+/g) ?? []).map((part) => part.replace(/\\(.)/g, '$1'));
}

interface Place {
  readonly holder: Json;
  readonly key: string;
}

/** Where a path leads: one place, or several behind a `*` or a condition. */
function placesOf(object: unknown, path: string, create: boolean): Place[] {
  const parts = partsOf(path);
  let values: unknown[] = [object];
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const places: Place[] = [];
    for (const value of values) {
      if (typeof value !== 'object' || value === null) continue;
      const holder = value as Json;
      const condition = /^\[([^=\]]+)=(.*)\]$/.exec(part);
      if (condition !== null)
        for (const [key, item] of Object.entries(holder))
          if (String((item as Json | null)?.[condition[1]!]) === condition[2]) places.push({ holder, key });
      if (condition !== null) continue;
      if (part === '*') places.push(...Object.keys(holder).map((key) => ({ holder, key })));
      else if (Object.hasOwn(holder, part)) places.push({ holder, key: part });
      else if (create && !Array.isArray(holder) && part !== '__proto__') {
        if (!last) holder[part] = {};
        places.push({ holder, key: part });
      }
    }
    if (last) return places;
    values = places.map(({ holder, key }) => holder[key]);
  }
  return [];
}

function sourceValue(items: readonly Item[], { source }: Replacement): unknown {
  if (source === undefined) throw new KubectlError('replacements must specify a source');
  const [item, ...more] = items.filter((candidate) => selects(source, candidate));
  if (item === undefined) throw new KubectlError(`nothing selected by ${JSON.stringify(source)}`);
  if (more.length > 0) throw new KubectlError(`multiple matches for selector ${JSON.stringify(source)}`);
  const path = source.fieldPath ?? 'metadata.name';
  const [place] = placesOf(item.object, path, false);
  if (place === undefined)
    throw new KubectlError(`fieldPath \`${path}\` is missing for replacement source ${idOf(item.object)}`);
  const value = place.holder[place.key];
  const { delimiter, index = 0 } = source.options ?? {};
  return delimiter === undefined ? value : String(value).split(delimiter)[index];
}

/** Copies fields of objects into others (kustomize's replacements). */
export function applyReplacements(items: readonly Item[], replacements: readonly Replacement[]): void {
  for (const replacement of replacements) {
    const value = sourceValue(items, replacement);
    for (const { select = {}, reject = [], fieldPaths = ['metadata.name'], options = {} } of replacement.targets ?? [])
      for (const item of items) {
        if (!selects(select, item) || reject.some((selection) => selects(selection, item))) continue;
        for (const path of fieldPaths) {
          const places = placesOf(item.object as ApiObject, path, options.create === true);
          if (places.length === 0)
            throw new KubectlError(`unable to find field ${JSON.stringify(path)} in replacement target`);
          for (const { holder, key } of places) {
            if (options.delimiter === undefined) {
              holder[key] = value;
              continue;
            }
            const parts = String(holder[key]).split(options.delimiter);
            parts[options.index ?? 0] = String(value);
            holder[key] = parts.join(options.delimiter);
          }
        }
      }
  }
}
