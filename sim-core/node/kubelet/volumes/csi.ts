import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/objects.ts';
import { quantity } from '../../../api/quantity.ts';
import { StatusError } from '../../../api/status.ts';
import { Unreachable } from '../../../client/index.ts';
import type { StorageDriver } from '../../storage.ts';
import { setOwnership } from './ownership.ts';
import { type MountedVolume, VolumeError, type VolumeHost, VolumeNotReady } from './volume.ts';

interface CsiMount {
  readonly volume: PersistentVolume;
  readonly claim: PersistentVolumeClaim;
  readonly pod: Pod;
  readonly readOnly: boolean;
}

/** A volume of a CSI driver (pkg/volume/csi). It is mounted once it is attached, where its driver attaches. */
export function mountCsi({ volume, claim, pod, readOnly }: CsiMount, host: VolumeHost): MountedVolume {
  const { name } = volume.metadata;
  const { driver: driverName, volumeHandle, readOnly: always = false } = volume.spec.csi!;
  const { uid } = pod.metadata;
  const unique = `kubernetes.io/csi/${driverName}^${volumeHandle}`;
  if (volume.spec.accessModes?.includes('ReadWriteOncePod') === true) {
    for (const other of host.inUse.of(unique)) {
      if (other !== uid) {
        throw new VolumeError(
          `MountVolume.SetUp failed for volume "${name}" : volume uses the ReadWriteOncePod access mode and is already in use by another pod`,
        );
      }
    }
  }
  host.inUse.add(unique, uid);
  const driver = host.storage?.drivers.find((one) => one.name === driverName);
  if (driver === undefined) {
    throw new VolumeError(
      `MountVolume.MountDevice failed for volume "${name}" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ${driverName} not found in the list of registered CSI drivers`,
    );
  }
  if (driver.attachRequired && host.node()?.status.volumesAttached?.some((one) => one.name === unique) !== true) {
    throw new VolumeNotReady(`volume ${name} has not been added to the list of VolumesAttached in the node's status`);
  }
  const directory = () => driver.publish(volumeHandle, host.nodeName);
  try {
    directory();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new VolumeError(`MountVolume.MountDevice failed for volume "${name}" : ${error.message}`);
  }
  growFileSystem(driver, volume, claim, pod, host);
  // fsGroupPolicy ReadWriteOnceWithFSType, the default.
  const { fsGroup, fsGroupChangePolicy: policy } = pod.spec.securityContext ?? {};
  if (volume.spec.accessModes?.some((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod') === true)
    setOwnership(directory(), fsGroup, { readOnly: always || readOnly, policy });
  return {
    plugin: 'kubernetes.io~csi',
    path: `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/${name}/mount`,
    source: directory,
    ...(always || readOnly ? { readOnly: true } : {}),
    check: () => checkSize(driver, name, claim, pod, host),
    tearDown: () => host.inUse.remove(unique, uid),
  };
}

/** Whether the volume has grown since; the file system grows while it is mounted. */
function checkSize(
  driver: StorageDriver,
  name: string,
  claim: PersistentVolumeClaim,
  pod: Pod,
  host: VolumeHost,
): void {
  try {
    const latest = host.claim(claim.metadata.namespace!, claim.metadata.name);
    growFileSystem(driver, host.volume(name), latest, pod, host);
  } catch (error) {
    if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
  }
}

/** NodeExpandVolume: the file system is made as large as the volume, and the claim told. */
function growFileSystem(
  driver: StorageDriver,
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
  pod: Pod,
  host: VolumeHost,
): void {
  const has = volume.spec.capacity?.storage ?? '0';
  const told = claim.status.capacity?.storage ?? '0';
  if (quantity(has).compare(quantity(told)) <= 0) return;
  driver.expand(volume.spec.csi!.volumeHandle);
  const { conditions: _, allocatedResourceStatuses: _statuses, ...status } = claim.status;
  try {
    host.updateClaimStatus({ ...claim, status: { ...status, capacity: { ...status.capacity, storage: has } } });
  } catch (error) {
    if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
    return;
  }
  const text = `MountVolume.NodeExpandVolume succeeded for volume "${volume.metadata.name}" ${host.nodeName}`;
  for (const about of [pod, claim]) host.tell(about, 'Normal', 'FileSystemResizeSuccessful', text);
}
