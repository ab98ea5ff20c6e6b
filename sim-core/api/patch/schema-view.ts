/**
 * What patches and field ownership must know of a type: a view on the schema, resolved step by step so that recursive types
 * are no trouble. `api/schema` makes these from the built-in types, and the CRD code from structural schemas.
 */
export interface SchemaView {
  /**
   * `scalar`: string, number, boolean, or one of several (int-or-string, quantity, time). `struct`: known fields. `map`: any key.
   * `any`: nothing is known, so the value says what it is.
   */
  readonly kind: 'scalar' | 'struct' | 'map' | 'list' | 'any';
  /** What a scalar may be; `untyped` is any scalar. */
  readonly scalar?: 'string' | 'number' | 'boolean' | 'untyped';
  /** The type's Go name, for messages: `DeploymentSpec`. */
  readonly name?: string;
  /** Whether a struct takes fields that it does not know (custom resources). */
  readonly open?: boolean;
  /** A struct's field, or undefined when it has none of that name. */
  field(name: string): FieldView | undefined;
  /** What a map's values or a list's items are. */
  readonly element: SchemaView | undefined;
  /** Whether ownership is of the whole: x-kubernetes-map-type or x-kubernetes-list-type atomic, or a list of no type. */
  readonly atomic: boolean;
  /** A list's keys (x-kubernetes-list-map-keys, or the merge key); none when the items themselves are the keys (a set). */
  readonly listKeys: readonly ListKey[];
}

export interface ListKey {
  readonly name: string;
  /** What an item that lacks the key is taken to have (`protocol: TCP`). */
  readonly default?: string | number | boolean;
}

/** A field of a struct. */
export interface FieldView {
  readonly schema: SchemaView;
  /** The field's name in FieldsV1: `f:spec`. */
  readonly wire: string;
  /** x-kubernetes-patch-strategy without retainKeys. */
  readonly patchStrategy: 'merge' | 'replace' | undefined;
  readonly retainKeys: boolean;
  readonly patchMergeKey: string | undefined;
  /**
   * What Go writes for the field of an empty object: undefined when it is left out (omitempty), else its zero value. A field that
   * was there before is changed rather than added, which shows in who owns it.
   */
  readonly zero: unknown;
}

const noKeys: readonly ListKey[] = [];
const none = (): undefined => undefined;

/** A scalar's view. */
export function scalarView(scalar: 'string' | 'number' | 'boolean' | 'untyped'): SchemaView {
  return { kind: 'scalar', scalar, field: none, element: undefined, atomic: true, listKeys: noKeys };
}

/** The view of a value of which nothing is known: maps are owned key by key, lists as a whole (deduced types upstream). */
export const anyView: SchemaView = { kind: 'any', field: none, element: undefined, atomic: false, listKeys: noKeys };

/** An object of unknown fields that is owned as a whole (runtime.RawExtension). */
export const atomicAnyView: SchemaView = { ...anyView, atomic: true };

/** A map's view. */
export function mapView(element: SchemaView, atomic = false): SchemaView {
  return { kind: 'map', field: none, element, atomic, listKeys: noKeys };
}

/** A list's view: atomic, a set (no keys), or a map by keys. */
export function listView(element: SchemaView, type: 'atomic' | 'set' | readonly ListKey[] = 'atomic'): SchemaView {
  return {
    kind: 'list',
    field: none,
    element,
    atomic: type === 'atomic',
    listKeys: typeof type === 'string' ? noKeys : type,
  };
}

/** What a field needs besides its name. */
export type FieldOptions = Partial<Omit<FieldView, 'schema' | 'wire'>> & {
  readonly schema: SchemaView | (() => SchemaView);
};

/** A struct's view; a field's schema may be given as a function, which is asked when the field is first met. */
export function structView(
  name: string,
  fields: Readonly<Record<string, FieldOptions>> | ReadonlyMap<string, FieldOptions>,
  atomic = false,
): SchemaView {
  const table = fields instanceof Map ? fields : new Map(Object.entries(fields));
  const views = new Map<string, FieldView>();
  const field = (fieldName: string): FieldView | undefined => {
    const known = views.get(fieldName);
    if (known !== undefined) return known;
    const options = table.get(fieldName);
    if (options === undefined) return undefined;
    const view: FieldView = {
      schema: typeof options.schema === 'function' ? options.schema() : options.schema,
      wire: `f:${fieldName}`,
      patchStrategy: options.patchStrategy,
      retainKeys: options.retainKeys ?? false,
      patchMergeKey: options.patchMergeKey,
      zero: options.zero,
    };
    views.set(fieldName, view);
    return view;
  };
  return { kind: 'struct', name, field, element: undefined, atomic, listKeys: noKeys };
}
