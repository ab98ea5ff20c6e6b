import type { Coroutine } from '../../engine/index.ts';
import { killPod } from './kill-pod.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import { terminatedStatus } from './pod-status.ts';
import type { PodWorker } from './pod-worker.ts';
import { statusOf, viewOf } from './sync-pod.ts';

/** Ends a pod: its containers, its sandbox, its volumes; then tells its final status (SyncTerminatingPod, SyncTerminatedPod). */
export function* terminatePod(kubelet: KubeletParts, worker: PodWorker): Coroutine {
  const { engine, statuses, probes } = kubelet;
  if (engine.trace.enabled) {
    engine.cause = engine.emit('podSync', kubelet.actor, worker.trace(['kill pod']));
  }
  statuses.set(worker, statusOf(kubelet, worker, viewOf(kubelet, worker), false));
  probes.stopLiveness(worker);
  yield* killPod(kubelet, worker, worker.graceLeft);
  probes.remove(worker);

  const view = viewOf(kubelet, worker);
  const known = new Set(view.containers.map(({ metadata }) => metadata.name));
  const status = terminatedStatus(statusOf(kubelet, worker, view, true), known);
  if (status.phase !== 'Succeeded' && status.phase !== 'Failed') status.phase = 'Failed';
  worker.volumes?.unmountAll();
  worker.volumes = undefined;
  statuses.set(worker, status, true);
  worker.terminated();
}
