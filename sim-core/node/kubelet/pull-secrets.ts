import { decodeBase64 } from '../../api/base64.ts';
import type { Secret } from '../../api/objects.ts';
import { parseReference } from '../../images/reference.ts';
import type { AuthConfig } from '../cri/image-service.ts';

/** Credentials by registry, as a pull secret or the node's own configuration holds them: the `auths` of a Docker config. */
export type DockerConfig = ReadonlyMap<string, AuthConfig>;

/** Reads the credentials of a pull secret of either type; `undefined` when it holds none that can be read. */
export function dockerConfigOf(secret: Secret): DockerConfig | undefined {
  const { type, data = {} } = secret;
  const key = type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson';
  const text = Object.hasOwn(data, key) ? data[key] : undefined;
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(decodeBase64(text));
    const auths = key === '.dockercfg' ? parsed : field(parsed, 'auths');
    if (typeof auths !== 'object' || auths === null) return undefined;
    const config = new Map<string, AuthConfig>();
    for (const [server, entry] of Object.entries(auths)) {
      const auth = authOf(entry);
      if (auth !== undefined) config.set(server, auth);
    }
    return config;
  } catch {
    // Written by a learner: what cannot be read gives no credentials, as upstream.
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function authOf(entry: unknown): AuthConfig | undefined {
  let username = field(entry, 'username');
  let password = field(entry, 'password');
  const auth = field(entry, 'auth');
  if (typeof auth === 'string' && auth !== '') {
    const text = decodeBase64(auth);
    const colon = text.indexOf(':');
    if (colon >= 0) [username, password] = [text.slice(0, colon), text.slice(colon + 1)];
  }
  if (typeof username !== 'string' || typeof password !== 'string') return undefined;
  return { username, password };
}

/** The credentials that fit an image, those of the longest matching address first (credentialprovider.Keyring.Lookup). */
export function credentialsFor(image: string, configs: readonly DockerConfig[]): AuthConfig[] {
  const { host, path } = parseReference(image);
  const found: { server: string; auth: AuthConfig }[] = [];
  for (const config of configs) {
    for (const [server, auth] of config) if (fits(server, host, path)) found.push({ server, auth });
  }
  return found.sort((a, b) => b.server.length - a.server.length).map(({ auth }) => auth);
}

/** Whether a key of a Docker config means the registry of an image. `https://index.docker.io/v1/` is Docker Hub. */
function fits(server: string, host: string, path: string): boolean {
  const address = server.replace(/^https?:\/\//, '').replace(/\/(v1|v2)\/?$/, '');
  const slash = address.indexOf('/');
  const name = slash < 0 ? address : address.slice(0, slash);
  const prefix = slash < 0 ? '' : address.slice(slash + 1).replace(/\/$/, '');
  const canonical = name === 'index.docker.io' || name === 'registry-1.docker.io' ? 'docker.io' : name;
  if (!matchesHost(canonical, host)) return false;
  return prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
}

/** `*.example.com` matches one label in the place of the star. */
function matchesHost(pattern: string, host: string): boolean {
  const wanted = pattern.split('.');
  const given = host.split('.');
  return wanted.length === given.length && wanted.every((part, index) => part === '*' || part === given[index]);
}
