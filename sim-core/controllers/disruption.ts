import type { Condition } from 'kubernetes-types/meta/v1';
import { deepEqual } from '../api/equality.ts';
import { scaledValue } from '../api/int-or-string.ts';
import { controllerOf, objectKey, type Pod, type PodDisruptionBudget } from '../api/objects.ts';
import { formatLabelSelector, labelSelectorAsSelector } from '../api/selector.ts';
import { StatusError } from '../api/status.ts';
import { formatTime, MINUTE, parseTime } from '../engine/index.ts';
import { deployments } from '../resources/deployment.ts';
import { pods } from '../resources/pod.ts';
import { podDisruptionBudgets } from '../resources/pod-disruption-budget.ts';
import { replicaSets } from '../resources/replica-set.ts';
import { replicationControllers } from '../resources/replication-controller.ts';
import { statefulSets } from '../resources/stateful-set.ts';
import type { ControllerDefinition } from './controller.ts';
import { resolveOwner } from './shared/ownership.ts';
import { indexByLabel, podsMatching } from './shared/pod-labels.ts';
import { isPodReady, isPodTerminal, isTerminating } from './shared/pods.ts';
import { updateStatus } from './shared/update-status.ts';

/** How long the eviction of a pod is believed in before the pod counts again (DeletionTimeout). */
const DELETION_TIMEOUT = 2 * MINUTE;

/**
 * The disruption controller (pkg/controller/disruption): counts, for every PodDisruptionBudget, how many of its pods are healthy
 * and how many must be. The difference is what the eviction subresource may take away.
 */
