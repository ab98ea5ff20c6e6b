import { objectKey, type PersistentVolume, type PersistentVolumeClaim } from '../api/objects.ts';
import { quantity } from '../api/quantity.ts';
import { StatusError } from '../api/status.ts';
import { Unreachable, type WorkQueue } from '../client/index.ts';
import { formatTime, SECOND } from '../engine/index.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { type ComponentOptions, ComponentParts } from './component.ts';
import { type Driver, RpcError } from './driver.ts';

const RETRY = SECOND;
const RESIZE_TIME = SECOND;

/** external-resizer: makes volumes as large as their claims ask for; the kubelet does the same to the file systems on them. */
export function startResizer(options: ComponentOptions): () => void {
  const parts = new ComponentParts(options);
  const claims = parts.informers.for(persistentVolumeClaims);
  const volumes = parts.informers.for(persistentVolumes);
  const queue: WorkQueue = parts.queue('csi-resizer', reconcile);
  const enqueue = (claim: PersistentVolumeClaim) => queue.add(objectKey(claim));
  claims.addHandler({ added: enqueue, updated: enqueue });
  const eventsOf = (driver: Driver) => parts.eventsOf(driver, `external-resizer ${driver.name}`);
  parts.informers.start();
  return () => parts.stop();

  function reconcile(key: string): void {
    const claim = claims.getByKey(key);
    const volume = volumes.get(undefined, claim?.spec.volumeName ?? '');
    const driver = parts.driver(volume?.spec.csi?.driver);
    if (claim?.status.phase !== 'Bound' || volume === undefined || driver === undefined) return;
    const wanted = claim.spec.resources?.requests?.storage ?? '0';
    const has = volume.spec.capacity?.storage ?? '0';
    const told = claim.status.capacity?.storage ?? '0';
    if (quantity(wanted).compare(quantity(told)) <= 0) return;
    if (quantity(wanted).compare(quantity(has)) <= 0) {
      parts.call(key, 0, () => attempt(key, () => awaitNode(claim, wanted)));
      return;
    }
    if (claim.status.conditions?.some(({ type }) => type === 'Resizing') !== true) {
      eventsOf(driver).normal(claim, 'Resizing', `External resizer is resizing volume ${volume.metadata.name}`);
    }
    parts.call(key, RESIZE_TIME, () =>
      attempt(key, () => {
        try {
          grow(claim, volume, driver, wanted);
        } catch (error) {
          if (!(error instanceof RpcError)) throw error;
          const text = `resize volume "${volume.metadata.name}" by resizer "${driver.name}" failed: ${error.message}`;
          eventsOf(driver).warning(claim, 'VolumeResizeFailed', text);
          queue.addAfter(key, RETRY);
        }
      }),
    );
  }

  function attempt(key: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
      queue.addAfter(key, RETRY);
    }
  }

  function grow(
    claim: PersistentVolumeClaim,
    { metadata, spec }: PersistentVolume,
    driver: Driver,
    wanted: string,
  ): void {
    driver.grow(spec.csi!.volumeHandle, quantity(wanted).value());
    const volume = parts.client.get(persistentVolumes, undefined, metadata.name);
    const capacity = { ...volume.spec.capacity, storage: wanted };
    parts.client.update(persistentVolumes, { ...volume, spec: { ...volume.spec, capacity } });
    awaitNode(claim, wanted);
    eventsOf(driver).normal(claim, 'FileSystemResizeRequired', 'Require file system resize of volume on node');
  }

  /** The volume has grown; the file system follows where it is mounted. */
  function awaitNode({ metadata }: PersistentVolumeClaim, wanted: string): void {
    const claim = parts.client.get(persistentVolumeClaims, metadata.namespace, metadata.name);
    if (claim.status.conditions?.some(({ type }) => type === 'FileSystemResizePending') === true) return;
    const condition = {
      type: 'FileSystemResizePending',
      status: 'True' as const,
      lastProbeTime: null as never,
      lastTransitionTime: formatTime(parts.engine.now),
      message: 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.',
    };
    parts.client.updateStatus(persistentVolumeClaims, {
      ...claim,
      status: {
        ...claim.status,
        allocatedResources: { storage: wanted },
        allocatedResourceStatuses: { storage: 'NodeResizePending' },
        conditions: [condition],
      },
    });
  }
}
