import type { Pod } from '../../api/objects.ts';
import { type QosClass, qosOf } from './qos.ts';
import {
  containerResources,
  cpuQuota,
  cpuShares,
  milliCpuOf,
  podLimit,
  podMemoryLimit,
  podRequests,
} from './resources.ts';

/** One directory of the cgroup v2 tree, as `/sys/fs/cgroup` on the node shows it. */
export interface CgroupDirectory {
  readonly path: string;
  /** Interface files that say something: `cpu.weight`, `cpu.max`, `memory.max`. */
  readonly files: Readonly<Record<string, string>>;
}

const SLICES: Readonly<Record<QosClass, string>> = {
  Guaranteed: '',
  Burstable: 'kubepods-burstable.slice/',
  BestEffort: 'kubepods-besteffort.slice/',
};
const SLICE_NAMES: Readonly<Record<QosClass, string>> = {
  Guaranteed: 'kubepods',
  Burstable: 'kubepods-burstable',
  BestEffort: 'kubepods-besteffort',
};
const PERIOD = 100_000;

/** A pod's cgroup, as the systemd driver names it: `kubepods-burstable-pod<uid>.slice`. */
export function podCgroupParent(uid: string, qos: QosClass): string {
  return `/kubepods.slice/${SLICES[qos]}${SLICE_NAMES[qos]}-pod${uid.replaceAll('-', '_')}.slice`;
}

/** cgroup v1 shares as a v2 weight, as runc converts them. */
export function cpuWeight(shares: number): number {
  return 1 + Math.floor(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142);
}

/**
 * The cgroups that a kubelet makes for its pods, with what it writes into them: the node's pods together, one for each
 * class of service, each pod, each container. `memory.high` and `memory.min` stay as they are: MemoryQoS is off.
 */
export function cgroupTree(
  pods: readonly { readonly pod: Pod; readonly containers: ReadonlyMap<string, string> }[],
  node: { readonly milliCpu: number; readonly allocatableMemory: number; readonly memory: number },
): CgroupDirectory[] {
  let burstable = 0;
  for (const { pod } of pods) if (qosOf(pod) === 'Burstable') burstable += podRequests(pod).get('cpu') ?? 0;
  const tree: CgroupDirectory[] = [
    {
      path: '/kubepods.slice',
      files: { 'cpu.weight': weight(cpuShares(node.milliCpu)), 'memory.max': String(node.allocatableMemory) },
    },
    { path: '/kubepods.slice/kubepods-besteffort.slice', files: { 'cpu.weight': weight(2) } },
    { path: '/kubepods.slice/kubepods-burstable.slice', files: { 'cpu.weight': weight(cpuShares(burstable)) } },
  ];
  for (const { pod, containers } of pods) {
    const path = podCgroupParent(pod.metadata.uid, qosOf(pod));
    tree.push({ path, files: podFiles(pod) });
    for (const [name, id] of containers) {
      const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((one) => one.name === name);
      if (container === undefined) continue;
      const {
        cpuShares: shares = 2,
        cpuQuota: quota = 0,
        memoryLimitInBytes = 0,
      } = containerResources(pod, container, node.memory);
      tree.push({
        path: `${path}/cri-containerd-${id}.scope`,
        files: {
          'cpu.max': quota > 0 ? `${quota} ${PERIOD}` : `max ${PERIOD}`,
          'cpu.weight': weight(shares),
          'memory.max': memoryLimitInBytes > 0 ? String(memoryLimitInBytes) : 'max',
          'memory.oom.group': '1',
        },
      });
    }
  }
  return tree.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** ResourceConfigForPod: limits hold for a pod as a whole only when every container has one. */
function podFiles(pod: Pod): Record<string, string> {
  const quota = cpuQuota(podLimit(pod, milliCpuOf));
  const memory = podMemoryLimit(pod);
  return {
    'cpu.max': quota > 0 ? `${quota} ${PERIOD}` : `max ${PERIOD}`,
    'cpu.weight': weight(cpuShares(podRequests(pod).get('cpu') ?? 0)),
    'memory.max': memory > 0 ? String(memory) : 'max',
  };
}

function weight(shares: number): string {
  return String(cpuWeight(shares));
}
