import { deepEqual, getOwn, isObject, setOwn } from '../equality.ts';
import { goQuote } from '../go-format.ts';
import { PatchError } from './patch-error.ts';

/** How many operations the API server takes in one JSON patch. */
export const maxJsonPatchOperations = 10_000;
/** How much text the `copy` operations of one patch may add, in characters of JSON. */
const copyLimit = 3 * 1024 * 1024;

type Container = Record<string, unknown> | unknown[];

const missing = 'missing value';
const invalidIndex = 'invalid index referenced';

function fail(message: string): never {
  throw new PatchError(message, 422);
}

function text(operation: Record<string, unknown>, name: 'path' | 'from', failure: string): string {
  const value = getOwn(operation, name);
  if (typeof value !== 'string') fail(failure);
  return value as string;
}

/** A JSON patch being applied: evanphx/json-patch v4, with its leniencies and its messages. */
class Patching {
  root: unknown;
  /** Containers that were copied for this patch and may be changed. */
  private readonly own = new Set<object>();
  private copied = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply(operation: Record<string, unknown>): void {
    const kind = getOwn(operation, 'op');
    if (kind === 'add') this.add(operation);
    else if (kind === 'remove') this.remove(operation);
    else if (kind === 'replace') this.replace(operation);
    else if (kind === 'move') this.move(operation);
    else if (kind === 'test') this.test(operation);
    else if (kind === 'copy') this.copy(operation);
    else fail(`Unexpected kind: ${typeof kind === 'string' ? kind : 'unknown'}`);
  }

  private value(operation: Record<string, unknown>): unknown {
    return getOwn(operation, 'value') ?? null;
  }

  private mine<T extends Container>(container: T): T {
    if (this.own.has(container)) return container;
    const copy = (Array.isArray(container) ? [...container] : { ...container }) as T;
    this.own.add(copy);
    return copy;
  }

  /** The container that a pointer's last step is in, and that step; the way there is made changeable if asked. */
  private find(path: string, change: boolean): { container: Container; key: string } | undefined {
    const parts = path.split('/').slice(1).map(decode);
    const key = parts.pop();
    if (key === undefined || !isContainer(this.root)) return undefined;
    let container: Container = change ? this.mine(this.root) : this.root;
    if (change) this.root = container;
    for (const part of parts) {
      const next = read(container, part);
      if (typeof next === 'string' || !isContainer(next.value)) return undefined;
      const child = change ? this.mine(next.value) : next.value;
      if (change) write(container, part, child);
      container = child;
    }
    return { container, key };
  }

  private add(operation: Record<string, unknown>): void {
    const path = text(operation, 'path', `add operation failed to decode path: ${missing}`);
    const place =
      this.find(path, true) ?? fail(`add operation does not apply: doc is missing path: "${path}": ${missing}`);
    const error = insert(place.container, place.key, this.value(operation));
    if (error !== undefined) fail(`error in add for path: '${path}': ${error}`);
  }

  private remove(operation: Record<string, unknown>): void {
    const path = text(operation, 'path', `remove operation failed to decode path: ${missing}`);
    const place =
      this.find(path, true) ?? fail(`remove operation does not apply: doc is missing path: "${path}": ${missing}`);
    const error = erase(place.container, place.key);
    if (error !== undefined) fail(`error in remove for path: '${path}': ${error}`);
  }

  private replace(operation: Record<string, unknown>): void {
    const path = text(operation, 'path', `replace operation failed to decode path: ${missing}`);
    const value = this.value(operation);
    if (path === '') {
      if (!isContainer(value)) fail('replace operation value must be object or array: %!w(<nil>)');
      this.root = value;
      return;
    }
    const place =
      this.find(path, true) ?? fail(`replace operation does not apply: doc is missing path: ${path}: ${missing}`);
    if (typeof read(place.container, place.key) === 'string') {
      fail(`replace operation does not apply: doc is missing key: ${path}: ${missing}`);
    }
    write(place.container, place.key, value);
  }

  private move(operation: Record<string, unknown>): void {
    const from = text(operation, 'from', `move operation failed to decode from: ${missing}`);
    const source =
      this.find(from, true) ?? fail(`move operation does not apply: doc is missing from path: ${from}: ${missing}`);
    const value = read(source.container, source.key);
    if (typeof value === 'string') fail(`error in move for path: '${source.key}': ${value}`);
    const error = erase(source.container, source.key);
    if (error !== undefined) fail(`error in move for path: '${source.key}': ${error}`);
    const path = text(operation, 'path', `move operation failed to decode path: ${missing}`);
    const place =
      this.find(path, true) ??
      fail(`move operation does not apply: doc is missing destination path: ${path}: ${missing}`);
    const failure = insert(place.container, place.key, (value as { value: unknown }).value ?? null);
    if (failure !== undefined) fail(`error in move for path: '${path}': ${failure}`);
  }

