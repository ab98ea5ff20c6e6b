import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { Quantity } from '../../api/quantity.ts';
import { type Micros, SECOND, type Timer } from '../../engine/index.ts';
import type { Space } from '../../images/file-node.ts';
import type { EvictionThreshold } from './configuration.ts';
import { podSubject } from './event-subject.ts';
import type { ImageCollector } from './image-gc.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import { inodeCapacity, thresholdAmount } from './node-resources.ts';
import type { NodeReporter, Pressure } from './node-status.ts';
import type { PodWorker } from './pod-worker.ts';
import { amountOf, SYSTEM_CRITICAL_PRIORITY } from './resources.ts';
import { readRuntime } from './runtime-view.ts';

const PERIOD: Micros = 10 * SECOND;
/** Pods evicted for hard thresholds get no grace to speak of. */
const GRACE = 1;

type Signal = 'memory' | 'disk';

interface Shortage {
  readonly signal: Signal;
  /** As messages name it: `memory`, `ephemeral-storage`, `inodes`. */
  readonly resource: string;
  readonly threshold: number;
  readonly available: number;
  /** Of whose threshold. */
  readonly soft: boolean;
}

/** What signals are about, in the order in which they are looked at. A node here has one file system, for images too. */
const WATCHED: readonly (readonly [readonly string[], Signal, string])[] = [
  [['memory.available'], 'memory', 'memory'],
  [['nodefs.available', 'imagefs.available'], 'disk', 'ephemeral-storage'],
  [['nodefs.inodesFree', 'imagefs.inodesFree'], 'disk', 'inodes'],
];

export interface EvictionOptions {
  readonly kubelet: KubeletParts;
  readonly disk: Space;
  /** Bytes of memory in use on the node, its own processes included. */
  memoryInUse(): number;
  workers(): Iterable<PodWorker>;
  /** Those of them whose containers or volumes have limits on disk. */
  limited(): Iterable<PodWorker>;
  readonly reporter: () => NodeReporter;
  readonly images: ImageCollector;
}

/** Watches memory and disk of the node; when they run out, takes back what it can, then ends pods one by one (eviction.managerImpl). */
export class EvictionManager {
  private readonly options: EvictionOptions;
  /** When each shortage was last seen. */
  private readonly seen = new Map<Signal, Micros>();
  /** Since when each soft threshold has been met. */
  private readonly metSince = new Map<EvictionThreshold, Micros>();
  private timer: Timer | undefined;

  constructor(options: EvictionOptions) {
    this.options = options;
  }

  /** Conditions of the node, as told to the API. */
  readonly pressure = (): Pressure => ({ memory: this.lasts('memory'), disk: this.lasts('disk'), pid: false });

  start(): void {
    this.timer = this.options.kubelet.engine.background(PERIOD, () => {
      this.start();
      this.synchronize();
    });
  }

  stop(): void {
    this.options.kubelet.engine.cancel(this.timer);
  }

  private lasts(signal: Signal): boolean {
    const at = this.seen.get(signal);
    return (
      at !== undefined &&
      this.options.kubelet.engine.now - at < this.options.kubelet.configuration.evictionPressureTransitionPeriod
    );
  }

  private synchronize(): void {
    const { engine } = this.options.kubelet;
    this.checkLimits();
    const shortage = this.shortage();
    if (shortage === undefined) return;
    engine.asWork(() => this.relieve(shortage));
  }

  /** The first hard threshold that is met; else the first soft one that has been met for long enough. */
  private shortage(): Shortage | undefined {
    const { evictionThresholds } = this.options.kubelet.configuration;
    const hard = this.met(evictionThresholds, false);
    // Soft ones come last.
    const soft = (evictionThresholds.at(-1)?.grace ?? 0) > 0 ? this.met(evictionThresholds, true) : undefined;
    return hard ?? soft;
  }

