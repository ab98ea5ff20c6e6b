export type Labels = Readonly<Record<string, string>>;

export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';

export interface NamespaceOption {
  readonly network?: NamespaceMode;
  readonly pid?: NamespaceMode;
  readonly ipc?: NamespaceMode;
  /** Container whose process namespace is shared when `pid` is TARGET. */
  readonly targetId?: string;
}

export interface LinuxContainerResources {
  /** Microseconds. */
  readonly cpuPeriod?: number;
  /** Microseconds per period; absent or 0 or less: no limit. */
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  /** 0 or absent: no limit. */
  readonly memoryLimitInBytes?: number;
  readonly oomScoreAdj?: number;
  readonly memorySwapLimitInBytes?: number;
  /** cgroup v2 files written as they are: `memory.min`, … */
  readonly unified?: Labels;
}

export interface LinuxContainerSecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  /** Whether the groups of the image's /etc/group count, too; absent: `Merge`, they do. */
  readonly supplementalGroupsPolicy?: 'Merge' | 'Strict';
  readonly readonlyRootfs?: boolean;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly addCapabilities?: readonly string[];
  readonly dropCapabilities?: readonly string[];
  /** A profile of system calls: the runtime's own, or a file's path on the node; none without. */
  readonly seccomp?: 'RuntimeDefault' | { readonly localhostRef: string };
  readonly namespaces?: NamespaceOption;
}
