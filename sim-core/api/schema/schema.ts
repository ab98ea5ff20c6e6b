import { TYPE_TABLE } from './types.gen.ts';

/** What a value is. The kinds after `map` are Go types with a JSON form of their own. */
export type ValueKind =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  /** Base64 text: Go's []byte. */
  | 'bytes'
  | 'object'
  | 'list'
  | 'map'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  /** metav1.FieldsV1 and runtime.RawExtension: an object that is not looked into. */
  | 'raw'
  | 'any'
  | 'schemaOrBool'
  | 'schemaOrArray'
  | 'schemaOrStringArray';

/** A value's type: a field's, a list's items', a map's values'. */
export interface ValueSchema {
  readonly kind: ValueKind;
  /** The type as encoding/json prints it: `int32`, `[]v1.Container`, `v1.Protocol`. */
  readonly goType: string;
  readonly format?: 'int32' | 'int64' | 'double' | 'byte';
  /** OpenAPI name of an object's type, or of what a special kind is called there. */
  readonly ref?: string;
  /** An object's own type, where it has no name (custom resources). */
  readonly type?: TypeSchema;
  /** What a list's items or a map's values are. */
  readonly element?: ValueSchema;
  /** Whether null is a value (custom resources with `nullable`). */
  readonly nullable?: boolean;
  /** Whether values of another type are kept for validation to refuse (custom resources). */
  readonly lenient?: boolean;
}

/** A field of a type. */
export interface FieldSchema extends ValueSchema {
  readonly name: string;
  readonly required: boolean;
  /** Whether Go leaves the field out when it is empty. */
  readonly omitEmpty: boolean;
  /** Whether Go tells absence from zero. */
  readonly pointer: boolean;
  readonly enum?: readonly string[];
  /** The default that OpenAPI publishes, which server-side apply reads list keys with. */
  readonly default?: string | number | boolean;
  readonly patchStrategy?: 'merge' | 'replace' | 'retainKeys' | 'merge,retainKeys';
  readonly patchMergeKey?: string;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
}

/** A type of the API: a kind, or a part of one. */
export interface TypeSchema {
  /** OpenAPI name: `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string;
  /** Name alone: `PodSpec`. */
  readonly shortName: string;
  /** As Go prints it: `v1.PodSpec`. */
  readonly goType: string;
  readonly group: string;
  readonly version: string;
  /** Whether objects of the type have kind and apiVersion. */
  readonly isKind: boolean;
  /** In Go's order. */
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Whether server-side apply owns it as a whole. */
  readonly atomic: boolean;
  /** Whether fields beside `fields` are kept (custom resources). */
  readonly preserveUnknownFields?: boolean;
}

interface PackageTable {
  readonly openapi: string;
  readonly group: string;
  readonly version: string;
  /** Go's name of the package: `v1`, `version`. */
  readonly goName: string;
  readonly lines: Map<string, string>;
}

const packages: PackageTable[] = [];
const packageByName = new Map<string, PackageTable>();
const kindNames = new Map<string, string>();
const decoded = new Map<string, TypeSchema>();