  private met(thresholds: readonly EvictionThreshold[], soft: boolean): Shortage | undefined {
    let found: Shortage | undefined;
    for (const [names, signal, resource] of WATCHED) {
      // Of two for the same disk, the higher one is met first.
      let threshold = 0;
      const { available, all } = this.measure(resource);
      for (const one of thresholds) {
        if (one.grace > 0 !== soft || !names.includes(one.signal)) continue;
        const amount = thresholdAmount(one, all);
        if (soft && !this.lastsSoft(one, signal, available < amount)) continue;
        threshold = Math.max(threshold, amount);
      }
      if (available < threshold) found ??= { signal, resource, threshold, available, soft };
    }
    return found;
  }

  /** What is left of a resource, and all there is. */
  private measure(resource: string): { available: number; all: number } {
    const { disk, kubelet, memoryInUse } = this.options;
    const { memory } = kubelet.machine;
    if (resource === 'memory') return { available: memory - memoryInUse(), all: memory };
    const { limit, used, inodes } = disk;
    if (!Number.isFinite(limit)) return { available: Number.POSITIVE_INFINITY, all: 0 };
    if (resource === 'ephemeral-storage') return { available: limit - used, all: limit };
    const all = inodeCapacity(limit);
    return { available: all - inodes, all };
  }

  /** Whether a soft threshold has been met for its grace period. The node has its condition from the first moment on. */
  private lastsSoft(threshold: EvictionThreshold, signal: Signal, met: boolean): boolean {
    const { engine } = this.options.kubelet;
    if (!met) {
      this.metSince.delete(threshold);
      return false;
    }
    const since = this.metSince.get(threshold) ?? engine.now;
    this.metSince.set(threshold, since);
    this.seen.set(signal, engine.now);
    this.options.reporter().update();
    return engine.now - since >= threshold.grace;
  }

  private relieve(shortage: Shortage): void {
    const { kubelet, reporter, images } = this.options;
    const { signal, resource } = shortage;
    this.seen.set(signal, kubelet.engine.now);
    reporter().update();
    const what = resource === 'ephemeral-storage' ? 'ephemeral-storage' : resource;
    kubelet.events.warning(reporter().subject, 'EvictionThresholdMet', `Attempting to reclaim ${what}`);
    if (signal === 'disk') {
      this.removeDeadContainers();
      images.deleteUnused();
      const left = this.shortage();
      if (left?.signal !== 'disk') return;
    }
    const victim = this.rank(signal)[0];
    if (victim === undefined) return;
    const most = kubelet.configuration.evictionMaxPodGracePeriod;
    const grace = shortage.soft ? Math.min(victim.pod.spec.terminationGracePeriodSeconds ?? 30, most) : GRACE;
    this.evict(victim, messageOf(kubelet, victim, shortage), grace);
  }

  /** What pods that have ended leave on the disk, for whoever would look at it, goes first (containerGC.DeleteAllUnusedContainers). */
  private removeDeadContainers(): void {
    const { kubelet, workers } = this.options;
    for (const worker of workers()) {
      if (worker.phase !== 'terminated') continue;
      const { containers } = worker;
      worker.containers = [];
      for (const id of containers) kubelet.removeContainer(id);
    }
  }

  /** Candidates, the first to go first: over their requests, of low priority, and by how far over. */
  private rank(signal: Signal): PodWorker[] {
    const { kubelet, workers } = this.options;
    const candidates = [...workers()]
      .filter(
        (worker) => worker.phase === 'syncing' && !worker.isStatic && priorityOf(worker.pod) < SYSTEM_CRITICAL_PRIORITY,
      )
      .map((worker) => {
        const used = usageOf(kubelet, worker, signal);
        const over = used - requestOf(worker.pod, signal);
        return { worker, over };
      });
    candidates.sort(
      (a, b) =>
        Number(b.over > 0) - Number(a.over > 0) ||
        priorityOf(a.worker.pod) - priorityOf(b.worker.pod) ||
        b.over - a.over,
    );
    return candidates.map(({ worker }) => worker);
  }

  /** Pods that took more disk than they themselves said (localStorageEviction). */
  private checkLimits(): void {
    const { kubelet, limited } = this.options;
    for (const worker of limited()) {
      if (worker.phase !== 'syncing') continue;
      const message = exceeded(kubelet, worker);
      if (message !== undefined) kubelet.engine.asWork(() => this.evict(worker, message));
    }
  }

