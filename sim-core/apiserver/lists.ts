import { decodeBase64, encodeBase64 } from '../api/base64.ts';
import type { AnyObject } from '../api/objects.ts';
import { badRequest, expired } from '../api/status.ts';
import { StoreError } from '../store/store.ts';
import type { ApiRequest, ListResult } from './request.ts';
import { keyOf, present, type ResourceStorage, tableOf } from './resource-storage.ts';
import { compileSelection } from './selection.ts';

/** Where the next page of a list starts, and of which revision it is. */
interface ContinueToken {
  readonly rv: number;
  readonly start: string;
}

const EXPIRED_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** LIST: a consistent page of the objects that a request's selectors choose, in key order. */
export function listObjects(storage: ResourceStorage, request: ApiRequest): ListResult {
  const { store } = storage.server;
  const { options, target, namespace } = request;
  const table = tableOf(target);
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  const token = options.continue === undefined || options.continue === '' ? undefined : readToken(options.continue);
  const exact = options.resourceVersionMatch === 'Exact' ? Number(options.resourceVersion) : undefined;
  const revision = token?.rv ?? exact ?? store.revision;
  const selection = compileSelection(request);

  let items: readonly AnyObject[];
  if (revision === store.revision) items = store.list(table, prefix, token?.start);
  else items = pastItems(storage, table, prefix, revision, token);

  if (selection.narrows) items = items.filter(selection.matches);
  const limit = options.limit ?? 0;
  let next: ContinueToken | undefined;
  let remaining: number | undefined;
  if (limit > 0 && items.length > limit) {
    // The API server cannot count what a selector would leave, so it then gives no remaining count.
    if (!selection.narrows) remaining = items.length - limit;
    items = items.slice(0, limit);
    const last = items[items.length - 1]!;
    next = { rv: revision, start: keyOf(last.metadata.namespace, last.metadata.name) };
  }
  if (target.conversion !== undefined) items = items.map((item) => present(target, item));
  return {
    items,
    resourceVersion: String(revision),
    ...(next === undefined ? {} : { continue: encodeBase64(JSON.stringify({ v: 'meta.k8s.io/v1', ...next })) }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

function pastItems(
  storage: ResourceStorage,
  table: string,
  prefix: string,
  revision: number,
  token: ContinueToken | undefined,
): AnyObject[] {
  const { store } = storage.server;
  if (revision > store.revision)
    throw badRequest(`Too large resource version: ${revision}, current: ${store.revision}`);
  try {
    if (revision < store.compactedRevision) throw new StoreError('compacted');
    const start = token?.start;
    return store.listAt(table, revision).filter((object) => {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      return key.startsWith(prefix) && (start === undefined || key > start);
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw expired(token === undefined ? `The resourceVersion for the provided list is too old.` : EXPIRED_CONTINUE);
  }
}

function readToken(text: string): ContinueToken {
  try {
    const token: unknown = JSON.parse(decodeBase64(text));
    if (typeof token === 'object' && token !== null && 'rv' in token && 'start' in token) {
      const { rv, start } = token;
      if (typeof rv === 'number' && typeof start === 'string') return { rv, start };
    }
  } catch {
    // Not ours: said below.
  }
  throw badRequest('continue key is not valid: it was not made by this API server');
}
