import { formatTime } from '../../engine/index.ts';
import type { Space } from '../../images/file-node.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import { hardThreshold, inodeCapacity } from './node-resources.ts';
import type { PodWorker } from './pod-worker.ts';
import { readRuntime } from './runtime-view.ts';

/** CPU and memory of something, as in the kubelet's stats/v1alpha1 Summary. */
export interface UsageStats {
  readonly cpu: { readonly time: string; readonly usageNanoCores: number; readonly usageCoreNanoSeconds: number };
  readonly memory: {
    readonly time: string;
    readonly availableBytes: number;
    readonly usageBytes: number;
    readonly workingSetBytes: number;
  };
}

export interface ContainerUsage extends UsageStats {
  readonly name: string;
  readonly startTime: string;
  readonly rootfs: { readonly usedBytes: number; readonly inodesUsed: number };
  readonly logs: { readonly usedBytes: number };
}

export interface PodUsage extends UsageStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  readonly containers: readonly ContainerUsage[];
  readonly volume: readonly { readonly name: string; readonly usedBytes: number }[];
}

export interface StatsSummary {
  readonly node: UsageStats & {
    readonly nodeName: string;
    readonly startTime: string;
    readonly fs: {
      readonly availableBytes: number;
      readonly capacityBytes: number;
      readonly usedBytes: number;
      readonly inodesFree: number;
      readonly inodes: number;
      readonly inodesUsed: number;
    };
  };
  readonly pods: readonly PodUsage[];
}

/** What a node and its pods use now: the answer to the kubelet's `/stats/summary`, which metrics-server reads. */
export function statsSummary(
  kubelet: KubeletParts,
  workers: Iterable<PodWorker>,
  disk: Space,
  memoryInUse: number,
): StatsSummary {
  const { engine, machine, nodeName } = kubelet;
  const time = formatTime(engine.now);
  const pods: PodUsage[] = [];
  let nanoCores = 0;
  let coreNanoSeconds = 0;
  for (const worker of workers) {
    const pod = podUsage(kubelet, worker, time);
    nanoCores += pod.cpu.usageNanoCores;
    coreNanoSeconds += pod.cpu.usageCoreNanoSeconds;
    pods.push(pod);
  }
  const inodes = inodeCapacity(disk.limit);
  const reserved = hardThreshold(kubelet.configuration.evictionThresholds, 'memory.available', machine.memory);
  return {
    node: {
      nodeName,
      startTime: formatTime(machine.bootedAt),
      cpu: { time, usageNanoCores: nanoCores, usageCoreNanoSeconds: coreNanoSeconds },
      memory: {
        time,
        availableBytes: Math.max(0, machine.memory - memoryInUse - reserved),
        usageBytes: memoryInUse,
        workingSetBytes: memoryInUse,
      },
      fs: {
        availableBytes: disk.limit - disk.used,
        capacityBytes: disk.limit,
        usedBytes: disk.used,
        inodesFree: inodes - disk.inodes,
        inodes,
        inodesUsed: disk.inodes,
      },
    },
    pods,
  };
}

function podUsage(kubelet: KubeletParts, worker: PodWorker, time: string): PodUsage {
  const { name, namespace = '', uid } = worker.pod.metadata;
  const containers: ContainerUsage[] = [];
  let nanoCores = 0;
  let coreNanoSeconds = 0;
  let memory = 0;
  for (const status of readRuntime(kubelet.runtime, [], worker.containers).containers) {
    if (status.state !== 'CONTAINER_RUNNING') continue;
    const stats = kubelet.runtime.containerStats(status.id);
    nanoCores += stats.cpu.usageNanoCores;
    coreNanoSeconds += stats.cpu.usageCoreNanoSeconds;
    memory += stats.memory.workingSetBytes;
    containers.push({
      name: status.metadata.name,
      startTime: formatTime(status.startedAt),
      cpu: { time, ...stats.cpu },
      memory: { time, ...stats.memory },
      rootfs: stats.writableLayer,
      logs: { usedBytes: stats.logBytes },
    });
  }
  const volume = [...(worker.volumes?.usages() ?? [])].map(([volumeName, { bytes }]) => ({
    name: volumeName,
    usedBytes: bytes,
  }));
  return {
    podRef: { name, namespace, uid },
    startTime: worker.startTime,
    cpu: { time, usageNanoCores: nanoCores, usageCoreNanoSeconds: coreNanoSeconds },
    memory: { time, availableBytes: 0, usageBytes: memory, workingSetBytes: memory },
    containers,
    volume,
  };
}
