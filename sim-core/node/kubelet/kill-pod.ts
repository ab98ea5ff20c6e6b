import type { Container } from 'kubernetes-types/core/v1';
import { type Coroutine, type Engine, SECOND, suspend } from '../../engine/index.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import type { PodWorker } from './pod-worker.ts';
import { runAll } from './run-all.ts';
import { isRunning, isSidecar, readRuntime } from './runtime-view.ts';
import { killContainer } from './start-container.ts';

/** In which order containers are stopped: a sidecar after all regular containers and the sidecars behind it (terminationOrdering). */
class TerminationOrder {
  private readonly engine: Engine;
  private readonly alive: Set<string>;
  private readonly waiting = new Set<() => void>();

  constructor(engine: Engine, names: Iterable<string>) {
    this.engine = engine;
    this.alive = new Set(names);
  }

  ended(name: string): void {
    this.alive.delete(name);
    for (const look of [...this.waiting]) look();
  }

  /** Waits until others have ended, for at most so many seconds; answers how many it took. */
  *wait(others: readonly string[], seconds: number): Coroutine<number> {
    const { engine } = this;
    const started = engine.now;
    const over = () => !others.some((name) => this.alive.has(name));
    if (!over()) {
      yield* suspend<void>((resume) => {
        const end = () => {
          engine.cancel(timer);
          this.waiting.delete(look);
        };
        const look = () => {
          if (!over()) return;
          end();
          resume();
        };
        const timer = engine.after(seconds * SECOND, () => {
          end();
          resume();
        });
        this.waiting.add(look);
        return end;
      });
    }
    return Math.floor((engine.now - started) / SECOND);
  }
}

/**
 * Ends everything of a pod within `grace` seconds: all containers are told at once, sidecars are stopped in their turn; then its
 * sandboxes (killPodWithSyncResult).
 */
export function* killPod(kubelet: KubeletParts, worker: PodWorker, grace: number): Coroutine {
  const { engine, runtime } = kubelet;
  const view = readRuntime(runtime, worker.sandboxes, worker.containers);
  const { containers, initContainers = [], ephemeralContainers = [] } = worker.pod.spec;
  const sidecars = initContainers.filter(isSidecar);
  const regular = [...containers, ...initContainers.filter((one) => !isSidecar(one)), ...ephemeralContainers];
  const running = ([...regular, ...sidecars.toReversed()] as Container[]).flatMap((container) =>
    view.containers
      .filter((one) => one.metadata.name === container.name && isRunning(one))
      .map(({ id }) => ({ container, id })),
  );
  const order = new TerminationOrder(
    engine,
    running.map(({ container }) => container.name),
  );
  function* kill({ container, id }: { container: Container; id: string }): Coroutine {
    const place = sidecars.indexOf(container);
    const before = place < 0 ? [] : [...regular, ...sidecars.slice(place + 1)].map(({ name }) => name);
    const turn = place < 0 ? undefined : (left: number) => order.wait(before, left);
    yield* killContainer(kubelet, worker, container, id, grace, undefined, turn);
    order.ended(container.name);
  }
  yield* runAll(engine, running.map(kill));
  for (const { id } of view.sandboxes) yield* runtime.stopPodSandbox(id);
}
