import { objectKey, type Pod } from '../api/objects.ts';
import { isNotFound } from '../api/status.ts';
import { formatTime, parseTime, SECOND } from '../engine/index.ts';
import { nodes } from '../resources/node.ts';
import { pods } from '../resources/pod.ts';
import type { ControllerDefinition } from './controller.ts';
import { withCondition } from './shared/conditions.ts';
import { indexByNode, podsOn } from './shared/node-pods.ts';
import { isPodTerminal, isTerminating } from './shared/pods.ts';

const PERIOD = 20 * SECOND;
/** How long a node must have been gone before its pods are taken for lost (quarantineTime). */
const QUARANTINE = 40 * SECOND;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/**
 * The pod garbage collector (pkg/controller/podgc): removes pods that no kubelet will: of nodes that are gone or declared out of
 * service, deleted before they were ever scheduled, and ended ones beyond a threshold, the oldest first.
 */
export const podGCController: ControllerDefinition = {
  name: 'pod-garbage-collector-controller',
  serviceAccount: 'pod-garbage-collector',
  setUp(context) {
    const { engine, client, informers, settings } = context;
    const podInformer = indexByNode(informers.for(pods));
    const nodeInformer = informers.for(nodes);
    /** Nodes that were deleted, and when. */
    const lost = new Map<string, number>();
    const ended = new Map<string, Pod>();
    const unscheduled = new Map<string, Pod>();

    const note = (pod: Pod) => {
      const key = objectKey(pod);
      if (isPodTerminal(pod)) ended.set(key, pod);
      if (isTerminating(pod) && (pod.spec.nodeName ?? '') === '') unscheduled.set(key, pod);
      const { nodeName = '' } = pod.spec;
      if (nodeName !== '' && nodeInformer.get(undefined, nodeName) === undefined && !lost.has(nodeName)) {
        lost.set(nodeName, engine.now);
      }
    };
    podInformer.addHandler({
      added: note,
      updated: note,
      deleted(pod) {
        ended.delete(objectKey(pod));
        unscheduled.delete(objectKey(pod));
      },
    });
    nodeInformer.addHandler({
      added: ({ metadata }) => lost.delete(metadata.name),
      deleted: ({ metadata }) => lost.set(metadata.name, engine.now),
    });
    context.every(PERIOD, () => {
      collectEnded();
      collectOrphans();
      collectOutOfService();
      for (const pod of [...unscheduled.values()]) remove(pod);
    });

    function collectEnded(): void {
      const surplus = ended.size - settings.terminatedPodGCThreshold;
      if (settings.terminatedPodGCThreshold <= 0 || surplus <= 0) return;
      const oldest = [...ended.values()].sort(
        (a, b) => (parseTime(a.metadata.creationTimestamp) ?? 0) - (parseTime(b.metadata.creationTimestamp) ?? 0),
      );
      for (const pod of oldest.slice(0, surplus)) remove(pod);
    }

    function collectOrphans(): void {
      for (const [node, since] of [...lost]) {
        if (engine.now - since < QUARANTINE) continue;
        const orphans = podsOn(podInformer, node);
        for (const pod of orphans) remove(pod, 'PodGC: node no longer exists');
        if (orphans.length === 0) lost.delete(node);
      }
    }

    function collectOutOfService(): void {
      for (const node of nodeInformer.list()) {
        if (node.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) !== true) continue;
        const ready = node.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
        if (ready) continue;
        for (const pod of podsOn(podInformer, node.metadata.name)) {
          if (isTerminating(pod)) remove(pod, 'PodGC: node no longer exists');
        }
      }
    }

    /** Deletes a pod by force, since nobody is there to end it gracefully. One that had not ended is failed first. */
    function remove(pod: Pod, why?: string): void {
      const { namespace, name, uid } = pod.metadata;
      engine.asWork(() => {
        try {
          if (why !== undefined && !isPodTerminal(pod)) {
            const conditions = withCondition(pod.status.conditions, {
              type: 'DisruptionTarget',
              status: 'True',
              reason: 'DeletionByPodGC',
              message: why,
              lastTransitionTime: formatTime(engine.now),
            });
            client.patch(pods, namespace, name, 'merge', { status: { phase: 'Failed', conditions } }, 'status');
          }
          client.delete(pods, namespace, name, { gracePeriodSeconds: 0, uid });
        } catch (error) {
          if (!isNotFound(error))
            engine.emit('reconcile', 'pod-garbage-collector-controller', { key: objectKey(pod), error: String(error) });
        }
      });
    }
  },
};
