import {
  anyView,
  atomicAnyView,
  type FieldView,
  type ListKey,
  listView,
  mapView,
  type SchemaView,
  scalarView,
} from '../patch/schema-view.ts';
import { type FieldSchema, objectType, type TypeSchema, type ValueSchema } from './schema.ts';
import { zeroOfField } from './zero.ts';

const views = new WeakMap<TypeSchema, SchemaView>();

/** A type as patches and field ownership see it (what kube-openapi's schemaconv makes of the published schema). */
export function viewOf(type: TypeSchema): SchemaView {
  const known = views.get(type);
  if (known !== undefined) return known;
  const fields = new Map<string, FieldView>();
  const view: SchemaView = {
    kind: 'struct',
    name: type.shortName,
    element: undefined,
    atomic: type.atomic,
    listKeys: [],
    field: (name) => {
      const made = fields.get(name);
      if (made !== undefined) return made;
      const field = type.fields.get(name);
      if (field === undefined) return undefined;
      const fieldView = viewOfField(field);
      fields.set(name, fieldView);
      return fieldView;
    },
  };
  views.set(type, view);
  return view;
}

function viewOfField(field: FieldSchema): FieldView {
  const strategy = field.patchStrategy;
  return {
    schema: viewOfValue(field, field),
    wire: `f:${field.name}`,
    patchStrategy:
      strategy === undefined || strategy === 'retainKeys' ? undefined : strategy === 'replace' ? 'replace' : 'merge',
    retainKeys: strategy === 'retainKeys' || strategy === 'merge,retainKeys',
    patchMergeKey: field.patchMergeKey,
    zero: zeroOfField(field),
  };
}

function viewOfValue(value: ValueSchema, field?: FieldSchema): SchemaView {
  switch (value.kind) {
    case 'string':
    case 'bytes':
      return scalarView('string');
    case 'integer':
    case 'number':
      return scalarView('number');
    case 'boolean':
      return scalarView('boolean');
    case 'object': {
      const view = viewOf(objectType(value));
      // What a field says of its struct counts more than what the struct says of itself (PersistentVolumeSpec.claimRef).
      return field?.mapType === undefined ? view : { ...view, atomic: field.mapType === 'atomic' };
    }
    case 'map':
      return mapView(viewOfValue(value.element!), field?.mapType === 'atomic');
    case 'list':
      return listView(viewOfValue(value.element!), field === undefined ? 'atomic' : listRelation(field));
    case 'raw':
      return atomicAnyView;
    case 'any':
    case 'schemaOrBool':
    case 'schemaOrArray':
    case 'schemaOrStringArray':
      return anyView;
    default:
      return scalarView('untyped');
  }
}

/** How items are told apart: by list type, else by the patch strategy (schemaconv's getListElementRelationship). */
function listRelation(field: FieldSchema): 'atomic' | 'set' | readonly ListKey[] {
  if (field.listType === 'map') return (field.listMapKeys ?? []).map((key) => listKey(field, key));
  if (field.listType !== undefined) return field.listType;
  if (field.patchStrategy !== 'merge' && field.patchStrategy !== 'merge,retainKeys') return 'atomic';
  return field.patchMergeKey === undefined ? 'set' : [listKey(field, field.patchMergeKey)];
}

function listKey(field: FieldSchema, name: string): ListKey {
  const value = objectType(field.element!).fields.get(name)?.default;
  return value === undefined ? { name } : { name, default: value };
}