function readTable(): void {
  for (const line of TYPE_TABLE.split('\n')) {
    if (line.startsWith('@')) {
      const [openapi = '', group = '', version = ''] = line.slice(1).split(' ');
      const one = { openapi, group, version, goName: openapi.slice(openapi.lastIndexOf('.') + 1), lines: new Map() };
      packages.push(one);
      packageByName.set(openapi, one);
      continue;
    }
    const { openapi, group, version, lines } = packages[packages.length - 1]!;
    const [, name = '', mark = ''] = /^(\w+)([#^]*)/.exec(line) ?? [];
    lines.set(name, line);
    if (mark.includes('#')) kindNames.set(kindKey(group, version, name), `${openapi}.${name}`);
  }
}

const kindKey = (group: string, version: string, kind: string): string => `${group}/${version}/${kind}`;

/** The built-in type of an OpenAPI name (`io.k8s.api.apps.v1.Deployment`). */
export function typeOf(name: string): TypeSchema | undefined {
  const known = decoded.get(name);
  if (known !== undefined) return known;
  if (packages.length === 0) readTable();
  const dot = name.lastIndexOf('.');
  const table = packageByName.get(name.slice(0, dot));
  const line = table?.lines.get(name.slice(dot + 1));
  if (table === undefined || line === undefined) return undefined;
  const type = readType(table, line);
  decoded.set(name, type);
  return type;
}

/** The built-in type of a kind; the core group's name is empty. */
export function typeForKind(group: string, version: string, kind: string): TypeSchema | undefined {
  if (packages.length === 0) readTable();
  const name = kindNames.get(kindKey(group, version, kind));
  return name === undefined ? undefined : typeOf(name);
}

/** The OpenAPI names of all built-in types, in the table's order. */
export function typeNames(): string[] {
  if (packages.length === 0) readTable();
  return packages.flatMap((table) => [...table.lines.keys()].map((name) => `${table.openapi}.${name}`));
}

/** The type of an object value: its own, or the built-in one that it names. */
export function objectType(value: ValueSchema): TypeSchema {
  const type = value.type ?? (value.ref === undefined ? undefined : typeOf(value.ref));
  if (type === undefined) throw new Error(`schema: ${value.goType} is not an object type`);
  return type;
}

/** A type's line in the table, and where its package stands there: what protobuf numbers are aligned with. */
export function tablePosition(name: string): { index: number; shortName: string } | undefined {
  if (packages.length === 0) readTable();
  const dot = name.lastIndexOf('.');
  const table = packageByName.get(name.slice(0, dot));
  return table === undefined ? undefined : { index: packages.indexOf(table), shortName: name.slice(dot + 1) };
}

function readType(table: PackageTable, line: string): TypeSchema {
  const [head = '', ...texts] = line.split(' ');
  const shortName = head.replace(/[#^]+$/, '');
  const fields = new Map<string, FieldSchema>();
  for (const text of texts) {
    const field = readField(table, text);
    fields.set(field.name, field);
  }
  return {
    name: `${table.openapi}.${shortName}`,
    shortName,
    goType: `${table.goName}.${shortName}`,
    group: table.group,
    version: table.version,
    isKind: head.includes('#'),
    fields,
    atomic: head.includes('^'),
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readField(table: PackageTable, text: string): FieldSchema {
  const [core = '', ...attributes] = text.split(';');
  const [, name = '', code = 's', mark = '', pointer = ''] = /^([^:!~?]+)(?::([^!~?]+))?([!~]?)(\??)$/.exec(core) ?? [];
  const field: Mutable<FieldSchema> = {
    name,
    ...readValue(table, code),
    required: mark === '!',
    omitEmpty: mark === '',
    pointer: pointer === '?',
  };
  if (!field.omitEmpty && !field.pointer) {
    if (field.kind === 'string') field.default = '';
    else if (field.kind === 'integer' || field.kind === 'number') field.default = 0;
    else if (field.kind === 'boolean') field.default = false;
  }
  for (const attribute of attributes) readAttribute(field, attribute[0]!, attribute.slice(2));
  return field;
}

function readAttribute(field: Mutable<FieldSchema>, letter: string, value: string): void {
  switch (letter) {
    case 'e':
      field.enum = value.split(',');
      break;
    case 'd':
      field.default = field.kind === 'string' ? value : (JSON.parse(value) as number | boolean);
      break;
    case 'm':
      field.patchStrategy = 'merge';
      field.patchMergeKey = value;
      break;
    case 'M':
      field.patchStrategy = 'merge,retainKeys';
      field.patchMergeKey = value;
      break;
    case 'p':
      field.patchStrategy = value as FieldSchema['patchStrategy'];
      break;
    case 'l':
      field.listType = value[0] === 'a' ? 'atomic' : value[0] === 's' ? 'set' : 'map';
      if (value.length > 1) field.listMapKeys = value.slice(1).split(',');
      break;
    case 't':
      field.mapType = value === 'a' ? 'atomic' : 'granular';
  }
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const VALUES: Readonly<Record<string, ValueSchema>> = {
  s: { kind: 'string', goType: 'string' },
  b: { kind: 'boolean', goType: 'bool' },
  i: { kind: 'integer', goType: 'int32', format: 'int32' },
  l: { kind: 'integer', goType: 'int64', format: 'int64' },
  n: { kind: 'number', goType: 'float64', format: 'double' },
  y: { kind: 'bytes', goType: '[]uint8', format: 'byte' },
  q: { kind: 'quantity', goType: 'resource.Quantity', ref: 'io.k8s.apimachinery.pkg.api.resource.Quantity' },
  x: { kind: 'intOrString', goType: 'intstr.IntOrString', ref: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString' },
  t: { kind: 'time', goType: 'v1.Time', ref: `${META}.Time` },
  u: { kind: 'microTime', goType: 'v1.MicroTime', ref: `${META}.MicroTime` },
  f: { kind: 'raw', goType: 'v1.FieldsV1', ref: `${META}.FieldsV1` },
  r: { kind: 'raw', goType: 'runtime.RawExtension', ref: 'io.k8s.apimachinery.pkg.runtime.RawExtension' },
  a: { kind: 'any', goType: 'v1.JSON', ref: `${EXTENSIONS}.JSON` },
  B: { kind: 'schemaOrBool', goType: 'v1.JSONSchemaPropsOrBool', ref: `${EXTENSIONS}.JSONSchemaPropsOrBool` },
  A: { kind: 'schemaOrArray', goType: 'v1.JSONSchemaPropsOrArray', ref: `${EXTENSIONS}.JSONSchemaPropsOrArray` },
  O: {
    kind: 'schemaOrStringArray',
    goType: 'v1.JSONSchemaPropsOrStringArray',
    ref: `${EXTENSIONS}.JSONSchemaPropsOrStringArray`,
  },
};

function readValue(table: PackageTable, code: string): ValueSchema {
  if (code.length === 1 && VALUES[code] !== undefined) return VALUES[code];
  const rest = code.slice(1);
  switch (code[0]) {
    case '[': {
      const element = readValue(table, rest);
      return { kind: 'list', goType: `[]${element.goType}`, element };
    }
    case '{': {
      const element = readValue(table, rest);
      const goType = rest === 'q' ? 'v1.ResourceList' : `map[string]${element.goType}`;
      return { kind: 'map', goType, element };
    }
    case '$':
      return { kind: 'string', goType: rest.includes('.') ? rest : `${table.goName}.${rest}` };
  }
  const dot = code.indexOf('.');
  const owner = dot < 0 ? table : packages[Number(code.slice(0, dot))]!;
  const shortName = code.slice(dot + 1);
  return { kind: 'object', goType: `${owner.goName}.${shortName}`, ref: `${owner.openapi}.${shortName}` };
}
