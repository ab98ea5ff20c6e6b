/** What a request's path says (request.RequestInfo upstream), before anything is known of the resources. */
export type RequestPath =
  | {
      readonly kind: 'resource';
      readonly group: string;
      readonly version: string;
      readonly namespace?: string;
      readonly plural: string;
      readonly name?: string;
      readonly subresource?: string;
      readonly rest: string;
    }
  | { readonly kind: 'other'; readonly path: string };

/** A path, its segments decoded, and its query. */
export interface ParsedUrl {
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: ReadonlyMap<string, readonly string[]>;
}

/** Splits `/path?query`. A malformed escape is kept as it is typed. */
export function parseUrl(url: string): ParsedUrl {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new Map<string, string[]>();
  if (mark >= 0) {
    for (const pair of url.slice(mark + 1).split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
      const value = equals < 0 ? '' : decode(pair.slice(equals + 1).replaceAll('+', ' '));
      query.set(name, [...(query.get(name) ?? []), value]);
    }
  }
  return {
    path,
    segments: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decode),
    query,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Namespaces' own subresources: the one case in which `/namespaces/x/y` is not a resource in namespace x. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** A path that names resources. */
export type ResourcePath = Extract<RequestPath, { kind: 'resource' }>;

/** Reads a path by the API's conventions (RequestInfoFactory.NewRequestInfo). */
export function parsePath(segments: readonly string[]): RequestPath {
  const other: RequestPath = { kind: 'other', path: `/${segments.join('/')}` };
  const [root] = segments;
  let at: number;
  let group = '';
  let version: string | undefined;
  if (root === 'api') {
    version = segments[1];
    at = 2;
  } else if (root === 'apis') {
    group = segments[1] ?? '';
    version = segments[2];
    at = 3;
  } else return other;
  if (version === undefined || segments.length <= at) return other;

  let namespace: string | undefined;
  if (segments[at] === 'namespaces' && segments.length > at + 2 && !NAMESPACE_SUBRESOURCES.has(segments[at + 2]!)) {
    namespace = segments[at + 1];
    at += 2;
  }
  const [plural, name, subresource, ...rest] = segments.slice(at);
  if (plural === undefined) return other;
  return {
    kind: 'resource',
    group,
    version,
    plural,
    rest: rest.join('/'),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
