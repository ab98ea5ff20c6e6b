import type { Container, Volume } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../api/objects.ts';
import { MILLISECOND, type Micros, SECOND, SmallMap } from '../../../engine/index.ts';
import type { FileNode } from '../../../images/file-node.ts';
import type { KeyValue, Mount } from '../../cri/container.ts';
import { expand } from '../expansion.ts';
import { DeviceMount, VolumeMount } from '../mounts.ts';
import { blockDevice } from './block-device.ts';
import { pluginOf } from './index.ts';
import { resolveInside } from './payload-directory.ts';
import { type MountedVolume, type References, VolumeError, type VolumeHost, VolumeNotReady } from './volume.ts';

/** Pauses between attempts to mount one volume (exponentialbackoff: 500 ms doubling to 2 min 2 s). */
const FIRST_RETRY = 500 * MILLISECOND;
const LONGEST_RETRY = 122 * SECOND;
/** How long pods wait for their volumes before they complain (podAttachAndMountTimeout). */
const PATIENCE = 123 * SECOND;
/** How soon a volume that is being attached is looked at again. */
const ATTACH_POLL = SECOND;

/** The volumes of one pod on its node (the volume manager, as far as one pod sees it). */
export class PodVolumes {
  private readonly host: VolumeHost;
  private readonly mounted = new SmallMap<string, MountedVolume>();
  private failures = 0;
  /** Since when something has been waited for, or was last complained of. */
  private waitingSince: Micros | undefined;

  constructor(host: VolumeHost) {
    this.host = host;
  }

  /**
   * Mounts what is not mounted yet. Answers after how long to try again, or `undefined` when all is there. Each failure is
   * told by an event FailedMount.
   */
  mountAll(pod: Pod): Micros | undefined {
    let retry: Micros | undefined;
    let waiting = false;
    for (const volume of pod.spec.volumes ?? []) {
      if (this.mounted.has(volume.name)) continue;
      try {
        this.mounted.set(volume.name, pluginOf(volume).setUp(volume, pod, this.host));
      } catch (error) {
        if (error instanceof VolumeNotReady) {
          waiting = true;
          retry = Math.min(retry ?? ATTACH_POLL, ATTACH_POLL);
          continue;
        }
        const text = error instanceof Error ? error.message : String(error);
        if (error instanceof VolumeError) this.host.tell(pod, 'Warning', 'FailedMount', text);
        else this.host.mountFailed(pod, volume.name, text);
        retry ??= Math.min(FIRST_RETRY * 2 ** Math.min(this.failures++, 20), LONGEST_RETRY);
      }
    }
    if (retry === undefined) this.failures = 0;
    if (waiting) this.complainLater(pod);
    else this.waitingSince = undefined;
    return retry;
  }

  /** Says every two minutes that volumes have not come (WaitForAttachAndMount). */
  private complainLater(pod: Pod): void {
    const { now } = this.host.engine;
    this.waitingSince ??= now;
    if (now - this.waitingSince < PATIENCE) return;
    this.waitingSince = now;
    const missing = (pod.spec.volumes ?? []).filter(({ name }) => !this.mounted.has(name)).map(({ name }) => name);
    const text = `Unable to attach or mount volumes: unmounted volumes=[${missing.join(' ')}], unattached volumes=[], failed to process volumes=[]: context deadline exceeded`;
    this.host.tell(pod, 'Warning', 'FailedMount', text);
  }

  /** Looks whether volumes have grown; answers whether any of them could. */
  check(): boolean {
    let any = false;
    for (const { check } of this.mounted.values()) {
      if (check === undefined) continue;
      any = true;
      check();
    }
    return any;
  }

  get(name: string): MountedVolume | undefined {
    return this.mounted.get(name);
  }

  /** Volumes that take up space of the node, by name. */
  *usages(): Iterable<[string, NonNullable<MountedVolume['usage']>]> {
    for (const [name, { usage }] of this.mounted) if (usage !== undefined) yield [name, usage];
  }

