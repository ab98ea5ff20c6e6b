import { type Engine, type Micros, SECOND } from '../../engine/index.ts';
import type { KubeletConfiguration } from './configuration.ts';
import type { Verdict } from './pod-status.ts';
import type { PodWorker } from './pod-worker.ts';
import { SYSTEM_CRITICAL_PRIORITY } from './resources.ts';

/** Why pods end when their node does. */
export const SHUTDOWN: Verdict = {
  reason: 'Terminated',
  message: 'Pod was terminated in response to imminent node shutdown.',
  disruption: true,
};

/**
 * Ends a node's pods before it goes down: ordinary ones first, then critical ones, each in the time that shutdownGracePeriod leaves them, or in
 * their own where that is shorter; then calls `done` (nodeshutdown.podManager.killPods).
 */
export function endPodsInOrder(
  engine: Engine,
  workers: readonly PodWorker[],
  { shutdownGracePeriod: whole, shutdownGracePeriodCriticalPods: critical }: KubeletConfiguration,
  done: () => void,
): void {
  const isCritical = ({ pod }: PodWorker) => (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY;
  const ordinary = workers.filter((worker) => !isCritical(worker));
  endAll(engine, ordinary, whole - critical, () => endAll(engine, workers.filter(isCritical), critical, done));
}

function endAll(engine: Engine, workers: readonly PodWorker[], period: Micros, then: () => void): void {
  const deadline = engine.now + period;
  for (const worker of workers) {
    const own = worker.pod.spec.terminationGracePeriodSeconds ?? 30;
    worker.terminate({ grace: Math.min(own, Math.floor(period / SECOND)), verdict: SHUTDOWN });
  }
  const look = () => {
    if (engine.now >= deadline || workers.every(({ phase }) => phase === 'terminated')) then();
    else engine.after(Math.min(SECOND, deadline - engine.now), look);
  };
  look();
}
