/** A parsed and completed image reference: `nginx` is `docker.io/library/nginx:latest`. */
export interface ImageReference {
  /** `docker.io` */
  readonly host: string;
  /** `library/nginx` */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
}

/** A reference that cannot be read; `message` is that of distribution/reference. */
export class ReferenceFormatError extends Error {
  override readonly name = 'ReferenceFormatError';
}

const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const MAX_NAME = 255;

/** Reads a reference as `reference.ParseDockerRef`: a missing host is docker.io, a missing tag `latest`; a digest beats a tag. */
export function parseReference(text: string): ImageReference {
  if (text === '') throw new ReferenceFormatError('invalid reference format');
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw new ReferenceFormatError(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  let rest = text;
  let digest: string | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!DIGEST.test(digest)) throw new ReferenceFormatError('invalid reference format');
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!TAG.test(tag)) throw new ReferenceFormatError('invalid reference format');
  }
  const slash = rest.indexOf('/');
  const first = slash < 0 ? '' : rest.slice(0, slash);
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost' || first !== first.toLowerCase();
  let host = hasHost ? first : 'docker.io';
  let path = hasHost ? rest.slice(slash + 1) : rest;
  if (host === 'index.docker.io') host = 'docker.io';
  if (host === 'docker.io' && !path.includes('/')) path = `library/${path}`;
  if (path !== path.toLowerCase()) {
    throw new ReferenceFormatError(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (!HOST.test(host) || !path.split('/').every((component) => COMPONENT.test(component))) {
    throw new ReferenceFormatError('invalid reference format');
  }
  if (host.length + 1 + path.length > MAX_NAME) {
    throw new ReferenceFormatError('repository name must not be more than 255 characters');
  }
  if (digest !== undefined) return { host, path, tag: undefined, digest };
  return { host, path, tag: tag ?? 'latest', digest: undefined };
}

/** `docker.io/library/nginx:latest`, or with `@sha256:…`. */
export function formatReference(reference: ImageReference): string {
  const suffix = reference.digest === undefined ? `:${reference.tag}` : `@${reference.digest}`;
  return `${reference.host}/${reference.path}${suffix}`;
}
