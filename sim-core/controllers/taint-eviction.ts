import type { Taint } from 'kubernetes-types/core/v1';
import { type Node, objectKey, type Pod } from '../api/objects.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import { formatTime, type Micros, SECOND, type Timer } from '../engine/index.ts';
import { nodes } from '../resources/node.ts';
import { pods } from '../resources/pod.ts';
import type { ControllerDefinition } from './controller.ts';
import { withCondition } from './shared/conditions.ts';
import { indexByNode, podsOn } from './shared/node-pods.ts';
import { isPodTerminal, isTerminating } from './shared/pods.ts';
import { tolerates, untolerated } from './shared/taints.ts';

interface Eviction {
  readonly timer: Timer;
  /** When the pod was first seen to be in the way of a taint: tolerationSeconds count from then. */
  readonly since: Micros;
  readonly at: Micros;
}

/**
 * The taint eviction controller (pkg/controller/tainteviction): deletes pods from nodes with NoExecute taints that they do not
 * tolerate, at once, or after the seconds for which they tolerate them.
 */
export const taintEvictionController: ControllerDefinition = {
  name: 'taint-eviction-controller',
  serviceAccount: 'node-controller',
  setUp(context) {
    const { engine, client, informers, events } = context;
    const nodeInformer = informers.for(nodes);
    const podInformer = indexByNode(informers.for(pods));
    const scheduled = new Map<string, Eviction>();
    const queue = context.queue({ reconcile });

    podInformer.addHandler({
      added: (pod) => enqueue(pod),
      updated(pod, old) {
        if (pod.spec.nodeName !== old.spec.nodeName || pod.spec.tolerations !== old.spec.tolerations) enqueue(pod);
        else if (isPodTerminal(pod) || isTerminating(pod)) cancel(objectKey(pod), undefined);
      },
      deleted: (pod) => cancel(objectKey(pod), undefined),
    });
    const hasTaints = (node: Node) => noExecute(node).length > 0;
    nodeInformer.addHandler({
      added: (node) => hasTaints(node) && recheck(node),
      updated(node, old) {
        if (node.spec.taints !== old.spec.taints && (hasTaints(node) || hasTaints(old))) recheck(node);
      },
    });

    function enqueue(pod: Pod): void {
      const node = pod.spec.nodeName === undefined ? undefined : nodeInformer.get(undefined, pod.spec.nodeName);
      if (node !== undefined && hasTaints(node)) queue.add(objectKey(pod));
    }

    function recheck(node: Node): void {
      for (const pod of podsOn(podInformer, node.metadata.name)) queue.add(objectKey(pod));
    }

    function reconcile(key: string): void {
      const pod = podInformer.getByKey(key);
      if (pod === undefined || isTerminating(pod) || isPodTerminal(pod)) {
        cancel(key, undefined);
        return;
      }
      const node = nodeInformer.get(undefined, pod.spec.nodeName ?? '');
      const taints = node === undefined ? [] : noExecute(node);
      const wait = taints.length === 0 ? undefined : toleratedFor(pod, taints);
      if (wait === undefined) {
        cancel(key, pod);
        return;
      }
      if (wait <= 0) {
        cancel(key, undefined);
        evict(key);
        return;
      }
      const before = scheduled.get(key);
      const since = before?.since ?? engine.now;
      const at = since + wait;
      if (before !== undefined && before.at <= at) return;
      if (before !== undefined) engine.cancel(before.timer);
      const timer = context.later(at - engine.now, () =>
        engine.asWork(() => {
          scheduled.delete(key);
          evict(key);
        }),
      );
      scheduled.set(key, { timer, since, at });
    }

    function cancel(key: string, pod: Pod | undefined): void {
      const eviction = scheduled.get(key);
      if (eviction === undefined) return;
      scheduled.delete(key);
      engine.cancel(eviction.timer);
      if (pod !== undefined) events.normal(pod, 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
    }

    function evict(key: string): void {
      const pod = podInformer.getByKey(key);
      if (pod === undefined) return;
      const { namespace, name, uid } = pod.metadata;
      events.normal(pod, 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
      try {
        const live = client.get(pods, namespace, name);
        const conditions = withCondition(live.status.conditions, {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByTaintManager',
          message: 'Taint manager: deleting due to NoExecute taint',
          lastTransitionTime: formatTime(engine.now),
        });
        client.updateStatus(pods, { ...live, status: { ...live.status, conditions } });
        client.delete(pods, namespace, name, { uid });
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error)) throw error;
        queue.add(key);
      }
    }
  },
};

function noExecute({ spec }: Node): Taint[] {
  return (spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}

/** How long the pod may stay, microseconds: 0 when it does not tolerate all taints, undefined when it may stay for ever. */
function toleratedFor(pod: Pod, taints: readonly Taint[]): Micros | undefined {
  const { tolerations = [] } = pod.spec;
  if (untolerated(taints, tolerations) !== undefined) return 0;
  const used = tolerations.filter((toleration) => taints.some((taint) => tolerates(toleration, taint)));
  const limits = used.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [tolerationSeconds]));
  if (limits.length === 0) return undefined;
  return Math.max(0, Math.min(...limits)) * SECOND;
}
