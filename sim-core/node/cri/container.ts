import type { Micros } from '../../engine/index.ts';
import type { FileNode } from '../../images/file-node.ts';
import type { ImageSpec } from './image-service.ts';
import type { Labels, LinuxContainerResources, LinuxContainerSecurityContext } from './linux.ts';

export interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

/** A bind mount. */
export interface Mount {
  readonly containerPath: string;
  /** Path on the node, for people: `/var/lib/kubelet/pods/…/volumes/kubernetes.io~empty-dir/cache`. */
  readonly hostPath: string;
  readonly readonly?: boolean;
  /** It is a device of the container, not a mount: `devices` of a CRI's ContainerConfig. */
  readonly device?: boolean;
  /** How many bytes it can hold, when it is in memory (tmpfs). */
  readonly memory?: number | undefined;
  readonly propagation?: 'PRIVATE' | 'HOST_TO_CONTAINER' | 'BIDIRECTIONAL';
  /** The directory or file itself (after `subPath`): asked for when the container first looks there. */
  open(): FileNode;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  /** `image.image` is the ID of an image on this node (`sha256:…`) or a reference. */
  readonly image: ImageSpec;
  /** As the pod's author wrote it, for `containerStatus`. */
  readonly userSpecifiedImage?: string | undefined;
  /** Replaces the image's entrypoint, and its command too, when not empty. */
  readonly command?: readonly string[] | undefined;
  /** Replaces the image's command when not empty. */
  readonly args?: readonly string[] | undefined;
  readonly workingDir?: string | undefined;
  readonly envs?: readonly KeyValue[] | undefined;
  readonly mounts?: readonly Mount[] | undefined;
  readonly labels?: Labels | undefined;
  readonly annotations?: Labels | undefined;
  /** Relative to the sandbox's log directory. */
  readonly logPath?: string | undefined;
  readonly stdin?: boolean | undefined;
  readonly stdinOnce?: boolean | undefined;
  readonly tty?: boolean | undefined;
  readonly resources?: LinuxContainerResources | undefined;
  readonly securityContext?: LinuxContainerSecurityContext | undefined;
  /** Signal that asks it to stop, instead of the image's. */
  readonly stopSignal?: string | undefined;
}

export type ContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN';

export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  /** Reference as in the container's config. */
  readonly image: string;
  /** `docker.io/library/nginx@sha256:…`, or the image's ID when it has no digest of a repository. */
  readonly imageRef: string;
  /** `sha256:…` of the image on this node. */
  readonly imageId: string;
  readonly state: ContainerState;
  readonly createdAt: Micros;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/**
 * Why a container ended: `Completed` (0), `Error`, `OOMKilled` (a process of it was killed at the memory limit),
 * `StartError` (the runtime could not start it), `Unknown`.
 */
export type ExitReason = 'Completed' | 'Error' | 'OOMKilled' | 'StartError' | 'Unknown';

export interface ContainerStatus extends Container {
  readonly startedAt: Micros;
  readonly finishedAt: Micros;
  readonly exitCode: number;
  readonly reason: ExitReason | '';
  readonly message: string;
  readonly mounts: readonly Mount[];
  readonly logPath: string;
  readonly resources: LinuxContainerResources;
  readonly user: number;
  readonly group: number;
  readonly supplementalGroups: readonly number[];
}

export interface ContainerFilter {
  readonly id?: string;
  readonly podSandboxId?: string;
  readonly state?: ContainerState;
}
