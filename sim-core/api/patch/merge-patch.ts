import { deepEqual, getOwn, isObject, setOwn } from '../equality.ts';
import { PatchError } from './patch-error.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Applies a JSON merge patch (RFC 7386): null removes, objects merge, all else replaces. Unchanged parts are shared. */
export function applyMergePatch(original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(original) ? { ...original } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else setOwn(result, key, applyMergePatch(getOwn(result, key), value));
  }
  return result;
}

/** The merge patch that turns one object into another (jsonpatch.CreateMergePatch); `{}` when they are equal. */
export function createMergePatch(original: JsonObject, modified: JsonObject): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(modified)) {
    const before = getOwn(original, key);
    const after = modified[key];
    if (isObject(before) && isObject(after)) {
      const inner = createMergePatch(before, after);
      if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
    } else if (before === undefined || !deepEqual(before, after)) {
      setOwn(patch, key, after);
    }
  }
  for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setOwn(patch, key, null);
  return patch;
}

/** Keeps either the deletions of a merge patch or everything else. */
function filterNulls(patch: JsonObject, deletions: boolean): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) {
      if (deletions) setOwn(kept, key, null);
    } else if (isObject(value)) {
      const inner = filterNulls(value, deletions);
      if (Object.keys(inner).length > 0) setOwn(kept, key, inner);
    } else if (!deletions) {
      setOwn(kept, key, value);
    }
  }
  return kept;
}

/** Lays additions over deletions; what one removes the other may not set. */
function combine(deletions: JsonObject, additions: JsonObject): Record<string, unknown> {
  const combined: Record<string, unknown> = { ...deletions };
  for (const key of Object.keys(additions)) {
    const value = additions[key];
    const removed = getOwn(combined, key);
    if (Object.hasOwn(combined, key) && !(isObject(removed) && isObject(value))) {
      throw new PatchError(
        `patch:\n${JSON.stringify(additions)}\nconflicts with changes made from original to current:\n${JSON.stringify(deletions)}\n`,
      );
    }
    setOwn(combined, key, isObject(removed) && isObject(value) ? combine(removed, value) : value);
  }
  return combined;
}

/**
 * The merge patch `kubectl apply` sends for kinds without a strategic patch, custom resources (jsonmergepatch.CreateThreeWayJSONMergePatch):
 * what differs between the live object and the manifest, and what the manifest no longer has that it had when it was last applied.
 */
export function createThreeWayMergePatch(
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
): Record<string, unknown> {
  const additions = filterNulls(createMergePatch(current, modified), false);
  const deletions = filterNulls(createMergePatch(original, modified), true);
  return combine(deletions, additions);
}
