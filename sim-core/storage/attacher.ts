import type { PersistentVolume, VolumeAttachment } from '../api/objects.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import { Unreachable, type WorkQueue } from '../client/index.ts';
import { formatTime, MINUTE, SECOND } from '../engine/index.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { volumeAttachments } from '../resources/volume-attachment.ts';
import { type ComponentOptions, ComponentParts } from './component.ts';
import { type Driver, RpcError } from './driver.ts';

/** --retry-interval-start and --retry-interval-max */
const FIRST_RETRY = SECOND;
const LONGEST_RETRY = 5 * MINUTE;

/** external-attacher: does what VolumeAttachments ask for, and says in their status when it is done. */
export function startAttacher(options: ComponentOptions): () => void {
  const parts = new ComponentParts(options);
  const attachments = parts.informers.for(volumeAttachments);
  const volumes = parts.informers.for(persistentVolumes);
  const failures = new Map<string, number>();
  const queue: WorkQueue = parts.queue('csi-attacher', reconcile);
  const enqueue = ({ metadata }: VolumeAttachment) => queue.add(metadata.name);
  attachments.addHandler({ added: enqueue, updated: enqueue, deleted: releaseVolume });
  volumes.addHandler({ updated: releaseUnused });
  parts.informers.start();
  return () => parts.stop();

  function reconcile(name: string): void {
    const attachment = attachments.get(undefined, name);
    const driver = parts.driver(attachment?.spec.attacher);
    if (attachment === undefined || driver === undefined) return;
    const detaching = attachment.metadata.deletionTimestamp !== undefined;
    if (detaching ? !held(attachment, driver) : attachment.status?.attached === true) return;
    parts.call(name, driver.attachTime, () => {
      try {
        if (detaching) detach(name, driver);
        else attach(name, driver);
        failures.delete(name);
      } catch (error) {
        if (isNotFound(error)) return;
        if (error instanceof RpcError) report(name, error.message);
        else if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
        const wait = Math.min(failures.get(name) ?? FIRST_RETRY, LONGEST_RETRY);
        failures.set(name, 2 * wait);
        queue.addAfter(name, wait);
      }
    });
  }

  function attach(name: string, driver: Driver): void {
    let attachment = parts.client.get(volumeAttachments, undefined, name);
    if (attachment.metadata.deletionTimestamp !== undefined) return;
    const volume = parts.client.get(persistentVolumes, undefined, attachment.spec.source.persistentVolumeName ?? '');
    const finalizer = finalizerOf(driver);
    const hold = <T extends VolumeAttachment | PersistentVolume>({ metadata, ...rest }: T): T =>
      ({ ...rest, metadata: { ...metadata, finalizers: [...(metadata.finalizers ?? []), finalizer] } }) as T;
    if (!held(volume, driver)) parts.client.update(persistentVolumes, hold(volume));
    if (!held(attachment, driver)) attachment = parts.client.update(volumeAttachments, hold(attachment));
    const shared = volume.spec.accessModes?.some((mode) => mode.endsWith('Many')) === true;
    driver.attach(volume.spec.csi?.volumeHandle ?? '', attachment.spec.nodeName, shared);
    parts.client.updateStatus(volumeAttachments, { ...attachment, status: { attached: true } });
  }

  function detach(name: string, driver: Driver): void {
    const attachment = parts.client.get(volumeAttachments, undefined, name);
    const volume = volumes.get(undefined, attachment.spec.source.persistentVolumeName ?? '');
    const handle = volume?.spec.csi?.volumeHandle;
    if (handle !== undefined) driver.detach(handle, attachment.spec.nodeName);
    const finalizers = (attachment.metadata.finalizers ?? []).filter((one) => one !== finalizerOf(driver));
    parts.client.update(volumeAttachments, { ...attachment, metadata: { ...attachment.metadata, finalizers } });
  }

  function report(name: string, message: string): void {
    const attachment = parts.client.get(volumeAttachments, undefined, name);
    const problem = { message, time: formatTime(parts.engine.now) };
    const detaching = attachment.metadata.deletionTimestamp !== undefined;
    const { attached = false } = attachment.status ?? {};
    const status = detaching ? { attached, detachError: problem } : { attached: false, attachError: problem };
    parts.client.updateStatus(volumeAttachments, { ...attachment, status });
  }

  /** A volume that is attached nowhere may go. */
  function releaseVolume({ spec }: VolumeAttachment): void {
    const volume = volumes.get(undefined, spec.source.persistentVolumeName ?? '');
    if (volume !== undefined) releaseUnused(volume);
  }

  function releaseUnused(volume: PersistentVolume): void {
    const driver = parts.driver(volume.spec.csi?.driver);
    const { name, deletionTimestamp } = volume.metadata;
    if (driver === undefined || deletionTimestamp === undefined || !held(volume, driver)) return;
    for (const { spec } of attachments.list()) if (spec.source.persistentVolumeName === name) return;
    parts.call(`release ${name}`, 0, () => {
      try {
        const latest = parts.client.get(persistentVolumes, undefined, name);
        const finalizers = (latest.metadata.finalizers ?? []).filter((one) => one !== finalizerOf(driver));
        parts.client.update(persistentVolumes, { ...latest, metadata: { ...latest.metadata, finalizers } });
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
      }
    });
  }
}

/** `external-attacher/disk-csi-jotasu-dev` */
function finalizerOf({ name }: Driver): string {
  return `external-attacher/${name.replaceAll('.', '-')}`;
}

function held({ metadata }: VolumeAttachment | PersistentVolume, driver: Driver): boolean {
  return metadata.finalizers?.includes(finalizerOf(driver)) === true;
}