  private evict(worker: PodWorker, message: string, grace = GRACE): void {
    const { events } = this.options.kubelet;
    events.warning(podSubject(worker.pod), 'Evicted', message);
    worker.terminate({ grace, verdict: { reason: 'Evicted', message, disruption: true } });
  }
}

function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

const resourceOf = (signal: Signal) => (signal === 'memory' ? 'memory' : 'ephemeral-storage');

function requestOf({ spec }: Pod, signal: Signal): number {
  return spec.containers.reduce((sum, { resources }) => sum + amountOf(resources?.requests, resourceOf(signal)), 0);
}

function bytes(amount: number): string {
  return Quantity.of(Math.max(0, Math.floor(amount)), 'BinarySI').toString();
}

function usages(kubelet: KubeletParts, worker: PodWorker, signal: Signal): Map<string, number> {
  const found = new Map<string, number>();
  for (const { id, state, metadata } of readRuntime(kubelet.runtime, [], worker.containers).containers) {
    if (state !== 'CONTAINER_RUNNING' && signal === 'memory') continue;
    const { memory, writableLayer, logBytes } = kubelet.runtime.containerStats(id);
    const used = signal === 'memory' ? memory.workingSetBytes : writableLayer.usedBytes + logBytes;
    found.set(metadata.name, (found.get(metadata.name) ?? 0) + used);
  }
  return found;
}

function usageOf(kubelet: KubeletParts, worker: PodWorker, signal: Signal): number {
  let total = 0;
  for (const used of usages(kubelet, worker, signal).values()) total += used;
  for (const [, usage] of worker.volumes?.usages() ?? []) {
    if (usage.memory === (signal === 'memory')) total += usage.bytes;
  }
  return total;
}

/** evictionMessage */
function messageOf(
  kubelet: KubeletParts,
  worker: PodWorker,
  { signal, resource, threshold, available }: Shortage,
): string {
  const amount = (value: number) => (resource === 'inodes' ? String(value) : bytes(value));
  let text = `The node was low on resource: ${resource}. Threshold quantity: ${amount(threshold)}, available: ${amount(available)}. `;
  const used = usages(kubelet, worker, signal);
  for (const { name, resources } of worker.pod.spec.containers) {
    const usage = used.get(name);
    const request = amountOf(resources?.requests, resourceOf(signal));
    if (usage === undefined || usage <= request) continue;
    text += `Container ${name} was using ${bytes(usage)}, request is ${bytes(request)}, has larger consumption of ${resource}. `;
  }
  return text;
}

function storageLimit({ resources }: Container): number {
  return amountOf(resources?.limits, 'ephemeral-storage');
}

/** Whether a pod limits the disk that it may use. */
export function limitsStorage({ spec }: Pod): boolean {
  return (
    spec.containers.some((container) => container.resources?.limits?.['ephemeral-storage'] !== undefined) ||
    spec.volumes?.some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) === true
  );
}

function exceeded(kubelet: KubeletParts, worker: PodWorker): string | undefined {
  const { containers } = worker.pod.spec;
  let volumes = 0;
  for (const [name, { bytes: used, limit, memory }] of worker.volumes?.usages() ?? []) {
    if (limit > 0 && used > limit) return `Usage of EmptyDir volume "${name}" exceeds the limit "${bytes(limit)}". `;
    if (!memory) volumes += used;
  }
  const used = usages(kubelet, worker, 'disk');
  let total = volumes;
  let limit = 0;
  for (const container of containers) {
    const usage = used.get(container.name) ?? 0;
    const own = storageLimit(container);
    if (own > 0 && usage > own) {
      return `Container ${container.name} exceeded its local ephemeral storage limit "${bytes(own)}". `;
    }
    total += usage;
    limit += own;
  }
  if (containers.every((container) => storageLimit(container) > 0) && total > limit) {
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${bytes(limit)}. `;
  }
  return undefined;
}
