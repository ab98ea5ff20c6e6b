import { type ErrorList, invalid } from '../../../api/field-error.ts';

/** Whether a step of the path is `..`. */
export function hasBacksteps(path: string): boolean {
  return path.includes('..') && path.split('/').includes('..');
}

/** validatePathNoBacksteps */
export function checkNoBacksteps(path: string, at: string, errors: ErrorList): void {
  if (hasBacksteps(path)) errors.push(invalid(at, path, "must not contain '..'"));
}

/** A relative path that stays below where it starts (validateLocalDescendingPath). */
export function checkDescendingPath(path: string, at: string, errors: ErrorList): void {
  if (path.startsWith('/')) errors.push(invalid(at, path, 'must be a relative path'));
  checkNoBacksteps(path, at, errors);
}

/** The same, and not a name that volumes keep for themselves (ValidateLocalNonReservedPath). */
export function checkNonReservedPath(path: string, at: string, errors: ErrorList): void {
  checkDescendingPath(path, at, errors);
  if (path.startsWith('..') && !path.startsWith('../')) errors.push(invalid(at, path, "must not start with '..'"));
}
