import { decodeBase64, encodeBase64 } from '../api/base64.ts';
import { isObject } from '../api/equality.ts';
import type { AnyObject } from '../api/objects.ts';
import { badRequest, expired, tooLargeResourceVersion } from '../api/status.ts';
import { StoreError } from '../store/store.ts';
import type { ApiRequest, ListResult } from './request.ts';
import { keyOf, present, type ResourceStorage, tableOf } from './resource-storage.ts';
import { compileSelection } from './selection.ts';
import { asDefined } from './stored-form.ts';

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
  const asked = askedRevision(request);
  if (asked > store.revision) throw tooLargeResourceVersion(asked, store.revision);
  const exact = options.resourceVersionMatch === 'Exact' ? asked : undefined;
  const revision = token?.rv ?? exact ?? store.revision;
  const selection = compileSelection(request);

  let items: readonly AnyObject[];
  if (revision === store.revision) items = store.list(table, prefix, token?.start);
  else items = pastItems(storage, table, prefix, revision, token);

  if (target.resource.fromStorage !== undefined) items = items.map((item) => asDefined(target.resource, item));
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
    ...(next === undefined ? {} : { continue: tokenText(next) }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

/** The revision that a list names, or 0. */
function askedRevision({ options }: ApiRequest): number {
  const { resourceVersion = '' } = options;
  if (resourceVersion === '') return 0;
  if (!/^\d{1,15}$/.test(resourceVersion)) {
    throw badRequest(
      `Invalid value: "${resourceVersion}": strconv.ParseUint: parsing "${resourceVersion}": invalid syntax`,
    );
  }
  if (options.continue !== undefined && options.continue !== '' && resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  return Number(resourceVersion);
}

function pastItems(
  storage: ResourceStorage,
  table: string,
  prefix: string,
  revision: number,
  token: ContinueToken | undefined,
): AnyObject[] {
  const { store } = storage.server;
  if (revision > store.revision) throw tooLargeResourceVersion(revision, store.revision);
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

/** storage.EncodeContinue */
function tokenText(token: ContinueToken): string {
  const text = encodeBase64(JSON.stringify({ v: 'meta.k8s.io/v1', ...token }));
  return text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
}

/** storage.DecodeContinue */
function readToken(text: string): ContinueToken {
  const wrong = (why: string) => badRequest(`invalid continue token: continue key is not valid${why}`);
  let token: unknown;
  try {
    token = JSON.parse(decodeBase64(padded(text)));
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong(`: ${illegalAt(text)}`);
    throw error;
  }
  if (!isObject(token) || token.v !== 'meta.k8s.io/v1') throw wrong(': server does not recognize this encoded version');
  const { rv, start } = token;
  if (typeof rv !== 'number' || rv === 0)
    throw wrong(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '') throw wrong(': encoded start key empty (version meta.k8s.io/v1)');
  return { rv, start };
}

/** Go's RawURLEncoding has no padding and two other letters. */
function padded(text: string): string {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return standard + '='.repeat((4 - (standard.length % 4)) % 4);
}

/** What Go says of a text that is no token: where it is no base64, or that it is no JSON inside. */
function illegalAt(text: string): string {
  const odd = /[^A-Za-z0-9_-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length : undefined);
  if (odd !== undefined) return `illegal base64 data at input byte ${odd}`;
  const bytes = decodeBase64(padded(text));
  return `invalid character ${goCharacter(bytes)} looking for beginning of value`;
}

function goCharacter(bytes: string): string {
  const code = bytes.charCodeAt(0);
  return code >= 0x20 && code < 0x7f ? `'${bytes[0]}'` : `'\\x${code.toString(16).padStart(2, '0')}'`;
}
