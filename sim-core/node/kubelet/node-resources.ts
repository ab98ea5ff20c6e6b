import { quantity } from '../../api/quantity.ts';
import type { Machine } from '../../images/process.ts';

const MEBI = 1024 * 1024;
/** evictionHard of the kubelet's defaults: what pods can never have. */
export const EVICTION_MEMORY = 100 * MEBI;
export const EVICTION_DISK_PERCENT = 10;
export const EVICTION_IMAGE_DISK_PERCENT = 15;
export const EVICTION_INODES_PERCENT = 5;
/** Inodes of the node's file system: one for each 16 KiB, as mkfs.ext4 makes them. */
const BYTES_PER_INODE = 16 * 1024;

export interface NodeResources {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Allocatable in a pod's units: thousandths of a core, bytes, pieces. */
  readonly amounts: ReadonlyMap<string, number>;
}

/** What a machine has, and what of it pods can have: less is what evictions would start at (cm.GetNodeAllocatable). */
export function nodeResources(machine: Machine, diskBytes: number, maxPods: number): NodeResources {
  const memory = Math.floor(machine.memory / 1024);
  const disk = Math.floor(diskBytes / 1024);
  const allocatableMemory = Math.floor((machine.memory - EVICTION_MEMORY) / 1024);
  const allocatableDisk = Math.floor((diskBytes * (100 - EVICTION_DISK_PERCENT)) / 100);
  const common = { cpu: String(machine.cpus), 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', pods: String(maxPods) };
  const capacity = { ...common, 'ephemeral-storage': `${disk}Ki`, memory: `${memory}Ki` };
  const allocatable = { ...common, 'ephemeral-storage': String(allocatableDisk), memory: `${allocatableMemory}Ki` };
  const amounts = new Map(
    Object.entries(allocatable).map(([name, text]) => [
      name,
      name === 'cpu' ? quantity(text).milliValue() : quantity(text).value(),
    ]),
  );
  return { capacity, allocatable, amounts };
}

export function inodeCapacity(diskBytes: number): number {
  return Math.floor(diskBytes / BYTES_PER_INODE);
}
