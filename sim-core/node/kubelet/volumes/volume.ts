import type { Volume } from 'kubernetes-types/core/v1';
import type { ConfigMap, Pod, Secret } from '../../../api/objects.ts';
import type { Engine } from '../../../engine/index.ts';
import type { Directory, FileNode, Space } from '../../../images/file-node.ts';
import type { PodSurroundings } from '../downward.ts';

/** What volume plugins may ask of their kubelet. The getters throw with upstream's texts. */
export interface VolumeHost {
  readonly engine: Engine;
  readonly nodeName: string;
  /** The node's own file tree. */
  readonly root: Directory;
  readonly disk: Space;
  configMap(namespace: string, name: string): ConfigMap;
  secret(namespace: string, name: string): Secret;
  around(pod: Pod): PodSurroundings;
  /** A token for the pod's service account. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): string;
  /** Tells that a volume could not be brought up to date (event FailedMount). */
  mountFailed(pod: Pod, volume: string, message: string): void;
  readonly persistentVolumes: PersistentVolumeMounter | undefined;
}

/** A volume set up for a pod. */
export interface MountedVolume {
  /** As in paths: `kubernetes.io~configmap`. */
  readonly plugin: string;
  /** Its directory (or file), made when someone first looks. */
  source(): FileNode;
  /** Whether containers can only read it, whatever their mounts say. */
  readonly readOnly?: boolean;
  /** Path on the node, where it is not below the pod's own directory (hostPath). */
  readonly path?: string;
  /** Brings its content up to date with what it shows; the kubelet calls it some time after that has changed. */
  refresh?(pod: Pod): void;
  /** The pod is gone. */
  tearDown?(): void;
  /** Bytes in use, and the most that are allowed before the pod is evicted. */
  readonly usage?: { readonly bytes: number; readonly limit: number; readonly memory: boolean };
}

/** One type of volume. `setUp` throws an Error whose text becomes the event's: `MountVolume.SetUp failed for volume "x" : …`. */
export interface VolumePlugin {
  setUp(volume: Volume, pod: Pod, host: VolumeHost): MountedVolume;
}

/** The volume will be there later: nothing to complain of yet. */
export class VolumeNotReady extends Error {
  override readonly name = 'VolumeNotReady';
}

/** How storage gives a kubelet the volumes of claims. */
export interface PersistentVolumeMounter {
  /** Mounts a claim's volume on a node. Throws an Error with upstream's text, or `VolumeNotReady` while it is being attached. */
  mount(pod: Pod, claim: string, nodeName: string, readOnly: boolean): MountedVolume;
}

/** ConfigMaps and Secrets that a pod refers to. */
export interface References {
  readonly configMaps: Set<string>;
  readonly secrets: Set<string>;
}