export const disruptionController: ControllerDefinition = {
  name: 'disruption-controller',
  eventSource: 'controllermanager',
  setUp(context) {
    const { engine, client, events, informers } = context;
    const budgets = informers.for(podDisruptionBudgets);
    const podInformer = indexByLabel(informers.for(pods));
    const replicaSetInformer = informers.for(replicaSets);
    const sized = {
      Deployment: informers.for(deployments),
      ReplicaSet: replicaSetInformer,
      StatefulSet: informers.for(statefulSets),
      ReplicationController: informers.for(replicationControllers),
    };
    budgets.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
    const queue = context.queue({ reconcile });
    const enqueue = (budget: PodDisruptionBudget) => queue.add(objectKey(budget));
    budgets.addHandler({ added: enqueue, updated: enqueue });
    const enqueueFor = (pod: Pod) => {
      for (const budget of budgets.byIndex('namespace', pod.metadata.namespace ?? '')) {
        if (labelSelectorAsSelector(budget.spec.selector).matches(pod.metadata.labels)) enqueue(budget);
      }
    };
    podInformer.addHandler({
      added: enqueueFor,
      updated(pod, old) {
        enqueueFor(pod);
        if (pod.metadata.labels !== old.metadata.labels) enqueueFor(old);
      },
      deleted: enqueueFor,
    });

    function reconcile(key: string): number {
      const budget = budgets.getByKey(key);
      if (budget === undefined) return 0;
      const { namespace = '' } = budget.metadata;
      const selected = podsMatching(podInformer, namespace, labelSelectorAsSelector(budget.spec.selector));
      if (selected.length === 0) events.normal(budget, 'NoPods', 'No matching pods found');
      try {
        report(key, budget, selected);
      } catch (error) {
        if (!(error instanceof NoController)) throw error;
        fail(budget, error.message);
      }
      return selected.length * 5;
    }

    function report(key: string, budget: PodDisruptionBudget, selected: readonly Pod[]): void {
      const { expected, desired } = goal(budget, selected);
      const { disrupted, recheck } = stillDisrupted(budget, selected);
      if (recheck !== undefined) queue.addAfter(key, recheck);
      const healthy = selected.filter(
        (pod) => !isTerminating(pod) && isPodReady(pod) && disrupted[pod.metadata.name] === undefined,
      ).length;
      const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
      const { disruptedPods: _, ...before } = budget.status;
      const status: PodDisruptionBudget['status'] = {
        ...before,
        currentHealthy: healthy,
        desiredHealthy: desired,
        expectedPods: expected,
        disruptionsAllowed: allowed,
        observedGeneration: budget.metadata.generation ?? 0,
        ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
      };
      setCondition(
        budget,
        status,
        allowed > 0 ? 'True' : 'False',
        allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        '',
      );
      if (!deepEqual(status, budget.status)) updateStatus(client, podDisruptionBudgets, budget, status);
    }

    /** How many pods there should be, and how many of them healthy (getExpectedPodCount). */
    function goal({ spec }: PodDisruptionBudget, selected: readonly Pod[]): { expected: number; desired: number } {
      const { maxUnavailable, minAvailable } = spec;
      if (maxUnavailable !== undefined) {
        const expected = expectedScale(selected);
        return { expected, desired: Math.max(0, expected - scaledValue(maxUnavailable, expected, true)) };
      }
      if (minAvailable === undefined) return { expected: selected.length, desired: 0 };
      if (typeof minAvailable === 'number') return { expected: selected.length, desired: minAvailable };
      const expected = expectedScale(selected);
      return { expected, desired: scaledValue(minAvailable, expected, true) };
    }

    /** The sizes that the pods' controllers are asked to have (getExpectedScale): pods that are missing now count too. */
    function expectedScale(selected: readonly Pod[]): number {
      const sizes = new Map<string, number>();
      for (const pod of selected) {
        const { namespace, name } = pod.metadata;
        if (isPodTerminal(pod)) continue;
        let reference = controllerOf(pod);
        if (reference === undefined) throw new NoController(`found no controller ref for pod "${name}"`);
        const set = resolveOwner(replicaSetInformer, 'ReplicaSet', namespace, reference);
        const above = set === undefined ? undefined : controllerOf(set);
        if (above?.kind === 'Deployment') reference = above;
        if (sizes.has(reference.uid)) continue;
        const { kind } = reference;
        const owner =
          kind === 'Deployment' || kind === 'ReplicaSet' || kind === 'StatefulSet' || kind === 'ReplicationController'
            ? sized[kind].get(namespace, reference.name)
            : scaleOf(namespace, reference);
        if (owner?.spec.replicas === undefined) throw new NoController(`found no controllers for pod "${name}"`);
        sizes.set(reference.uid, owner.spec.replicas);
      }
      return [...sizes.values()].reduce((sum, size) => sum + size, 0);
    }

    function scaleOf(
      namespace: string | undefined,
      { apiVersion, kind, name }: { apiVersion: string; kind: string; name: string },
    ) {
      const resource = context
        .discover()
        .find(
          (one) => one.kind === kind && apiVersion === (one.group === '' ? one.version : `${one.group}/${one.version}`),
        );
      if (resource?.scale === undefined)
        throw new NoController(`${kind.toLowerCase()} does not implement the scale subresource`);
      try {
        return client.getSubresource(resource, namespace, name, 'scale') as unknown as { spec: { replicas?: number } };
      } catch (error) {
        if (error instanceof StatusError) throw new NoController(error.message);
        throw error;
      }
    }

    /** Pods whose eviction was granted and not yet seen (buildDisruptedPodMap). */
    function stillDisrupted(budget: PodDisruptionBudget, selected: readonly Pod[]) {
      const noted = budget.status.disruptedPods ?? {};
      const disrupted: Record<string, string> = {};
      let recheck: number | undefined;
      for (const pod of selected) {
        const { name, namespace } = pod.metadata;
        const since = Object.hasOwn(noted, name) ? noted[name] : undefined;
        if (since === undefined || isTerminating(pod)) continue;
        const left = (parseTime(since) ?? 0) + DELETION_TIMEOUT - engine.now;
        if (left <= 0) {
          const message = `Pod was expected by PDB ${namespace}/${budget.metadata.name} to be deleted but it wasn't`;
          events.warning(pod, 'NotDeleted', message);
          continue;
        }
        disrupted[name] = since;
        recheck = recheck === undefined ? left : Math.min(recheck, left);
      }
      return { disrupted, recheck };
    }

    function fail(budget: PodDisruptionBudget, message: string): void {
      const unmanaged = message.startsWith('found no controller');
      if (unmanaged) {
        const selector = formatLabelSelector(budget.spec.selector);
        const text = `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
        events.warning(budget, 'UnmanagedPods', text);
      }
      events.warning(
        budget,
        'CalculateExpectedPodCountFailed',
        `Failed to calculate the number of expected pods: ${message}`,
      );
      // Nothing may be evicted while it is not known what is there.
      const status = { ...budget.status, disruptionsAllowed: 0 };
      setCondition(budget, status, 'False', 'SyncFailed', message);
      if (!deepEqual(status, budget.status)) updateStatus(client, podDisruptionBudgets, budget, status);
    }

    function setCondition(
      budget: PodDisruptionBudget,
      status: PodDisruptionBudget['status'],
      value: string,
      reason: string,
      message: string,
    ): void {
      const before = budget.status.conditions?.find(({ type }) => type === 'DisruptionAllowed');
      const condition: Condition = {
        type: 'DisruptionAllowed',
        status: value,
        reason,
        message,
        observedGeneration: budget.metadata.generation ?? 0,
        lastTransitionTime: before?.status === value ? before.lastTransitionTime : formatTime(engine.now),
      };
      status.conditions = [
        ...(budget.status.conditions ?? []).filter(({ type }) => type !== condition.type),
        condition,
      ];
    }
  },
};

/** Why the number of pods that should be there is not known. */
class NoController extends Error {
  override readonly name = 'NoController';
}
