import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
import type { LinuxContainerResources } from '../cri/linux.ts';
import { type QosClass, qosOf } from './qos.ts';

const CPU_PERIOD = 100_000;
const MIN_QUOTA = 1000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const GUARANTEED_OOM_SCORE = -997;
/** Pods of PriorityClass system-cluster-critical and above are killed last. */
export const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

type Amounts = Readonly<Record<string, string>> | undefined;

/** Thousandths of a core in a resource list. */
export function milliCpuOf(list: Amounts): number {
  const text = list?.cpu;
  return text === undefined ? 0 : quantity(text).milliValue();
}

/** Bytes (or pieces) of a resource in a resource list. */
export function amountOf(list: Amounts, name: string): number {
  const text = list?.[name];
  return text === undefined ? 0 : quantity(text).value();
}

/** cgroup v1 `cpu.shares` of a CPU request (cm.MilliCPUToShares); the runtime turns it into `cpu.weight`. */
export function cpuShares(milliCpu: number): number {
  if (milliCpu === 0) return MIN_SHARES;
  return Math.min(Math.max(Math.floor((milliCpu * 1024) / 1000), MIN_SHARES), MAX_SHARES);
}

/** Microseconds of CPU per period of a CPU limit, 0 for none (cm.MilliCPUToQuota). */
export function cpuQuota(milliCpu: number): number {
  return milliCpu === 0 ? 0 : Math.max(Math.floor((milliCpu * CPU_PERIOD) / 1000), MIN_QUOTA);
}

/** How gladly the kernel kills a container when the node has no memory left (qos.GetContainerOOMScoreAdjust). */
export function oomScoreAdjust(pod: Pod, container: Container, qos: QosClass, nodeMemory: number): number {
  if ((pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY || qos === 'Guaranteed') return GUARANTEED_OOM_SCORE;
  if (qos === 'BestEffort') return 1000;
  const score = 1000 - Math.floor((1000 * amountOf(container.resources?.requests, 'memory')) / nodeMemory);
  if (score < 1000 + GUARANTEED_OOM_SCORE) return 1000 + GUARANTEED_OOM_SCORE;
  return score === 1000 ? 999 : score;
}

/** What the runtime is told of a container's requests and limits (generateLinuxContainerResources). */
export function containerResources(pod: Pod, container: Container, nodeMemory: number): LinuxContainerResources {
  const { requests, limits } = container.resources ?? {};
  const limit = milliCpuOf(limits);
  const request = requests?.cpu === undefined && limit > 0 ? limit : milliCpuOf(requests);
  const memory = amountOf(limits, 'memory');
  return {
    cpuShares: cpuShares(request),
    ...(limit > 0 ? { cpuPeriod: CPU_PERIOD, cpuQuota: cpuQuota(limit) } : {}),
    ...(memory > 0 ? { memoryLimitInBytes: memory } : {}),
    oomScoreAdj: oomScoreAdjust(pod, container, qosOf(pod), nodeMemory),
  };
}

/** Bytes that all containers of a pod may use together; 0 for no limit. */
export function podMemoryLimit(pod: Pod): number {
  return podLimit(pod, (limits) => amountOf(limits, 'memory'));
}

/** The most that a pod's containers may use at a time (resourcehelper.PodLimits); 0 when one of them has no limit. */
export function podLimit({ spec }: Pod, amount: (limits: Amounts) => number): number {
  let total = 0;
  let sidecars = 0;
  let peak = 0;
  for (const { resources } of spec.containers) {
    const limit = amount(resources?.limits);
    if (limit === 0) return 0;
    total += limit;
  }
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const limit = amount(resources?.limits);
    if (limit === 0) return 0;
    if (restartPolicy === 'Always') sidecars += limit;
    peak = Math.max(peak, restartPolicy === 'Always' ? sidecars : sidecars + limit);
  }
  return Math.max(total + sidecars, peak);
}

/** What a pod asks of a node, in the node's units: thousandths for CPU, bytes, pieces. */
export type PodRequests = Map<string, number>;

/** The most that a pod's containers request at a time, overhead included (resourcehelper.PodRequests). */
export function podRequests(pod: Pod): PodRequests {
  const total: PodRequests = new Map();
  for (const container of pod.spec.containers) addTo(total, container.resources?.requests);
  const { initContainers } = pod.spec;
  if (initContainers !== undefined) {
    const sidecars: PodRequests = new Map();
    const peak: PodRequests = new Map();
    for (const container of initContainers) {
      const { requests } = container.resources ?? {};
      if (container.restartPolicy === 'Always') {
        addTo(total, requests);
        addTo(sidecars, requests);
        raiseTo(peak, sidecars);
      } else {
        const beside = new Map(sidecars);
        addTo(beside, requests);
        raiseTo(peak, beside);
      }
    }
    raiseTo(total, peak);
  }
  if (pod.spec.overhead !== undefined) addTo(total, pod.spec.overhead);
  return total;
}

function addTo(total: PodRequests, list: Amounts): void {
  if (list === undefined) return;
  for (const name of Object.keys(list)) {
    const amount = name === 'cpu' ? milliCpuOf(list) : amountOf(list, name);
    total.set(name, (total.get(name) ?? 0) + amount);
  }
}

function raiseTo(total: PodRequests, other: PodRequests): void {
  for (const [name, amount] of other) if (amount > (total.get(name) ?? 0)) total.set(name, amount);
}
