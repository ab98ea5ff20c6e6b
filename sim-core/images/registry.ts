import { MILLISECOND, SECOND } from '../engine/index.ts';
import { type ImageRelease, type ImageRepository, imageFor, indexDigest } from './image.ts';
import type { Architecture, Image } from './process.ts';
import { formatReference, type ImageReference } from './reference.ts';

/** Credentials as a pull secret holds them. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** How one registry behaves. */
export interface RegistryHost {
  readonly host: string;
  /** Time of one request to it, microseconds. */
  readonly latency: number;
  /**
   * What it says of a repository it does not have. `hub`: Docker Hub, which does not tell private from missing; `token`: the
   * token server refuses; `unauthorized`: 401 on the manifest; `notFound`.
   */
  readonly missing: 'hub' | 'token' | 'unauthorized' | 'notFound';
  /** Who may pull; absent: everyone. */
  readonly credentials?: readonly RegistryCredentials[];
  /** Address that never answers. */
  readonly unreachable?: string;
}

/** A request that a registry, or the way to it, failed. `message` is containerd's. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: 'Unknown' | 'NotFound';
  /** How long it took to fail, microseconds. */
  readonly delay: number;

  constructor(code: RegistryError['code'], message: string, delay: number) {
    super(message);
    this.code = code;
    this.delay = delay;
  }
}

/** What a registry answers for a reference. */
export interface ResolvedImage {
  readonly image: Image;
  /** Time of the requests for index, manifest and config, microseconds. */
  readonly delay: number;
}

/** Go's net.Dialer gives up after this long, as containerd sets it. */
const DIAL_TIMEOUT = 30 * SECOND;
const LOOKUP_TIME = 20 * MILLISECOND;
/** HEAD and GET of the index, GET of manifest and config. */
const REQUESTS = 4;

/** The registries that exist beside whatever images a cluster adds. */
export const REGISTRY_HOSTS: readonly RegistryHost[] = [
  { host: 'docker.io', latency: 150 * MILLISECOND, missing: 'hub' },
  { host: 'registry.k8s.io', latency: 60 * MILLISECOND, missing: 'notFound' },
  { host: 'gcr.io', latency: 70 * MILLISECOND, missing: 'notFound' },
  { host: 'us-docker.pkg.dev', latency: 70 * MILLISECOND, missing: 'notFound' },
  { host: 'docker.elastic.co', latency: 100 * MILLISECOND, missing: 'notFound' },
  { host: 'mcr.microsoft.com', latency: 100 * MILLISECOND, missing: 'notFound' },
  { host: 'public.ecr.aws', latency: 100 * MILLISECOND, missing: 'notFound' },
  { host: 'quay.io', latency: 120 * MILLISECOND, missing: 'unauthorized' },
  { host: 'ghcr.io', latency: 90 * MILLISECOND, missing: 'token' },
  {
    host: 'registry.example.com',
    latency: 40 * MILLISECOND,
    missing: 'notFound',
    credentials: [{ username: 'jotasu', password: 'helmsman' }],
  },
  { host: 'unreachable.example.com', latency: 0, missing: 'notFound', unreachable: '203.0.113.10:443' },
];

/** All registries that a cluster's nodes can ask, and what they hold. */
export class Registries {
  private readonly hosts = new Map<string, RegistryHost>();
  private readonly repositories = new Map<string, ImageRelease[]>();
  private readonly built = new Map<string, Image>();
  private more: (() => readonly ImageRepository[]) | undefined;

  /** `more`: repositories that are looked at when one is asked for that is not among the first; none of them is in both. */
  constructor(
    repositories: readonly ImageRepository[],
    hosts: readonly RegistryHost[] = REGISTRY_HOSTS,
    more?: () => readonly ImageRepository[],
  ) {
    for (const host of hosts) this.hosts.set(host.host, host);
    for (const repository of repositories) this.insert(repository);
    this.more = more;
  }

