import type { Micros } from '../../engine/index.ts';
import type { ContainerMetadata } from './container.ts';

export interface ContainerStats {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly timestamp: Micros;
  readonly cpu: { readonly usageCoreNanoSeconds: number; readonly usageNanoCores: number };
  readonly memory: { readonly workingSetBytes: number; readonly usageBytes: number; readonly availableBytes: number };
  readonly writableLayer: { readonly usedBytes: number; readonly inodesUsed: number };
  readonly logBytes: number;
  /** cgroup `cpu.stat`: periods in which the container was held back, and for how long. */
  readonly throttling: {
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledMicros: number;
  };
}
