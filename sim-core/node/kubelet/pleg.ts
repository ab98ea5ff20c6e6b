import { type Engine, type Micros, SECOND, type Timer } from '../../engine/index.ts';
import type { ContainerEvent, RuntimeService } from '../cri/runtime-service.ts';
import type { PodWorker } from './pod-worker.ts';

const RELIST_PERIOD: Micros = SECOND;

/**
 * Notices what became of containers: the pod lifecycle event generator. Upstream lists all containers each second and
 * compares; here the runtime's events say what that list would show, and pods are looked at on the same seconds.
 */
export class Pleg {
  private readonly engine: Engine;
  private readonly runtime: RuntimeService;
  private readonly workerOf: (podUid: string) => PodWorker | undefined;
  private readonly startedAt: Micros;
  private readonly changed = new Map<PodWorker, number>();
  private relist: Timer | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(engine: Engine, runtime: RuntimeService, workerOf: (podUid: string) => PodWorker | undefined) {
    this.engine = engine;
    this.runtime = runtime;
    this.workerOf = workerOf;
    this.startedAt = engine.now;
  }

  start(): void {
    this.unsubscribe = this.runtime.getContainerEvents((event) => this.note(event));
  }

  stop(): void {
    this.unsubscribe?.();
    this.engine.cancel(this.relist);
    this.changed.clear();
  }

  /** Virtual time of the next list of all containers. */
  nextRelist(): Micros {
    const { now } = this.engine;
    return now + RELIST_PERIOD - ((now - this.startedAt) % RELIST_PERIOD);
  }

  private note({ type, containerId, podSandboxId, podUid }: ContainerEvent): void {
    const worker = this.workerOf(podUid);
    if (worker === undefined) return;
    if (type === 'CONTAINER_CREATED_EVENT') {
      if (containerId === podSandboxId) worker.knowSandbox(containerId);
      else worker.knowContainer(containerId);
    }
    if (type === 'CONTAINER_DELETED_EVENT' || type === 'CONTAINER_CREATED_EVENT') return;
    const { engine } = this;
    this.changed.set(worker, engine.cause);
    if (this.relist?.run !== undefined) {
      if (this.relist.kind === 'work' || engine.kind === 'background') return;
      engine.cancel(this.relist);
    }
    this.relist = engine.at(this.nextRelist(), () => {
      const workers = [...this.changed];
      this.changed.clear();
      for (const [changed, cause] of workers) engine.because(cause, () => changed.sync());
    });
  }
}
