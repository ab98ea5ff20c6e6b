import type { Taint } from 'kubernetes-types/core/v1';
import type { Transport } from '../../client/index.ts';
import { MINUTE, type Micros, SECOND } from '../../engine/index.ts';

/** When the node is short of something (evictionapi.Threshold). */
export interface EvictionThreshold {
  /** `memory.available`, `nodefs.available`, `imagefs.available`, `nodefs.inodesFree`, `imagefs.inodesFree`; others are known and never met. */
  readonly signal: string;
  /** What has to be left at least: bytes or inodes, or a share of all there is. */
  readonly value: { readonly amount: number } | { readonly percent: number };
  /** How long it has to be met before pods go; 0 for hard thresholds. */
  readonly grace: Micros;
}

/**
 * What a kubelet follows of a KubeletConfiguration (kubelet.config.k8s.io/v1beta1), in the simulator's units and with upstream's defaults
 * filled in. Read once for each text, shared by the kubelets of all nodes that have it.
 */
export interface KubeletConfiguration {
  /** The directory (or file) of static pods; empty for none. */
  readonly staticPodPath: string;
  readonly fileCheckFrequency: Micros;
  /** Of its server, and of /healthz on 127.0.0.1 (0: none). */
  readonly port: number;
  readonly healthzPort: number;
  /** Addresses of the cluster's DNS, and its domain; empty for none. */
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  readonly nodeStatusUpdateFrequency: Micros;
  readonly nodeStatusReportFrequency: Micros;
  /** The most images in a node's status; -1 for all. */
  readonly nodeStatusMaxImages: number;
  readonly nodeLeaseDurationSeconds: number;
  readonly imageMinimumGcAge: Micros;
  /** Unused images go when they are older than this; 0 for never. */
  readonly imageMaximumGcAge: Micros;
  readonly imageGcHighThresholdPercent: number;
  readonly imageGcLowThresholdPercent: number;
  readonly maxPods: number;
  /** 0: no limit but `maxPods`. */
  readonly podsPerCore: number;
  /** How many images are pulled at a time: 1 with serializeImagePulls, `Infinity` for no limit. */
  readonly maxParallelImagePulls: number;
  /** Hard ones first. */
  readonly evictionThresholds: readonly EvictionThreshold[];
  /** A condition lasts this long after its cause was last seen. */
  readonly evictionPressureTransitionPeriod: Micros;
  /** The longest that a pod has to end when a soft threshold is met, seconds. */
  readonly evictionMaxPodGracePeriod: number;
  readonly kubeReserved: Readonly<Record<string, string>>;
  readonly systemReserved: Readonly<Record<string, string>>;
  readonly allowedUnsafeSysctls: readonly string[];
  /** How long the machine waits for pods to end when it shuts down, and how much of that belongs to critical ones; 0: not at all. */
  readonly shutdownGracePeriod: Micros;
  readonly shutdownGracePeriodCriticalPods: Micros;
  readonly registerNode: boolean;
  readonly registerWithTaints: readonly Taint[];
}

const MEBI = 1024 * 1024;

/** eviction.DefaultEvictionHard */
export const DEFAULT_EVICTION_HARD: readonly EvictionThreshold[] = [
  { signal: 'memory.available', value: { amount: 100 * MEBI }, grace: 0 },
  { signal: 'nodefs.available', value: { percent: 10 }, grace: 0 },
  { signal: 'imagefs.available', value: { percent: 15 }, grace: 0 },
  { signal: 'nodefs.inodesFree', value: { percent: 5 }, grace: 0 },
  { signal: 'imagefs.inodesFree', value: { percent: 5 }, grace: 0 },
];

/** What follows from the file that kubeadm writes, but for the address of the cluster's DNS. */
export const KUBEADM_CONFIGURATION: KubeletConfiguration = {
  staticPodPath: '/etc/kubernetes/manifests',
  fileCheckFrequency: 20 * SECOND,
  port: 10_250,
  healthzPort: 10_248,
  clusterDns: [],
  clusterDomain: 'cluster.local',
  nodeStatusUpdateFrequency: 10 * SECOND,
  nodeStatusReportFrequency: 5 * MINUTE,
  nodeStatusMaxImages: 50,
  nodeLeaseDurationSeconds: 40,
  imageMinimumGcAge: 2 * MINUTE,
  imageMaximumGcAge: 0,
  imageGcHighThresholdPercent: 85,
  imageGcLowThresholdPercent: 80,
  maxPods: 110,
  podsPerCore: 0,
  maxParallelImagePulls: 1,
  evictionThresholds: DEFAULT_EVICTION_HARD,
  evictionPressureTransitionPeriod: 5 * MINUTE,
  evictionMaxPodGracePeriod: 0,
  kubeReserved: {},
  systemReserved: {},
  allowedUnsafeSysctls: [],
  shutdownGracePeriod: 0,
  shutdownGracePeriodCriticalPods: 0,
  registerNode: true,
  registerWithTaints: [],
};

/** A line that the kubelet writes down: its severity, and what follows klog's head. */
export type Remark = readonly ['I' | 'E', string];

/** What a kubelet has found in its files when it starts. */
export interface KubeletStartup {
  readonly remarks?: readonly Remark[];
  /** None, when it ends at once; the last remark says why. */
  readonly configuration?: KubeletConfiguration;
  /** Its way to the API server, where its kubeconfig leads elsewhere than kubeadm's. */
  readonly connect?: (write: (remark: Remark) => void) => Transport & { cut(): void };
}
