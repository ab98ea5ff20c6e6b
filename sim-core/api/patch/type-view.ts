import { type FieldSchema, objectType, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import {
  anyView,
  atomicAnyView,
  type FieldOptions,
  type ListKey,
  listView,
  mapView,
  type SchemaView,
  scalarView,
  structView,
} from './schema-view.ts';

const text = scalarView('string');
const number = scalarView('number');
const flag = scalarView('boolean');
const untyped = scalarView('untyped');

/** The attributes of a field that say how its value is owned and merged. */
type Attributes = Partial<
  Pick<FieldSchema, 'patchStrategy' | 'patchMergeKey' | 'listType' | 'listMapKeys' | 'mapType'>
>;

const views = new WeakMap<TypeSchema, SchemaView>();

/** What patches and field ownership see of a type. The same view for the same type, so that it is worked out once. */
export function viewOf(type: TypeSchema): SchemaView {
  const known = views.get(type);
  if (known !== undefined) return known;
  const view = structOf(type, type.atomic);
  views.set(type, view);
  return view;
}

function structOf(type: TypeSchema, atomic: boolean): SchemaView {
  if (type.fields.size === 0 && type.preserveUnknownFields) return atomic ? atomicAnyView : anyView;
  const fields = new Map<string, FieldOptions>();
  for (const [name, field] of type.fields) fields.set(name, optionsOf(field));
  const view = structView(type.shortName, fields, atomic);
  return type.preserveUnknownFields ? { ...view, open: true } : view;
}

function optionsOf(field: FieldSchema): FieldOptions {
  const strategy = field.patchStrategy ?? '';
  const merge = strategy.startsWith('merge') ? 'merge' : strategy === 'replace' ? 'replace' : undefined;
  return {
    schema: () => valueView(field, field),
    patchStrategy: merge,
    retainKeys: strategy.endsWith('retainKeys'),
    patchMergeKey: field.patchMergeKey,
    zero: field.omitEmpty && (field.pointer || !structKinds.has(field.kind)) ? undefined : zeroOf(field),
  };
}

/** Kinds that are structs in Go: `omitempty` does not leave them out. */
const structKinds: ReadonlySet<string> = new Set(['object', 'time', 'microTime', 'quantity', 'intOrString']);

/** What Go writes for a field that nobody set. */
function zeroOf(field: FieldSchema): unknown {
  if (field.pointer) return null;
  switch (field.kind) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
    case 'intOrString':
      return 0;
    case 'boolean':
      return false;
    case 'quantity':
      return '0';
    case 'object':
      return {};
    default:
      return null;
  }
}

function valueView(value: ValueSchema, attributes: Attributes): SchemaView {
  switch (value.kind) {
    case 'string':
    case 'bytes':
    case 'time':
    case 'microTime':
      return text;
    case 'integer':
    case 'number':
      return number;
    case 'boolean':
      return flag;
    case 'quantity':
    case 'intOrString':
      return untyped;
    case 'list':
      return listOf(value, attributes);
    case 'map':
      return mapView(
        value.element === undefined ? anyView : valueView(value.element, {}),
        attributes.mapType === 'atomic',
      );
    case 'object':
      return objectView(value, attributes);
    default:
      return atomicAnyView;
  }
}

function objectView(value: ValueSchema, { mapType }: Attributes): SchemaView {
  const type = objectType(value);
  const atomic = mapType === undefined ? type.atomic : mapType === 'atomic';
  return atomic === type.atomic ? viewOf(type) : structOf(type, atomic);
}

/** Lists without a list type follow their patch strategy, as upstream's conversion of OpenAPI does (schemaconv). */
function listOf(value: ValueSchema, { listType, listMapKeys, patchStrategy, patchMergeKey }: Attributes): SchemaView {
  const element = value.element === undefined ? anyView : valueView(value.element, {});
  if (listType === 'set') return listView(element, 'set');
  if (listType === 'map') return listView(element, keysOf(value, listMapKeys ?? []));
  if (listType === 'atomic' || !patchStrategy?.startsWith('merge')) return listView(element);
  return patchMergeKey === undefined ? listView(element, 'set') : listView(element, keysOf(value, [patchMergeKey]));
}

function keysOf(list: ValueSchema, names: readonly string[]): ListKey[] {
  const item = list.element;
  const fields = item?.kind === 'object' ? objectType(item).fields : undefined;
  return names.map((name) => {
    const fallback = fields?.get(name)?.default;
    return fallback === undefined ? { name } : { name, default: fallback };
  });
}