  /** Adds a repository, or releases to one that is there; a tag given anew moves to the new release. */
  add(repository: ImageRepository): void {
    this.complete();
    this.insert(repository);
  }

  private complete(): void {
    const { more } = this;
    if (more === undefined) return;
    const repositories = more();
    this.more = undefined;
    for (const repository of repositories) this.insert(repository);
  }

  private insert(repository: ImageRepository): void {
    const releases = this.repositories.get(repository.name) ?? [];
    this.repositories.set(repository.name, [...repository.releases, ...releases]);
  }

  /** Finds what a reference names, for a node of an architecture. Throws `RegistryError`. */
  resolve(
    reference: ImageReference,
    architecture: Architecture,
    credentials: Partial<RegistryCredentials> | undefined,
  ): ResolvedImage {
    const name = formatReference(reference);
    const repository = `${reference.host}/${reference.path}`;
    const host = this.reach(reference);
    const resolving = (text: string) => `failed to resolve reference "${name}": ${text}`;
    const refused = (text: string) => new RegistryError('Unknown', resolving(text), 2 * host.latency);
    const denied = 'pull access denied, repository does not exist or may require authorization';
    const manifest = `https://${endpoint(reference.host)}/v2/${reference.path}/manifests/${reference.digest ?? reference.tag}`;
    if (host.credentials !== undefined) {
      const { username = '', password = '' } = credentials ?? {};
      if (username === '' || password === '') {
        throw refused(`${denied}: authorization failed: no basic auth credentials`);
      }
      if (!host.credentials.some((known) => known.username === username && known.password === password)) {
        throw refused(`unexpected status from HEAD request to ${manifest}: 401 Unauthorized`);
      }
    }
    if (!this.repositories.has(repository)) this.complete();
    const releases = this.repositories.get(repository);
    if (releases === undefined) {
      if (host.missing === 'hub') throw refused(`${denied}: server message: insufficient_scope: authorization failed`);
      if (host.missing === 'unauthorized') {
        throw refused(`unexpected status from HEAD request to ${manifest}: 401 UNAUTHORIZED`);
      }
      if (host.missing === 'token') {
        const scope = `repository%3A${reference.path.replaceAll('/', '%2F')}%3Apull`;
        const url = `https://${host.host}/token?scope=${scope}&service=${host.host}`;
        throw refused(
          `failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${url}: 403 Forbidden`,
        );
      }
    }
    const release = releases?.find((one) =>
      reference.digest === undefined
        ? one.tags.includes(reference.tag!)
        : indexDigest(repository, one) === reference.digest,
    );
    if (release === undefined) throw new RegistryError('NotFound', resolving(`${name}: not found`), 2 * host.latency);
    const key = `${repository}:${release.tags[0]} ${architecture}`;
    let image = this.built.get(key);
    if (image === undefined) {
      image = imageFor(repository, release, architecture);
      if (image === undefined) {
        throw new RegistryError('NotFound', 'no match for platform in manifest: not found', REQUESTS * host.latency);
      }
      this.built.set(key, image);
    }
    return { image, delay: REQUESTS * host.latency };
  }

  private reach(reference: ImageReference): RegistryHost {
    const host = this.hosts.get(reference.host);
    const name = formatReference(reference);
    const manifest = `https://${endpoint(reference.host)}/v2/${reference.path}/manifests/${reference.digest ?? reference.tag}`;
    const failed = `failed to resolve reference "${name}": failed to do request: Head "${manifest}": dial tcp`;
    if (host === undefined) {
      const lookup = `lookup ${reference.host.replace(/:\d+$/, '')}: no such host`;
      throw new RegistryError('Unknown', `${failed}: ${lookup}`, LOOKUP_TIME);
    }
    if (host.unreachable !== undefined) {
      throw new RegistryError('Unknown', `${failed} ${host.unreachable}: i/o timeout`, DIAL_TIMEOUT);
    }
    return host;
  }
}

/** Host that really serves a registry's API. */
function endpoint(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}
