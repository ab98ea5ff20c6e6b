import { goValue } from '../go-format.ts';

/** A patch that cannot be read or does not fit; `message` is upstream's. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  /** What the API server answers: 400 and the message; 413; 422 (whose message says only that the request is at fault); or 500. */
  readonly code: 400 | 413 | 422 | 500;

  constructor(message: string, code: 400 | 413 | 422 | 500 = 500) {
    super(message);
    this.code = code;
  }
}

/** mergepatch.ErrNoMergeKey */
export function noMergeKey(item: unknown, key: string): PatchError {
  return new PatchError(`map: ${goValue(item)} does not contain declared merge key: ${key}`);
}

/** mergepatch.ErrBadArgType */
export function badArgType(expected: 'map' | 'list', actual: unknown): PatchError {
  const expectedName = expected === 'map' ? 'map[string]interface {}' : '[]interface {}';
  return new PatchError(`expected a ${expectedName}, but received a ${goType(actual)}`);
}

function goType(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

/** mergepatch.ErrBadPatchType */
export function badPatchType(type: unknown, map: unknown): PatchError {
  return new PatchError(`unknown patch type: ${goValue(type)} in map: ${goValue(map)}`);
}

export const badPrimitiveList = (): PatchError => new PatchError('invalid patch format of primitive list', 400);
export const badRetainKeys = (): PatchError => new PatchError('invalid patch format of retainKeys', 400);
export const badSetElementOrder = (): PatchError => new PatchError('invalid patch format of setElementOrder list', 400);
export const noListOfLists = (): PatchError => new PatchError('lists of lists are not supported', 422);
