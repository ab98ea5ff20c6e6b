import { parseQuantity } from './quantity.ts';

const hasOwn = Object.prototype.hasOwnProperty;

/** Whether a value is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Writes an own property whatever its name is. Plain assignment to `__proto__` would replace the object's prototype, and
 * names in objects come from learners.
 */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** A JSON object's own property, or undefined: inherited names such as `constructor` are not fields. */
export function getOwn(target: Readonly<Record<string, unknown>>, key: string): unknown {
  return hasOwn.call(target, key) ? target[key] : undefined;
}

/** A shallow copy that keeps a property called `__proto__` a property. */
export function shallowCopy(source: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...source };
}

/** Whether two JSON values are the same. Shared subtrees are recognised at once; `undefined` properties count as absent. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    for (let index = 0; index < left.length; index++) if (!deepEqual(left[index], right[index])) return false;
    return true;
  }
  if (Array.isArray(right)) return false;
  const leftObject = left as Record<string, unknown>;
  const rightObject = right as Record<string, unknown>;
  let size = 0;
  for (const key in leftObject) {
    const value = leftObject[key];
    if (value === undefined) continue;
    size++;
    if (!hasOwn.call(rightObject, key) || !deepEqual(value, rightObject[key])) return false;
  }
  for (const key in rightObject) if (rightObject[key] !== undefined) size--;
  return size === 0;
}

/** Names of fields whose values (a quantity, or a map of quantities) apiequality.Semantic compares by amount. */
const quantityMaps = new Set([
  'allocatable',
  'allocatedResources',
  'capacity',
  'default',
  'defaultRequest',
  'hard',
  'limits',
  'max',
  'maxLimitRequestRatio',
  'min',
  'podFixed',
  'requests',
  'used',
]);
const quantityFields = new Set([
  'averageValue',
  'currentAverageValue',
  'divisor',
  'maximumVolumeSize',
  'sizeLimit',
  'targetAverageValue',
]);

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}

function sameAmount(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  const leftAmount = parseQuantity(left);
  const rightAmount = parseQuantity(right);
  return typeof leftAmount !== 'string' && typeof rightAmount !== 'string' && leftAmount.compare(rightAmount) === 0;
}

/**
 * Equality as apiequality.Semantic.DeepEqual sees it: quantities are equal by amount (`1000m` and `1`), and an absent list or
 * map equals an empty one. Which strings are quantities follows from the field's name, as in the API's own types.
 */
export function semanticEqual(left: unknown, right: unknown, quantity: 'none' | 'one' | 'map' = 'none'): boolean {
  if (left === right) return true;
  if (quantity === 'one') return sameAmount(left, right);
  if (isEmpty(left) && isEmpty(right)) return true;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    return left.every((value, index) => semanticEqual(value, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const of = quantity === 'map' || quantityFields.has(key) ? 'one' : quantityMaps.has(key) ? 'map' : 'none';
    const [leftValue, rightValue] = [getOwn(left, key), getOwn(right, key)];
    const kind = of === 'one' && (isObject(leftValue) || isObject(rightValue)) ? 'none' : of;
    if (!semanticEqual(leftValue, rightValue, kind)) return false;
  }
  return true;
}

/** Freezes a JSON value and all below it, and returns it. A frozen subtree is taken to be frozen all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) deepFreeze(value[index]);
  } else {
    for (const key in value) deepFreeze((value as Record<string, unknown>)[key]);
  }
  return Object.freeze(value);
}

/**
 * Freezes a JSON value as `deepFreeze` does. What in it is new, and equals what a frozen value `like` has in the same place down to the order
 * of keys, becomes that: of thousands of replicas only what differs is kept.
 */
export function deepFreezeLike<T>(value: T, like: unknown): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (typeof like !== 'object' || like === null || Array.isArray(like) !== Array.isArray(value))
    return deepFreeze(value);
  const same = Array.isArray(value)
    ? freezeItemsLike(value, like as readonly unknown[])
    : freezeFieldsLike(value as Record<string, unknown>, like as Readonly<Record<string, unknown>>);
  return same ? (like as T) : Object.freeze(value);
}

/** Answers whether all items are those of the other list. */
function freezeItemsLike(items: unknown[], like: readonly unknown[]): boolean {
  let same = items.length === like.length;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const frozen = deepFreezeLike(item, like[index]);
    if (frozen !== item) items[index] = frozen;
    if (frozen !== like[index]) same = false;
  }
  return same;
}

/** Answers whether all fields are those of the other object, in the same order. */
function freezeFieldsLike(object: Record<string, unknown>, like: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(like);
  let count = 0;
  let same = true;
  for (const key in object) {
    const field = object[key];
    const frozen = typeof field === 'object' ? deepFreezeLike(field, getOwn(like, key)) : field;
    if (frozen !== field) object[key] = frozen;
    if (keys[count++] !== key || frozen !== like[key]) same = false;
  }
  return same && count === keys.length;
}

/** JSON text with the keys of every object sorted, as Go's encoding/json writes maps: the same for equal values. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const field = object[key];
    if (field === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
