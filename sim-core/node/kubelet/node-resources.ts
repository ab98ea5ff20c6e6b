import { Quantity, quantity } from '../../api/quantity.ts';
import type { Machine } from '../../images/process.ts';
import type { EvictionThreshold, KubeletConfiguration } from './configuration.ts';

/** Inodes of the node's file system: one for each 16 KiB, as mkfs.ext4 makes them. */
const BYTES_PER_INODE = 16 * 1024;

export interface NodeResources {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Allocatable in a pod's units: thousandths of a core, bytes, pieces. */
  readonly amounts: ReadonlyMap<string, number>;
}

/** What has to be left of so much, bytes or inodes (evictionapi.GetThresholdQuantity). */
export function thresholdAmount({ value }: EvictionThreshold, all: number): number {
  return 'amount' in value ? value.amount : Math.floor((all * value.percent) / 100);
}

/** Where evictions of a signal start, whatever else: 0 for nowhere. */
export function hardThreshold(thresholds: readonly EvictionThreshold[], signal: string, all: number): number {
  const threshold = thresholds.find((one) => one.signal === signal && one.grace === 0);
  return threshold === undefined ? 0 : thresholdAmount(threshold, all);
}

/** What a machine has, and what of it pods can have: less is what is reserved, and what evictions would start at (cm.GetNodeAllocatable). */
export function nodeResources(machine: Machine, diskBytes: number, configuration: KubeletConfiguration): NodeResources {
  const { maxPods, podsPerCore, evictionThresholds, kubeReserved, systemReserved } = configuration;
  const pods = podsPerCore > 0 ? Math.min(podsPerCore * machine.cpus, maxPods) : maxPods;
  const hard = (signal: string, all: number) => hardThreshold(evictionThresholds, signal, all);
  const reserved = (name: string, unit: 'value' | 'milliValue') =>
    [kubeReserved, systemReserved].reduce((sum, { [name]: text }) => sum + (text ? quantity(text)[unit]() : 0), 0);
  const memory = machine.memory - hard('memory.available', machine.memory) - reserved('memory', 'value');
  const disk = diskBytes - hard('nodefs.available', diskBytes) - reserved('ephemeral-storage', 'value');
  const cpu = Quantity.ofMilli(Math.max(0, machine.cpus * 1000 - reserved('cpu', 'milliValue')));
  const common = { cpu: String(machine.cpus), 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', pods: String(pods) };
  const capacity = {
    ...common,
    'ephemeral-storage': `${Math.floor(diskBytes / 1024)}Ki`,
    memory: `${Math.floor(machine.memory / 1024)}Ki`,
  };
  const allocatable = {
    ...common,
    cpu: cpu.toString(),
    'ephemeral-storage': String(Math.max(0, disk)),
    memory: `${Math.max(0, Math.floor(memory / 1024))}Ki`,
  };
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
