import type { Ingress } from '../../api/objects.ts';
import type { CertificateInfo } from '../../api/x509.ts';
import { type Annotations, annotationsOf } from './annotations.ts';

/** What a location sends its requests to: a group of endpoints under the name that the access log shows. */
export interface Backend {
  /** `default-web-80` */
  readonly name: string;
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
  /** Whether to speak TLS to it. */
  readonly secure: boolean;
}

/** A path of a server, as nginx has it in its configuration. */
export interface Location {
  readonly path: string;
  readonly match: 'exact' | 'prefix' | RegExp;
  readonly backend: Backend;
  /** Releases that get some of the requests, those of the backend otherwise. */
  readonly canaries: readonly { readonly annotations: Annotations; readonly backend: Backend }[];
  readonly annotations: Annotations;
  /** `default/shop` */
  readonly ingress: string;
}

/** All that one host answers. `_` is the server for hosts that none of the others has. */
export interface IngressServer {
  readonly host: string;
  /** In the order in which they are tried. */
  readonly locations: readonly Location[];
  readonly certificate?: CertificateInfo;
}

/** Where the configuration's facts come from. */
export interface RouteSources {
  backend(namespace: string, service: string, port: { name?: string; number?: number }, secure: boolean): Backend;
  /** The certificate in a Secret, if it does for the host. */
  certificate(namespace: string, secret: string, host: string): CertificateInfo | undefined;
}

interface Draft {
  readonly locations: (Location & { readonly byElement?: boolean })[];
  readonly canaries: Map<string, { annotations: Annotations; backend: Backend }[]>;
  certificate?: CertificateInfo;
  fallback?: Location;
  regex: boolean;
}

/** The server that answers for hosts without rules. */
export const DEFAULT_SERVER = '_';
const LONGEST_PATTERN = 512;

/** The servers and locations that Ingresses ask for, the oldest first where two ask for the same (getBackendServers, createServers). */
export function routesOf(ingresses: readonly Ingress[], sources: RouteSources): ReadonlyMap<string, IngressServer> {
  const drafts = new Map<string, Draft>();
  const draft = (host: string): Draft => {
    let found = drafts.get(host);
    if (found === undefined) {
      found = { locations: [], canaries: new Map(), regex: false };
      drafts.set(host, found);
    }
    return found;
  };
  draft(DEFAULT_SERVER);
  for (const ingress of [...ingresses].sort(byAge)) addIngress(ingress, draft, sources);
  const servers = new Map<string, IngressServer>();
  for (const [host, one] of drafts) servers.set(host, finish(host, one, drafts.get(DEFAULT_SERVER)!));
  return servers;
}

