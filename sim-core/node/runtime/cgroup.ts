import type { Engine, Micros } from '../../engine/index.ts';
import type { LinuxContainerResources } from '../cri/linux.ts';

const DEFAULT_PERIOD = 100_000;

/** Whose processes they are. */
export interface CgroupOwner {
  /** The memory limit has been passed. */
  killForMemory(): void;
}

/**
 * A container's cgroup: what its processes use, held to its limits. Usage is a rate that changes when a process says so and
 * is integrated when someone looks: no event passes for it.
 */
export class Cgroup {
  /** Bytes in use. */
  memory = 0;
  /** Most bytes ever in use: `memory.peak`. */
  memoryPeak = 0;
  oomKills = 0;
  resources: LinuxContainerResources;
  private readonly engine: Engine;
  private readonly cpus: number;
  private readonly owner: CgroupOwner | undefined;
  private demand = 0;
  private used = 0;
  private throttled = 0;
  private throttledPeriods = 0;
  private periods = 0;
  private since: Micros;

  constructor(engine: Engine, cpus: number, resources: LinuxContainerResources, owner?: CgroupOwner) {
    this.engine = engine;
    this.cpus = cpus;
    this.resources = resources;
    this.owner = owner;
    this.since = engine.now;
  }

  get memoryLimit(): number {
    const limit = this.resources.memoryLimitInBytes ?? 0;
    return limit > 0 ? limit : Number.POSITIVE_INFINITY;
  }

  get period(): number {
    const { cpuPeriod = 0 } = this.resources;
    return cpuPeriod > 0 ? cpuPeriod : DEFAULT_PERIOD;
  }

  /** Thousandths of a core it may use. */
  get cpuLimit(): number {
    const quota = this.resources.cpuQuota ?? 0;
    const all = this.cpus * 1000;
    return quota > 0 ? Math.min((quota * 1000) / this.period, all) : all;
  }

  /** Thousandths of a core in use now. */
  get milliCpu(): number {
    return Math.min(this.demand, this.cpuLimit);
  }

  /** Core-microseconds used so far: `cpu.stat` usage_usec. */
  get usage(): Micros {
    this.integrate();
    return Math.floor(this.used);
  }

  get throttling(): { periods: number; throttledPeriods: number; throttledMicros: number } {
    this.integrate();
    return {
      periods: Math.floor(this.periods),
      throttledPeriods: Math.floor(this.throttledPeriods),
      throttledMicros: Math.floor(this.throttled),
    };
  }

  /** How much longer than on an idle core work takes now, at least 1. */
  slowdown(extra: number): number {
    return Math.max(1, (this.demand + extra) / this.cpuLimit);
  }

  changeCpu(difference: number): void {
    if (difference === 0) return;
    this.integrate();
    this.demand += difference;
  }

  /** CPU time spent in an instant too short to be seen. */
  charge(micros: number): void {
    this.used += micros;
  }

  changeMemory(difference: number): void {
    this.memory += difference;
    if (this.memory > this.memoryPeak) this.memoryPeak = this.memory;
    if (difference > 0 && this.memory > this.memoryLimit) {
      this.oomKills++;
      this.owner?.killForMemory();
    }
  }

  /** New limits. A memory limit below what is in use kills, as writing memory.max does when nothing can be reclaimed. */
  update(resources: LinuxContainerResources): void {
    this.integrate();
    this.resources = { ...this.resources, ...resources };
    if (this.memory > this.memoryLimit) {
      this.oomKills++;
      this.owner?.killForMemory();
    }
  }

  private integrate(): void {
    const elapsed = this.engine.now - this.since;
    this.since = this.engine.now;
    if (elapsed <= 0 || this.demand === 0) return;
    const limit = this.cpuLimit;
    this.used += (Math.min(this.demand, limit) * elapsed) / 1000;
    if ((this.resources.cpuQuota ?? 0) <= 0) return;
    this.periods += elapsed / this.period;
    if (this.demand > limit) {
      this.throttledPeriods += elapsed / this.period;
      this.throttled += ((this.demand - limit) * elapsed) / 1000;
    }
  }
}
