import { quantity } from '../quantity.ts';
import { goFields } from './go-types.ts';

/** A JSON value as the Go value that it decodes to. */
export type GoValue = GoNil | GoScalar | GoStruct | GoSlice | GoMap | GoPointer;

export interface GoNil {
  readonly kind: 'nil';
  readonly type: string;
}
export interface GoScalar {
  readonly kind: 'scalar';
  readonly type: string;
  readonly value: string | number | boolean;
}
export interface GoStruct {
  readonly kind: 'struct';
  readonly type: string;
  readonly fields: readonly (readonly [name: string, value: GoValue])[];
  /** For types that compare themselves (an `Equal` method): what makes two of them equal. */
  readonly identity?: string;
}
export interface GoSlice {
  readonly kind: 'slice';
  readonly type: string;
  readonly items: readonly GoValue[];
}
export interface GoMap {
  readonly kind: 'map';
  readonly type: string;
  /** Sorted by key; the key as it is printed. */
  readonly entries: readonly (readonly [key: string, value: GoValue])[];
}
export interface GoPointer {
  readonly kind: 'pointer';
  readonly type: string;
  readonly to: GoValue;
}

/** Values nest no deeper than the types of the table, but for what is not in it. */
const MAX_DEPTH = 40;

/** A JSON value (undefined: left out) as a Go value of `type`: `*int64`, `[]core.Volume`, `map[string]string`, `core.PodSpec`. */
export function goValueOf(type: string, json: unknown, depth = 0): GoValue {
  const absent = json === undefined || json === null || depth > MAX_DEPTH;
  if (type.startsWith('*'))
    return absent ? { kind: 'nil', type } : { kind: 'pointer', type, to: goValueOf(type.slice(1), json, depth + 1) };
  if (type.startsWith('[]')) {
    const element = type.slice(2);
    return absent || !Array.isArray(json)
      ? { kind: 'nil', type }
      : { kind: 'slice', type, items: json.map((item) => goValueOf(element, item, depth + 1)) };
  }
  if (type === 'core.ResourceList' || type.startsWith('map[string]'))
    return absent ? { kind: 'nil', type } : mapOf(type, json as Record<string, unknown>, depth);
  if (type === 'resource.Quantity') return quantityOf(json);
  if (type === 'intstr.IntOrString') return intOrString(json);
  if (type === 'int32' || type === 'int64') return { kind: 'scalar', type, value: absent ? 0 : Number(json) };
  if (type === 'bool') return { kind: 'scalar', type, value: json === true };
  const fields = goFields(type);
  if (fields !== undefined) return structOf(type, fields, (absent ? {} : json) as Record<string, unknown>, depth);
  if (!absent && typeof json === 'object') return unknownStruct(type, json as Record<string, unknown>, depth);
  return { kind: 'scalar', type, value: absent ? '' : (json as string | number | boolean) };
}

function structOf(
  type: string,
  fields: NonNullable<ReturnType<typeof goFields>>,
  json: Record<string, unknown>,
  depth: number,
): GoStruct {
  // Go's names and JSON's differ in case only: DNSPolicy, dnsPolicy.
  const byName = new Map(Object.entries(json).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    kind: 'struct',
    type,
    fields: fields.map((field) => [
      field.name,
      goValueOf(field.type, field.embedded ? json : byName.get(field.name.toLowerCase()), depth + 1),
    ]),
  };
}

/** A struct that the table does not know: what is set of it, in the order of its JSON. */
function unknownStruct(type: string, json: Record<string, unknown>, depth: number): GoStruct {
  return {
    kind: 'struct',
    type,
    fields: Object.entries(json).map(([key, value]) => [
      key.charAt(0).toUpperCase() + key.slice(1),
      goValueOf(Array.isArray(value) ? '[]string' : 'string', value, depth + 1),
    ]),
  };
}

function mapOf(type: string, json: Record<string, unknown>, depth: number): GoMap {
  // A ResourceName prints itself, which is marked with an s.
  const [mark, element] = type === 'core.ResourceList' ? ['s', 'resource.Quantity'] : ['', type.slice(11)];
  return {
    kind: 'map',
    type,
    entries: Object.keys(json)
      .sort()
      .map((key) => [`${mark}${JSON.stringify(key)}`, goValueOf(element, json[key], depth + 1)]),
  };
}

const scalar = (type: string, value: string | number): GoScalar => ({ kind: 'scalar', type, value });

function intOrString(json: unknown): GoStruct {
  const text = typeof json === 'string';
  return {
    kind: 'struct',
    type: 'intstr.IntOrString',
    fields: [
      ['Type', scalar('intstr.Type', text ? 1 : 0)],
      ['IntVal', scalar('int32', typeof json === 'number' ? json : 0)],
      ['StrVal', scalar('string', text ? json : '')],
    ],
  };
}

/** Powers of ten that the suffixes of quantities stand for. */
const SCALES: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const DECIMAL = /^([+-]?\d+)(?:\.(\d+))?([numkMGTPE]?)$/;

/** A quantity with its unexported fields, which a difference shows too. Two are equal when they are the same amount. */
function quantityOf(json: unknown): GoStruct {
  if (json === undefined || json === null)
    return { kind: 'struct', type: 'resource.Quantity', fields: [], identity: '0' };
  const amount = quantity(json as string | number);
  const text = amount.toString();
  const decimal = DECIMAL.exec(text);
  const [value, scale] =
    decimal === null || amount.format === 'BinarySI'
      ? [Number(amount.nanos / 1_000_000_000n), 0]
      : [Number(`${decimal[1]}${decimal[2] ?? ''}`), SCALES[decimal[3] ?? '']! - (decimal[2]?.length ?? 0)];
  return {
    kind: 'struct',
    type: 'resource.Quantity',
    fields: [
      [
        'i',
        {
          kind: 'struct',
          type: 'resource.int64Amount',
          fields: [
            ['value', scalar('int64', value)],
            ['scale', scalar('int32', scale)],
          ],
        },
      ],
      ['s', scalar('string', text)],
      ['Format', scalar('string', amount.format)],
    ],
    identity: amount.nanos.toString(),
  };
}

/** Go's reflect.Value.IsZero */
export function isZero(value: GoValue): boolean {
  if (value.kind === 'nil') return true;
  if (value.kind === 'scalar') return value.value === '' || value.value === 0 || value.value === false;
  return value.kind === 'struct' && value.fields.every(([, field]) => isZero(field));
}
