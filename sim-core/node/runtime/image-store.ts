import { type Coroutine, type Engine, type Micros, SECOND, suspend } from '../../engine/index.ts';
import type { Space } from '../../images/file-node.ts';
import type { Architecture, Image } from '../../images/process.ts';
import { formatReference, type ImageReference, parseReference, ReferenceFormatError } from '../../images/reference.ts';
import { type Registries, RegistryError } from '../../images/registry.ts';
import { CriError } from '../cri/error.ts';
import type {
  AuthConfig,
  FilesystemUsage,
  ImageService,
  ImageSpec,
  NodeImage,
  PullProgress,
} from '../cri/image-service.ts';
import { Downlink } from './downlink.ts';

export interface ImageStoreOptions {
  readonly engine: Engine;
  /** For the trace: `containerd/worker-1`. */
  readonly actor: string;
  readonly registries: Registries;
  readonly architecture: Architecture;
  /** Disk that images take up. */
  readonly disk: Space;
  /** Bytes a second that the node can fetch; default 25 MB. */
  readonly bandwidth?: number;
  /** Bytes of compressed layers that the node unpacks in a second; default 100 MB. */
  readonly unpackRate?: number;
  /** Why the node reaches no registry just now, as Go words it (`network is unreachable`); `undefined` when it does. */
  readonly uplink?: () => string | undefined;
}

interface StoredImage {
  readonly image: Image;
  readonly tags: Set<string>;
  readonly digests: Set<string>;
  readonly size: number;
  pinned: boolean;
}

const BANDWIDTH = 25_000_000;
const UNPACK_RATE = 100_000_000;
/** Bytes on disk of one compressed byte: the blob itself and its unpacked snapshot. */
const DISK_PER_BYTE = 3.5;

/** The images on one node: containerd's image service. Layers are fetched and kept once, whatever images share them. */
export class ImageStore implements ImageService {
  private readonly options: ImageStoreOptions;
  private readonly downlink: Downlink;
  private readonly images = new Map<string, StoredImage>();
  /** Image ID by full reference. */
  private readonly names = new Map<string, string>();
  /** How many images on the node use a layer. */
  private readonly layers = new Map<string, number>();
  private readonly pulling = new Set<{ image: string; startedAt: Micros; layers: readonly string[]; total: number }>();

  constructor(options: ImageStoreOptions) {
    this.options = options;
    this.downlink = new Downlink(options.engine, options.bandwidth ?? BANDWIDTH);
  }

  listImages(image?: string): NodeImage[] {
    if (image !== undefined) {
      const found = this.imageStatus({ image });
      return found === undefined ? [] : [found];
    }
    return [...this.images.values()].map(nodeImage);
  }

  imageStatus({ image }: ImageSpec): NodeImage | undefined {
    const stored = this.find(image);
    return stored === undefined ? undefined : nodeImage(stored);
  }

  /** The image itself, for making a container. `undefined` when the node does not have it. */
  image(reference: string): Image | undefined {
    return this.find(reference)?.image;
  }

  /** `docker.io/library/nginx@sha256:…` of an image on the node, as containers' statuses name it. */
  imageRef(id: string): string {
    const stored = this.images.get(id);
    for (const digest of stored?.digests ?? []) return digest;
    return id;
  }

  *pullImage(spec: ImageSpec, auth?: AuthConfig): Coroutine<string> {
    const { engine, actor } = this.options;
    let cause = engine.emit('cri', actor, { name: 'PullImage', id: '', image: spec.image });
    try {
      const id = yield* this.pull(spec, auth);
      cause = engine.emit('cri', actor, { name: 'PullImage', id, image: spec.image, reason: 'Pulled' });
      return id;
    } catch (error) {
      if (error instanceof CriError) {
        engine.trace.emit('cri', engine.now, cause, actor, {
          name: 'PullImage',
          id: '',
          image: spec.image,
          error: error.message,
        });
      }
      throw error;
    }
  }

  removeImage({ image }: ImageSpec): void {
    const stored = this.find(image);
    if (stored === undefined) return;
    this.images.delete(stored.image.id);
    for (const name of [...stored.tags, ...stored.digests]) this.names.delete(name);
    for (const { digest, size } of stored.image.layers) {
      const users = this.layers.get(digest)! - 1;
      if (users > 0) this.layers.set(digest, users);
      else {
        this.layers.delete(digest);
        this.options.disk.take(-Math.ceil(size * DISK_PER_BYTE), -1);
      }
    }
    this.options.engine.emit('cri', this.options.actor, { name: 'RemoveImage', id: stored.image.id, image });
  }

  imageFsInfo(): { readonly imageFilesystems: FilesystemUsage[]; readonly containerFilesystems: FilesystemUsage[] } {
    let usedBytes = 0;
    const seen = new Set<string>();
    for (const { image } of this.images.values()) {
      for (const { digest, size } of image.layers) {
        if (!seen.has(digest)) usedBytes += Math.ceil(size * DISK_PER_BYTE);
        seen.add(digest);
      }
    }
    const filesystem: FilesystemUsage = {
      timestamp: this.options.engine.now,
      mountpoint: '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs',
      usedBytes,
      inodesUsed: seen.size,
    };
    return { imageFilesystems: [filesystem], containerFilesystems: [filesystem] };
  }

  pulls(): PullProgress[] {
    return [...this.pulling].map(({ image, startedAt, layers, total }) => {
      let left = 0;
      for (const digest of layers) left += this.downlink.remaining(digest);
      return { image, startedAt, bytes: total - left, total };
    });
  }