function byAge(a: Ingress, b: Ingress): number {
  const key = ({ metadata }: Ingress) => `${metadata.creationTimestamp} ${metadata.namespace}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}

function addIngress({ metadata, spec }: Ingress, draft: (host: string) => Draft, sources: RouteSources): void {
  const namespace = metadata.namespace!;
  const annotations = annotationsOf(metadata.annotations ?? {});
  const ingress = `${namespace}/${metadata.name}`;
  const location = (path: string, match: Location['match'], backend: Backend): Location => ({
    path,
    match,
    backend,
    canaries: [],
    annotations,
    ingress,
  });
  const backendOf = ({ service }: NonNullable<typeof spec.defaultBackend>): Backend => {
    if (service === undefined) return { name: 'upstream-default-backend', endpoints: [], secure: false };
    return sources.backend(namespace, service.name, service.port ?? {}, annotations.secureBackend);
  };
  const { defaultBackend, rules = [], tls = [] } = spec;
  if (defaultBackend !== undefined && rules.length === 0 && annotations.canary === undefined) {
    draft(DEFAULT_SERVER).fallback ??= location('/', 'prefix', backendOf(defaultBackend));
  }
  for (const { host = '', http } of rules) {
    const server = draft(host === '' ? DEFAULT_SERVER : host);
    if (defaultBackend !== undefined && annotations.canary === undefined) {
      server.fallback ??= location('/', 'prefix', backendOf(defaultBackend));
    }
    for (const { path = '/', pathType, backend } of http?.paths ?? []) {
      const target = backendOf(backend);
      if (annotations.canary !== undefined) {
        const list = server.canaries.get(path) ?? [];
        server.canaries.set(path, [...list, { annotations, backend: target }]);
        continue;
      }
      const clean = path === '' ? '/' : path;
      server.regex ||= annotations.useRegex || annotations.rewriteTarget !== '';
      const known = server.locations.some(
        (one) => one.path === clean && (one.match === 'exact') === (pathType === 'Exact'),
      );
      const made = location(clean, pathType === 'Exact' ? 'exact' : 'prefix', target);
      if (!known) server.locations.push({ ...made, byElement: pathType === 'Prefix' && clean !== '/' });
    }
  }
  for (const { hosts = [], secretName = '' } of tls) {
    const named = hosts.length > 0 ? hosts : rules.map(({ host = DEFAULT_SERVER }) => host);
    for (const host of named) {
      if (!rules.some((rule) => (rule.host ?? '') === host || hosts.length === 0)) continue;
      const certificate = secretName === '' ? undefined : sources.certificate(namespace, secretName, host);
      if (certificate !== undefined) draft(host).certificate ??= certificate;
    }
  }
}

/**
 * Puts locations in order: exact ones, then the longest. A prefix goes by path elements: `/shop` is `= /shop` and `/shop/`. Where one of
 * a host's Ingresses uses regular expressions, all of the host's paths are such (enforceRegexModifier).
 */
function finish(
  host: string,
  { locations, canaries, certificate, fallback, regex }: Draft,
  common: Draft,
): IngressServer {
  const spread = locations.map((one) => ({ ...one, canaries: canaries.get(one.path) ?? [] }));
  const ready: Location[] = regex
    ? spread.flatMap((one) => {
        const pattern = patternOf(one.path);
        return pattern === undefined ? [] : [{ ...one, match: pattern }];
      })
    : spread.flatMap(({ byElement, ...one }): Location[] => {
        if (byElement !== true) return [one];
        const bare = one.path.replace(/\/$/, '');
        return [
          { ...one, path: `${bare}/` },
          { ...one, path: bare, match: 'exact' },
        ];
      });
  const rank = ({ match }: Location) => (match === 'exact' ? 0 : 1);
  ready.sort((a, b) => rank(a) - rank(b) || b.path.length - a.path.length || (a.path < b.path ? -1 : 1));
  const last = fallback ?? common.fallback;
  return {
    host,
    locations: last === undefined ? ready : [...ready, last],
    ...(certificate === undefined ? {} : { certificate }),
  };
}

/** A path as a regular expression of nginx, where that is one in JavaScript too. */
function patternOf(path: string): RegExp | undefined {
  if (path.length > LONGEST_PATTERN) return undefined;
  try {
    return new RegExp(`^${path}`, 'i');
  } catch {
    return undefined;
  }
}

/** The server for a Host header (or the name a TLS client asks for): by name, by a wildcard for its first label, or the default one. */
export function serverFor(servers: ReadonlyMap<string, IngressServer>, host: string): IngressServer {
  const name = host.toLowerCase();
  const exact = servers.get(name);
  if (exact !== undefined) return exact;
  const dot = name.indexOf('.');
  const wild = dot > 0 ? servers.get(`*${name.slice(dot)}`) : undefined;
  if (wild !== undefined) return wild;
  return servers.get(DEFAULT_SERVER)!;
}

/** The location for a path, as nginx chooses it. */
export function locationFor({ locations }: IngressServer, path: string): Location | undefined {
  return locations.find(({ path: own, match }) => {
    if (match === 'exact') return path === own;
    if (match !== 'prefix') return match.test(path);
    return path.startsWith(own);
  });
}
