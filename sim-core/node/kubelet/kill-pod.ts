import type { Container } from 'kubernetes-types/core/v1';
import { type Coroutine, SECOND } from '../../engine/index.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import type { PodWorker } from './pod-worker.ts';
import { runAll } from './run-all.ts';
import { isRunning, isSidecar, readRuntime } from './runtime-view.ts';
import { killContainer } from './start-container.ts';

/**
 * Ends everything of a pod within `grace` seconds: its containers side by side, then its sidecars, the last one first, then
 * its sandboxes (killPodWithSyncResult, terminationOrdering).
 */
export function* killPod(kubelet: KubeletParts, worker: PodWorker, grace: number): Coroutine {
  const { engine, runtime } = kubelet;
  const started = engine.now;
  const view = readRuntime(runtime, worker.sandboxes, worker.containers);
  const { containers, initContainers = [], ephemeralContainers = [] } = worker.pod.spec;
  const running = (container: Container) =>
    view.containers.filter((one) => one.metadata.name === container.name && isRunning(one));
  const regular = [...containers, ...initContainers.filter((one) => !isSidecar(one)), ...ephemeralContainers];
  yield* runAll(
    engine,
    (regular as Container[]).flatMap((container) =>
      running(container).map(({ id }) => killContainer(kubelet, worker, container, id, grace)),
    ),
  );
  for (const container of initContainers.filter(isSidecar).reverse()) {
    for (const { id } of running(container)) {
      const left = grace - Math.floor((engine.now - started) / SECOND);
      yield* killContainer(kubelet, worker, container, id, left);
    }
  }
  for (const { id } of view.sandboxes) yield* runtime.stopPodSandbox(id);
}
