import type { Coroutine, Micros } from '../../engine/index.ts';

/** What `containerStatus` and the kubelet name an image by. */
export interface ImageSpec {
  /** As the pod writes it, or the ID that `pullImage` answered. */
  readonly image: string;
  readonly runtimeHandler?: string;
}

/** Credentials for a registry. */
export interface AuthConfig {
  readonly username?: string;
  readonly password?: string;
  /** base64 of `username:password`. */
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

/** An image on the node. */
export interface NodeImage {
  /** `sha256:…` of its config. */
  readonly id: string;
  /** `docker.io/library/nginx:1.27` */
  readonly repoTags: readonly string[];
  /** `docker.io/library/nginx@sha256:…` */
  readonly repoDigests: readonly string[];
  /** Bytes, as the node counts them (compressed content). */
  readonly size: number;
  /** User it runs as, when numeric. */
  readonly uid: number;
  /** Never collected (the pause image). */
  readonly pinned: boolean;
}

export interface FilesystemUsage {
  readonly timestamp: Micros;
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

/** A pull that goes on. */
export interface PullProgress {
  readonly image: string;
  readonly startedAt: Micros;
  /** Bytes moved so far, of `total`; layers that the node has already do not count. */
  readonly bytes: number;
  readonly total: number;
}

export interface ImageService {
  listImages(image?: string): NodeImage[];
  /** `undefined` when the node does not have it. */
  imageStatus(image: ImageSpec): NodeImage | undefined;
  /** Fetches an image; answers its ID. Throws with containerd's text. */
  pullImage(image: ImageSpec, auth?: AuthConfig): Coroutine<string>;
  /** Nothing happens if it is gone. */
  removeImage(image: ImageSpec): void;
  imageFsInfo(): { readonly imageFilesystems: FilesystemUsage[]; readonly containerFilesystems: FilesystemUsage[] };
  /** Pulls going on, for figures. */
  pulls(): PullProgress[];
}
