import type { Volume } from 'kubernetes-types/core/v1';
import type { ConfigMap, Node, PersistentVolume, PersistentVolumeClaim, Pod, Secret } from '../../../api/objects.ts';
import type { Engine } from '../../../engine/index.ts';
import type { Directory, FileNode, Space } from '../../../images/file-node.ts';
import type { NodeStorage } from '../../storage.ts';
import type { PodSurroundings } from '../downward.ts';
import type { VolumesInUse } from './volumes-in-use.ts';

/** What volume plugins may ask of their kubelet. The getters throw with upstream's texts. */
export interface VolumeHost {
  readonly engine: Engine;
  readonly nodeName: string;
  /** The node's own file tree. */
  readonly root: Directory;
  /** Puts the operating system's files there, if they are not. */
  furnish(): void;
  readonly disk: Space;
  configMap(namespace: string, name: string): ConfigMap;
  secret(namespace: string, name: string): Secret;
  around(pod: Pod): PodSurroundings;
  /** A token for the pod's service account. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): string;
  /** Tells that a volume could not be brought up to date (event FailedMount). */
  mountFailed(pod: Pod, volume: string, message: string): void;
  /** Tells of something about a volume in words of its own. */
  tell(pod: Pod | PersistentVolumeClaim, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** The storage that the node can reach; `undefined`: none. */
  readonly storage: NodeStorage | undefined;
  /** Claims and volumes, as the API server has them now. Throw StatusErrors, `Unreachable`. */
  claim(namespace: string, name: string): PersistentVolumeClaim;
  volume(name: string): PersistentVolume;
  updateClaimStatus(claim: PersistentVolumeClaim): void;
  /** The kubelet's own node, as last seen. */
  node(): Node | undefined;
  /** Volumes of drivers that attach, which the node uses or is about to: by unique name, the pods that do. */
  readonly inUse: VolumesInUse;
}

/** A volume set up for a pod. */
export interface MountedVolume {
  /** As in paths: `kubernetes.io~configmap`. */
  readonly plugin: string;
  /** Its directory (or file), made when someone first looks. */
  source(): FileNode;
  /** Whether containers can only read it, whatever their mounts say. */
  readonly readOnly?: boolean;
  /** How many bytes it can hold, when it is in memory. */
  readonly memory?: number | undefined;
  /** Path on the node, where it is not below the pod's own directory (hostPath). */
  readonly path?: string;
  /** The pod's object changed in nothing that a volume shows: holds on to the new one in the place of the old. */
  follow?(pod: Pod): void;
  /** Brings its content up to date with what it shows; the kubelet calls it some time after that has changed. */
  refresh?(pod: Pod): void;
  /** Looks, now and then, whether the volume has changed: grown, say. */
  check?(): void;
  /** The pod is gone. */
  tearDown?(): void;
  /** Bytes in use, and the most that are allowed before the pod is evicted. */
  readonly usage?: { readonly bytes: number; readonly limit: number; readonly memory: boolean };
}

/** One type of volume. `setUp` throws an Error whose text becomes the event's: `MountVolume.SetUp failed for volume "x" : …`. */
export interface VolumePlugin {
  setUp(volume: Volume, pod: Pod, host: VolumeHost): MountedVolume;
}

/** A volume that cannot be had, with the event's whole text. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** The volume will be there later: nothing to complain of yet. */
export class VolumeNotReady extends Error {
  override readonly name = 'VolumeNotReady';
}

/** ConfigMaps and Secrets that a pod refers to. */
export interface References {
  readonly configMaps: Set<string>;
  readonly secrets: Set<string>;
}
