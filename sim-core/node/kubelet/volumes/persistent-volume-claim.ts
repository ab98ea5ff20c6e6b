import type { Container } from 'kubernetes-types/core/v1';
import { nodeSelectorMatches } from '../../../api/node-selector.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/objects.ts';
import { StatusError } from '../../../api/status.ts';
import { Unreachable } from '../../../client/index.ts';
import { mountCsi } from './csi.ts';
import { hostPath } from './host-path.ts';
import { localVolume } from './local.ts';
import { nfs } from './nfs.ts';
import { type MountedVolume, VolumeError, type VolumeHost, type VolumePlugin } from './volume.ts';

/** The volume of a claim. */
export const persistentVolumeClaim: VolumePlugin = {
  setUp(volume, pod, host) {
    const { claimName, readOnly = false } = volume.persistentVolumeClaim!;
    return mountClaim(volume.name, claimName, readOnly, pod, host);
  },
};

/** A claim that lives and dies with its pod; the ephemeral volume controller makes it under this name. */
export const ephemeral: VolumePlugin = {
  setUp: (volume, pod, host) => mountClaim(volume.name, `${pod.metadata.name}-${volume.name}`, false, pod, host),
};

function mountClaim(name: string, claimName: string, readOnly: boolean, pod: Pod, host: VolumeHost): MountedVolume {
  const claim = boundClaim(name, claimName, pod, host);
  const volume = read(
    name,
    () => host.volume(claim.spec.volumeName!),
    (why) => `failed to fetch PV ${claim.spec.volumeName} from API server: ${why}`,
  );
  checkMode(name, volume, pod);
  checkAffinity(volume, host);
  const { spec } = volume;
  const pvName = volume.metadata.name;
  const source = { name: pvName };
  try {
    if (spec.csi !== undefined) return mountCsi({ volume, claim, pod, readOnly }, host);
    if (spec.hostPath !== undefined) return hostPath.setUp({ ...source, hostPath: spec.hostPath }, pod, host);
    if (spec.local !== undefined) return localVolume(pvName, spec.local.path, host);
    if (spec.nfs !== undefined)
      return nfs.setUp({ ...source, nfs: { ...spec.nfs, readOnly: spec.nfs.readOnly || readOnly } }, pod, host);
  } catch (error) {
    // Events name the volume of the cluster, not the one of the pod.
    if (!(error instanceof Error) || error.constructor !== Error) throw error;
    throw new VolumeError(`MountVolume.SetUp failed for volume "${pvName}" : ${error.message}`);
  }
  throw new VolumeError(`MountVolume.SetUp failed for volume "${pvName}" : no volume plugin matched`);
}

/** The claim, once it is bound and may be used (desiredStateOfWorldPopulator.getPVCExtractPV). */
function boundClaim(name: string, claimName: string, pod: Pod, host: VolumeHost): PersistentVolumeClaim {
  const { namespace = 'default' } = pod.metadata;
  const problem = (why: string) => `error processing PVC ${namespace}/${claimName}: ${why}`;
  const claim = read(
    name,
    () => host.claim(namespace, claimName),
    (why) => problem(`failed to fetch PVC from API server: ${why}`),
  );
  if (claim.metadata.deletionTimestamp !== undefined) throw unprocessable(name, problem('PVC is being deleted'));
  if (claim.status.phase !== 'Bound' || (claim.spec.volumeName ?? '') === '') {
    throw unprocessable(name, problem('PVC is not bound'));
  }
  return claim;
}

/** A file system is mounted, a device is not: whoever takes one for the other gets neither. */
function checkMode(name: string, { spec: { volumeMode = 'Filesystem' } }: PersistentVolume, { spec }: Pod): void {
  const field = volumeMode === 'Block' ? 'volumeMounts' : 'volumeDevices';
  const uses = ({ [field]: list = [] }: Container) => list.some((use: { name: string }) => use.name === name);
  if ([...spec.containers, ...(spec.initContainers ?? [])].some(uses))
    throw unprocessable(name, `volume ${name} has volumeMode ${volumeMode}, but is specified in ${field}`);
}

function read<T>(name: string, get: () => T, problem: (why: string) => string): T {
  try {
    return get();
  } catch (error) {
    if (error instanceof StatusError || error instanceof Unreachable) throw unprocessable(name, problem(error.message));
    throw error;
  }
}

function unprocessable(name: string, why: string): VolumeError {
  return new VolumeError(
    `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]: ${why}`,
  );
}

/** A volume that is not for this node is not mounted, whoever sent the pod here (CheckNodeAffinity). */
function checkAffinity({ metadata, spec }: PersistentVolume, host: VolumeHost): void {
  const required = spec.nodeAffinity?.required;
  const node = host.node();
  if (required === undefined || node === undefined) return;
  if (nodeSelectorMatches(required, node.metadata.labels ?? {}, host.nodeName)) return;
  throw new VolumeError(
    `MountVolume.NodeAffinity check failed for volume "${metadata.name}" : no matching NodeSelectorTerms`,
  );
}
