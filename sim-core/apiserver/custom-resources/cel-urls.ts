import type { Environment } from '@marcbachmann/cel-js';

/** A URL as an expression holds it, in its parts. */
class Link {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  constructor([, scheme = '', host = '', path = '', query = '']: readonly string[]) {
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }
}

const URL_FORM = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#\s]*))?([^?#\s]*)(?:\?([^#\s]*))?$/;

/** What has a scheme, or is an absolute path (url.ParseRequestURI). */
export function parseUrl(text: string): Link | undefined {
  const parts = URL_FORM.exec(text);
  return parts === null || (parts[1] === undefined && !text.startsWith('/')) ? undefined : new Link(parts);
}

/** Kubernetes' library of URLs (library/urls.go). */
export function addUrls(environment: Environment): void {
  environment.registerType('kubernetes.URL', Link);
  const own = 'kubernetes.URL';
  const host = (one: Link) => /^(.*?)(?::(\d*))?$/.exec(one.host.replace(/^[^@]*@/, '')) ?? [];
  environment.registerFunction('isURL(string): bool', (text: string) => parseUrl(text) !== undefined);
  environment.registerFunction(`url(string): ${own}`, (text: string) => {
    const link = parseUrl(text);
    if (link === undefined)
      throw new Error(`URL parse error during conversion from string: parse "${text}": invalid URI for request`);
    return link;
  });
  environment.registerFunction(`${own}.getScheme(): string`, (one: Link) => one.scheme);
  environment.registerFunction(`${own}.getHost(): string`, (one: Link) => one.host);
  environment.registerFunction(`${own}.getHostname(): string`, (one: Link) =>
    (host(one)[1] ?? '').replace(/^\[|\]$/g, ''),
  );
  environment.registerFunction(`${own}.getPort(): string`, (one: Link) => host(one)[2] ?? '');
  environment.registerFunction(`${own}.getEscapedPath(): string`, (one: Link) => one.path);
  environment.registerFunction(`${own}.getQuery(): map<string, list<string>>`, ({ query }: Link) => {
    const values = new Map<string, string[]>();
    for (const pair of query.split('&')) {
      if (pair === '') continue;
      const [name, value = ''] = pair.split('=', 2).map(decoded) as [string, string?];
      values.set(name, [...(values.get(name) ?? []), value]);
    }
    return values;
  });
}

/** A part of a query without its escapes; as it is where they are none. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