  follow(pod: Pod): void {
    for (const volume of this.mounted.values()) volume.follow?.(pod);
  }

  refresh(pod: Pod): void {
    for (const volume of this.mounted.values()) volume.refresh?.(pod);
  }

  unmountAll(): void {
    for (const volume of this.mounted.values()) volume.tearDown?.();
    this.mounted.clear();
  }

  /** The bind mounts of a container (Kubelet.makeMounts). Throws with the text of CreateContainerConfigError. */
  mountsOf(pod: Pod, container: Container, env: readonly KeyValue[]): Mount[] {
    const find = (name: string) => {
      const volume = this.mounted.get(name);
      if (volume === undefined)
        throw new Error(`cannot find volume "${name}" to mount into container "${container.name}"`);
      return volume;
    };
    // Kubelet.makeBlockVolumes
    const devices = (container.volumeDevices ?? []).map(({ name, devicePath }) => {
      const volume = find(name);
      return new DeviceMount(pod, name, volume, devicePath, blockDevice(volume));
    });
    const mounts = (container.volumeMounts ?? []).map((mount) => {
      const volume = find(mount.name);
      const subPath = subPathOf(mount, env);
      const containerPath = mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`;
      const readonly = mount.readOnly === true || volume.readOnly === true;
      const part = subPath === '' ? undefined : partOf(volume.source(), subPath);
      return new VolumeMount(pod, mount.name, volume, { containerPath, readonly, subPath }, part);
    });
    return [...mounts, ...devices];
  }
}

/** Where in a volume a container's mount begins. The API server has looked at `subPath`, but cannot know what `subPathExpr` will be. */
function subPathOf(mount: { subPath?: string; subPathExpr?: string }, env: readonly KeyValue[]): string {
  const { subPath = '', subPathExpr = '' } = mount;
  if (subPathExpr === '') return subPath;
  const missing = new Set<string>();
  const text = expand(subPathExpr, (name) => {
    const found = env.find(({ key }) => key === name)?.value ?? '';
    if (found === '') missing.add(name);
    return found;
  });
  if (missing.size > 0) throw new Error(`missing value for ${[...missing].sort().join(', ')}`);
  if (text.startsWith('/')) throw new Error(`error SubPath \`${text}\` must not be an absolute path`);
  if (text.split('/').includes('..')) throw new Error(`unable to provision SubPath \`${text}\`: must not contain '..'`);
  return text;
}

/**
 * A part of a volume; where nothing is, a directory is made, open to whom the volume is. It is looked up when the container is made, as a bind mount is: a file that is
 * replaced later, as those of ConfigMaps are, stays as it was.
 */
function partOf(root: FileNode, subPath: string): FileNode {
  const found = resolveInside(root, subPath);
  if (found !== undefined) return found;
  return root.kind === 'directory' ? root.ensure(subPath, root.mode) : root;
}

/** ConfigMaps and Secrets that a pod's volumes, environment and pull secrets refer to. */
export function referencesOf(pod: Pod): References {
  const references: References = { configMaps: new Set(), secrets: new Set() };
  const { spec } = pod;
  for (const volume of spec.volumes ?? []) addVolume(references, volume);
  for (const { name } of spec.imagePullSecrets ?? []) if (name) references.secrets.add(name);
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      if (configMapRef?.name) references.configMaps.add(configMapRef.name);
      if (secretRef?.name) references.secrets.add(secretRef.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.configMapKeyRef?.name) references.configMaps.add(valueFrom.configMapKeyRef.name);
      if (valueFrom?.secretKeyRef?.name) references.secrets.add(valueFrom.secretKeyRef.name);
    }
  }
  return references;
}

function addVolume({ configMaps, secrets }: References, volume: Volume): void {
  if (volume.configMap?.name) configMaps.add(volume.configMap.name);
  if (volume.secret?.secretName) secrets.add(volume.secret.secretName);
  for (const { configMap, secret } of volume.projected?.sources ?? []) {
    if (configMap?.name) configMaps.add(configMap.name);
    if (secret?.name) secrets.add(secret.name);
  }
}