  private test(operation: Record<string, unknown>): void {
    const path = text(operation, 'path', `test operation failed to decode path: ${missing}`);
    const expected = this.value(operation);
    let actual = this.root;
    if (path !== '') {
      const place =
        this.find(path, false) ?? fail(`test operation does not apply: is missing path: ${path}: ${missing}`);
      const found = read(place.container, place.key);
      if (typeof found === 'string') fail(`error in test for path: '${path}': ${found}`);
      actual = (found as { value: unknown }).value ?? null;
    }
    if (!deepEqual(actual, expected)) fail(`testing value ${path} failed: test failed`);
  }

  private copy(operation: Record<string, unknown>): void {
    const from = text(operation, 'from', `copy operation failed to decode from: ${missing}`);
    const source =
      this.find(from, false) ?? fail(`copy operation does not apply: doc is missing from path: ${from}: ${missing}`);
    const found = read(source.container, source.key);
    if (typeof found === 'string') fail(`error in copy for from: '${from}': ${found}`);
    const value = (found as { value: unknown }).value ?? null;
    const path = text(operation, 'path', `copy operation failed to decode path: ${missing}`);
    const place =
      this.find(path, true) ??
      fail(`copy operation does not apply: doc is missing destination path: ${path}: ${missing}`);
    this.copied += JSON.stringify(value).length;
    if (this.copied > copyLimit) {
      fail(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.copied}, exceeding the limit ${copyLimit}`,
      );
    }
    // From now on the value has two places: neither may be changed in place.
    this.release(value);
    const error = insert(place.container, place.key, value);
    if (error !== undefined) fail(`error while adding value during copy: ${error}`);
  }

  private release(value: unknown): void {
    if (!isContainer(value) || !this.own.delete(value)) return;
    for (const child of Object.values(value)) this.release(child);
  }
}

function isContainer(value: unknown): value is Container {
  return Array.isArray(value) || isObject(value);
}

function decode(part: string): string {
  return part.replace(/~[01]/g, (encoded) => (encoded === '~1' ? '/' : '~'));
}

/** strconv.Atoi: the index, or why it is none. */
function indexOf(key: string): number | string {
  return /^[+-]?[0-9]+$/.test(key) ? Number(key) : `strconv.Atoi: parsing ${goQuote(key)}: invalid syntax`;
}

function outOfRange(index: number): string {
  return `Unable to access invalid index: ${index}: ${invalidIndex}`;
}

/** What is at a key (undefined in an object that lacks it), or why there can be nothing. */
function read(container: Container, key: string): { value: unknown } | string {
  if (!Array.isArray(container)) return { value: getOwn(container, key) };
  const index = indexOf(key);
  if (typeof index === 'string') return index;
  if (index >= container.length || index < -container.length) return outOfRange(index);
  return { value: container[index < 0 ? index + container.length : index] };
}

/** Sets what `read` has found to be there. */
function write(container: Container, key: string, value: unknown): void {
  if (!Array.isArray(container)) {
    setOwn(container, key, value);
    return;
  }
  const index = Number(key);
  container[index < 0 ? index + container.length : index] = value;
}

/** Adds a value, in a list before the index; returns why it cannot. */
function insert(container: Container, key: string, value: unknown): string | undefined {
  if (!Array.isArray(container)) {
    setOwn(container, key, value);
    return undefined;
  }
  if (key === '-') {
    container.push(value);
    return undefined;
  }
  const index = indexOf(key);
  if (typeof index === 'string') return `value was not a proper array index: '${key}': ${index}`;
  const size = container.length + 1;
  if (index >= size || index < -size) return outOfRange(index);
  container.splice(index < 0 ? index + size : index, 0, value);
  return undefined;
}

function erase(container: Container, key: string): string | undefined {
  if (!Array.isArray(container)) {
    if (!Object.hasOwn(container, key)) return `Unable to remove nonexistent key: ${key}: ${missing}`;
    delete container[key];
    return undefined;
  }
  const index = indexOf(key);
  if (typeof index === 'string') return index;
  if (index >= container.length || index < -container.length) return outOfRange(index);
  container.splice(index < 0 ? index + container.length : index, 1);
  return undefined;
}

/**
 * Applies a JSON patch (RFC 6902) as the API server does. The document may be frozen; what does not change is shared. Throws a
 * PatchError: 400 for what is no patch, 413 for too many operations, 422 for an operation that does not apply.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    const found = isObject(patch)
      ? 'object'
      : patch === null
        ? 'null'
        : typeof patch === 'boolean'
          ? 'bool'
          : typeof patch;
    throw new PatchError(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`,
      400,
    );
  }
  if (patch.length > maxJsonPatchOperations) {
    throw new PatchError(
      `The allowed maximum operations in a JSON patch is ${maxJsonPatchOperations}, got ${patch.length}`,
      413,
    );
  }
  const patching = new Patching(document);
  for (const operation of patch) {
    if (!isObject(operation)) {
      throw new PatchError(
        `error decoding patch: json: cannot unmarshal ${Array.isArray(operation) ? 'array' : typeof operation} into Go value of type handlers.jsonPatchOp`,
        400,
      );
    }
    patching.apply(operation);
  }
  return patching.root;
}