  /** Puts an image on the node without a pull, as one that came with its installation; `pinned` keeps it there. */
  preload(reference: string, pinned = false): string {
    const parsed = this.parse(reference);
    const { image } = this.options.registries.resolve(parsed, this.options.architecture, undefined);
    return this.keep(image, parsed, pinned);
  }

  private *pull(spec: ImageSpec, auth: AuthConfig | undefined): Coroutine<string> {
    const { engine, registries, architecture, uplink } = this.options;
    const reference = this.parse(spec.image);
    const name = formatReference(reference);
    const fail = (code: 'Unknown' | 'NotFound' | 'ResourceExhausted', text: string) =>
      new CriError(code, `failed to pull and unpack image "${name}": ${text}`);
    const cut = uplink?.();
    if (cut !== undefined) {
      yield* busy(SECOND);
      const url = `https://${reference.host}/v2/${reference.path}/manifests/${reference.tag ?? reference.digest}`;
      throw fail(
        'Unknown',
        `failed to resolve reference "${name}": failed to do request: Head "${url}": dial tcp: ${cut}`,
      );
    }
    let image: Image;
    try {
      const resolved = registries.resolve(reference, architecture, credentialsOf(auth));
      yield* busy(resolved.delay);
      image = resolved.image;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      yield* busy(error.delay);
      throw fail(error.code, error.message);
    }
    const missing = image.layers.filter(({ digest }) => !this.layers.has(digest));
    const total = missing.reduce((sum, { size }) => sum + size, 0);
    const { disk } = this.options;
    if (disk.used + total * DISK_PER_BYTE > disk.limit) {
      const text = `failed to extract layer ${missing[0]!.digest}: write /var/lib/containerd: no space left on device`;
      throw fail('Unknown', text);
    }
    if (missing.length > 0) {
      const progress = {
        image: name,
        startedAt: engine.now,
        layers: missing.map(({ digest }) => digest),
        total,
      };
      this.pulling.add(progress);
      try {
        for (const { digest, size } of missing) {
          if (!this.layers.has(digest)) yield* this.downlink.fetch(digest, size);
        }
        yield* busy((total * SECOND) / (this.options.unpackRate ?? UNPACK_RATE));
      } finally {
        this.pulling.delete(progress);
      }
    }
    return this.keep(image, reference, false);
  }

  private keep(image: Image, reference: ImageReference, pinned: boolean): string {
    let stored = this.images.get(image.id);
    if (stored === undefined) {
      let size = 0;
      for (const one of image.layers) {
        size += one.size;
        const users = this.layers.get(one.digest) ?? 0;
        if (users === 0) this.options.disk.take(Math.ceil(one.size * DISK_PER_BYTE), 1);
        this.layers.set(one.digest, users + 1);
      }
      stored = { image, tags: new Set(), digests: new Set(), size, pinned };
      this.images.set(image.id, stored);
    }
    stored.pinned ||= pinned;
    const digest = `${reference.host}/${reference.path}@${image.digest}`;
    stored.digests.add(digest);
    this.names.set(digest, image.id);
    if (reference.tag !== undefined) {
      const name = formatReference(reference);
      // A tag that has moved leaves the older image without it.
      const before = this.names.get(name);
      if (before !== undefined && before !== image.id) this.images.get(before)?.tags.delete(name);
      stored.tags.add(name);
      this.names.set(name, image.id);
    }
    return image.id;
  }

  private find(reference: string): StoredImage | undefined {
    const byId = this.images.get(reference);
    if (byId !== undefined) return byId;
    try {
      return this.images.get(this.names.get(formatReference(parseReference(reference))) ?? '');
    } catch (error) {
      if (error instanceof ReferenceFormatError) return undefined;
      throw error;
    }
  }

  private parse(reference: string): ImageReference {
    try {
      return parseReference(reference);
    } catch (error) {
      if (!(error instanceof ReferenceFormatError)) throw error;
      throw new CriError('InvalidArgument', `failed to parse image reference "${reference}": ${error.message}`);
    }
  }
}

/** Waits for something that someone waits for: the cluster is not at rest meanwhile. */
export function* busy(duration: Micros): Coroutine {
  yield* suspend<void>((resume, _fail, engine) => {
    const timer = engine.after(duration, resume, 'work');
    return () => engine.cancel(timer);
  });
}

function nodeImage({ image, tags, digests, size, pinned }: StoredImage): NodeImage {
  return { id: image.id, repoTags: [...tags], repoDigests: [...digests], size, uid: image.user, pinned };
}

function credentialsOf(auth: AuthConfig | undefined): { username?: string; password?: string } | undefined {
  if (auth?.auth !== undefined && auth.username === undefined) {
    const text = decodeBase64(auth.auth);
    const colon = text.indexOf(':');
    return colon < 0 ? {} : { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return auth;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Decodes base64 of ASCII text; anything else gives ''. */
function decodeBase64(text: string): string {
  let decoded = '';
  let bits = 0;
  let width = 0;
  for (const character of text.replace(/=+$/, '')) {
    const value = BASE64.indexOf(character);
    if (value < 0) return '';
    bits = ((bits << 6) | value) & 0xffff;
    width += 6;
    if (width >= 8) {
      width -= 8;
      decoded += String.fromCharCode((bits >> width) & 0xff);
    }
  }
  return decoded;
}
