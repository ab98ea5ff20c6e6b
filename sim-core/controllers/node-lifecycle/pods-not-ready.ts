import type { Pod } from '../../api/objects.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { formatTime } from '../../engine/index.ts';
import { pods } from '../../resources/pod.ts';
import type { ControllerContext } from '../controller.ts';
import { podCondition } from '../shared/pods.ts';

/**
 * Pods of a node that went silent count as not ready, so that Services stop sending to them (nodeutil.MarkPodsNotReady). Their
 * phase stays: nobody knows what became of them.
 */
export function markPodsNotReady({ client, events, engine }: ControllerContext, affected: readonly Pod[]): void {
  const lastTransitionTime = formatTime(engine.now);
  for (const pod of affected) {
    const ready = podCondition(pod, 'Ready');
    if (ready?.status !== 'True') continue;
    const conditions = pod.status.conditions!.map((condition) =>
      condition === ready ? { ...condition, status: 'False', lastTransitionTime } : condition,
    );
    try {
      client.updateStatus(pods, { ...pod, status: { ...pod.status, conditions } });
    } catch (error) {
      // It went, or its kubelet is not so silent after all.
      if (!isNotFound(error) && !isConflict(error)) throw error;
      continue;
    }
    events.warning(pod, 'NodeNotReady', 'Node is not ready');
  }
}
