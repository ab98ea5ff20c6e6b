import { isObject } from '../../api/equality.ts';
import { JsonSyntaxError, parseJson } from '../../api/json.ts';
import type { AnyObject } from '../../api/objects.ts';
import { decode } from '../../api/schema/decode.ts';
import { typeForKind } from '../../api/schema/schema.ts';
import { splitGroupVersion } from '../../resources/registry.ts';

/** The value of a key below /registry, or of an entry of a snapshot, as the object that it must be; undefined if it cannot be one. */
export function objectOfValue(value: string | AnyObject, key: string): AnyObject | undefined {
  let given: unknown = value;
  try {
    if (typeof value === 'string') given = parseJson(value).value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return undefined;
  }
  if (!isObject(given) || !isObject(given.metadata)) return undefined;
  const { apiVersion, kind } = given;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  const { group, version } = splitGroupVersion(apiVersion);
  const type = typeForKind(group, version, kind);
  let object = given as AnyObject;
  if (type !== undefined) {
    const decoded = decode(given, type, { strict: 'Ignore' });
    if (decoded.errors.length > 0 || decoded.value === undefined) return undefined;
    object = { ...decoded.value, apiVersion, kind } as AnyObject;
  }
  return keyInTable(object) === key ? object : undefined;
}

/** The key of an object in its table: `default/web`. */
export function keyInTable({ metadata: { namespace, name } }: AnyObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
