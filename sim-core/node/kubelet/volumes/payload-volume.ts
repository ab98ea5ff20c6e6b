import type { Volume } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../api/objects.ts';
import type { FileNode } from '../../../images/file-node.ts';
import { type Payload, PayloadDirectory } from './payload-directory.ts';
import { tmpfsSize } from './tmpfs.ts';
import type { MountedVolume, VolumeHost } from './volume.ts';

/** A read-only volume of files that come from the API. They are written when someone first looks, and kept current after. */
export abstract class PayloadVolume implements MountedVolume {
  readonly plugin: string;
  readonly readOnly = true;
  protected readonly host: VolumeHost;
  protected readonly volume: Volume;
  protected pod: Pod;
  private files: PayloadDirectory | undefined;
  private gone = false;

  constructor(plugin: string, volume: Volume, pod: Pod, host: VolumeHost) {
    this.plugin = plugin;
    this.volume = volume;
    this.pod = pod;
    this.host = host;
  }

  /** They are in memory, nearly all. */
  get memory(): number | undefined {
    return tmpfsSize(this.pod, this.host);
  }

  /** The files as they are now. Throws for what is missing. */
  protected abstract collect(pod: Pod): Payload;

  /** Itself, once its files can be had. */
  tried(): this {
    this.collect(this.pod);
    return this;
  }

  source(): FileNode {
    const group = this.pod.spec.securityContext?.fsGroup;
    this.files ??= new PayloadDirectory(this.payload() ?? new Map(), this.host.engine.now, group);
    return this.files.directory;
  }

  follow(pod: Pod): void {
    this.pod = pod;
  }

  refresh(pod: Pod): void {
    this.pod = pod;
    if (this.files === undefined || this.gone) return;
    const payload = this.payload();
    if (payload !== undefined) this.files.write(payload, this.host.engine.now);
  }

  tearDown(): void {
    this.gone = true;
  }

  private payload(): Payload | undefined {
    try {
      return this.collect(this.pod);
    } catch (error) {
      // What it showed has gone: it keeps what it had, as upstream does.
      this.host.mountFailed(this.pod, this.volume.name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

const DEFAULT_MODE = 0o644;

/** The files of a ConfigMap or Secret (MakePayload): all keys, or the chosen ones under their paths. Throws for a missing key. */
export function addKeys(
  payload: Payload,
  data: ReadonlyMap<string, string>,
  items: readonly { key: string; path: string; mode?: number }[] | undefined,
  options: { readonly mode: number | undefined; readonly optional: boolean; readonly missing: (key: string) => string },
): void {
  const mode = options.mode ?? DEFAULT_MODE;
  if (items === undefined || items.length === 0) {
    for (const [key, content] of data) payload.set(key, { content, mode });
    return;
  }
  for (const item of items) {
    const content = data.get(item.key);
    if (content === undefined) {
      if (options.optional) continue;
      throw new Error(options.missing(item.key));
    }
    payload.set(item.path, { content, mode: item.mode ?? mode });
  }
}
