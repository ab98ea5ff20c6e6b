import type { EventRecorder, EventSubject } from '../../client/index.ts';
import type { Engine, Micros } from '../../engine/index.ts';
import type { Space } from '../../images/file-node.ts';
import { CriError } from '../cri/error.ts';
import type { ImageService, NodeImage } from '../cri/image-service.ts';
import type { RuntimeService } from '../cri/runtime-service.ts';
import type { KubeletConfiguration } from './configuration.ts';

/** Deletes images that no container uses when the disk gets full, those unused longest first (images.realImageGCManager). */
export class ImageCollector {
  private readonly engine: Engine;
  private readonly images: ImageService;
  private readonly runtime: RuntimeService;
  private readonly disk: Space;
  private readonly events: EventRecorder;
  private readonly subject: EventSubject;
  private readonly configuration: KubeletConfiguration;
  /** Whether the last time came to nothing. */
  private failed = false;
  /** When each image was first seen, and last in use. */
  private readonly records = new Map<string, { seen: Micros; used: Micros }>();

  constructor(options: {
    engine: Engine;
    images: ImageService;
    runtime: RuntimeService;
    disk: Space;
    events: EventRecorder;
    subject: EventSubject;
    configuration: KubeletConfiguration;
  }) {
    this.engine = options.engine;
    this.images = options.images;
    this.runtime = options.runtime;
    this.disk = options.disk;
    this.events = options.events;
    this.subject = options.subject;
    this.configuration = options.configuration;
  }

  /** Deletes as much as the thresholds ask for; runs every five minutes. */
  collect(): void {
    const inUse = this.record();
    const { used, limit } = this.disk;
    const { failed } = this;
    const { imageGcHighThresholdPercent, imageGcLowThresholdPercent, imageMaximumGcAge } = this.configuration;
    if (imageMaximumGcAge > 0) this.freeOld(imageMaximumGcAge, inUse);
    this.failed = false;
    if (!Number.isFinite(limit) || imageGcHighThresholdPercent >= 100) return;
    if ((100 * used) / limit < imageGcHighThresholdPercent) return;
    const amount = used - Math.floor((limit * imageGcLowThresholdPercent) / 100);
    const freed = this.free(amount, inUse);
    if (freed >= amount) return;
    const text = `Failed to garbage collect required amount of images. Attempted to free ${amount} bytes, but only found ${freed} bytes eligible to free.`;
    this.events.warning(this.subject, 'FreeDiskSpaceFailed', text);
    this.failed = true;
    // Told only when it comes to nothing several times in a row (Kubelet.StartGarbageCollection).
    if (failed) this.events.warning(this.subject, 'ImageGCFailed', text);
  }

  /** Deletes every image that no container uses: the node is short of disk. */
  deleteUnused(): void {
    this.free(Number.POSITIVE_INFINITY, this.record());
  }

  private record(): Set<string> {
    const { now } = this.engine;
    const inUse = new Set(this.runtime.listContainers().map(({ imageId }) => imageId));
    const present = new Set<string>();
    for (const { id } of this.images.listImages()) {
      present.add(id);
      const record = this.records.get(id) ?? { seen: now, used: 0 };
      if (inUse.has(id)) record.used = now;
      this.records.set(id, record);
    }
    for (const id of this.records.keys()) if (!present.has(id)) this.records.delete(id);
    return inUse;
  }

  private free(amount: number, inUse: ReadonlySet<string>): number {
    const { now } = this.engine;
    const before = this.disk.used;
    const record = ({ id }: NodeImage) => this.records.get(id)!;
    const candidates = this.images
      .listImages()
      .filter((image) => !image.pinned && !inUse.has(image.id))
      .sort((a, b) => record(a).used - record(b).used || record(a).seen - record(b).seen);
    for (const image of candidates) {
      if (before - this.disk.used >= amount) break;
      if (now - record(image).seen < this.configuration.imageMinimumGcAge && Number.isFinite(amount)) continue;
      this.remove(image);
    }
    return before - this.disk.used;
  }

  /** Deletes what has not been used for longer than that (freeOldImages). */
  private freeOld(age: Micros, inUse: ReadonlySet<string>): void {
    const { now } = this.engine;
    for (const image of this.images.listImages()) {
      const { seen, used } = this.records.get(image.id)!;
      if (!image.pinned && !inUse.has(image.id) && now - Math.max(seen, used) > age) this.remove(image);
    }
  }

  private remove({ id }: NodeImage): void {
    try {
      this.images.removeImage({ image: id });
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
    }
  }
}
