import { deepEqual } from '../../api/equality.ts';
import { type ControllerRevision, type DaemonSet, type Node, objectKey, type Pod } from '../../api/objects.ts';
import { labelSelectorAsSelector } from '../../api/selector.ts';
import { isNotFound } from '../../api/status.ts';
import { MINUTE, SECOND } from '../../engine/index.ts';
import { controllerRevisions } from '../../resources/controller-revision.ts';
import { daemonSets } from '../../resources/daemon-set.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import type { ControllerDefinition } from '../controller.ts';
import { byLabels, claim } from '../shared/claim.ts';
import { Expectations } from '../shared/expectations.ts';
import { claimable, indexByController, watchDependants } from '../shared/ownership.ts';
import { createPod, deletePod, isNamespaceTerminating } from '../shared/pod-control.ts';
import { isPodReady, isTerminating } from '../shared/pods.ts';
import { slowStart } from '../shared/slow-start.ts';
import { updateStatus } from '../shared/update-status.ts';
import { DaemonHistory } from './history.ts';
import { daemonPod, nodeVerdict } from './node-verdict.ts';
import { podsOnNode } from './pods-on-node.ts';
import { daemonStatus } from './status.ts';
import { rollingUpdate } from './update.ts';

/** The most pods created or deleted in one go (daemon.BurstReplicas). */
const BURST = 250;
/** Back-off for pods that fail on a node again and again: 1 s doubling to 15 minutes. */
const FIRST_BACKOFF = SECOND;
const LONGEST_BACKOFF = 15 * MINUTE;

/**
 * The DaemonSet controller (pkg/controller/daemon): one pod on every node that can take it. Which nodes those are is decided
 * here, as the scheduler would (`node-verdict.ts`); the pod is then made with an affinity to its node's name, and the scheduler
 * only has to agree. `update.ts` replaces pods when the template changes, `history.ts` keeps the versions.
 */
export const daemonSetController: ControllerDefinition = {
  name: 'daemonset-controller',
  serviceAccount: 'daemon-set-controller',
  setUp(context) {
    const { engine, client, informers, events } = context;
    const owners = informers.for(daemonSets);
    const nodeInformer = informers.for(nodes);
    const podInformer = indexByController(informers.for(pods));
    const revisionInformer = indexByController(informers.for(controllerRevisions));
    owners.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
    const history = new DaemonHistory(client, revisionInformer);
    const expectations = new Expectations(engine);
    const backoffs = new Map<string, { delay: number; last: number }>();
    const queue = context.queue({ reconcile });
    const enqueue = (set: DaemonSet) => queue.add(objectKey(set));

    owners.addHandler({
      added: enqueue,
      updated: enqueue,
      deleted(set) {
        expectations.forget(objectKey(set));
        enqueue(set);
      },
    });
    watchDependants<Pod, DaemonSet>(podInformer, owners, 'DaemonSet', {
      owned(set, pod, old, gone) {
        const key = objectKey(set);
        if (gone) expectations.deletionObserved(key, objectKey(pod));
        else if (old === undefined) expectations.creationObserved(key);
        queue.add(key);
        const { minReadySeconds = 0 } = set.spec;
        if (minReadySeconds > 0 && old !== undefined && !isPodReady(old) && isPodReady(pod)) {
          queue.addAfter(key, (minReadySeconds + 1) * SECOND);
        }
      },
      orphan(pod) {
        for (const set of owners.byIndex('namespace', pod.metadata.namespace ?? '')) {
          if (labelSelectorAsSelector(set.spec.selector).matches(pod.metadata.labels)) enqueue(set);
        }
      },
    });
    nodeInformer.addHandler({
      added: (node) => enqueueWhere((set) => nodeVerdict(set, node).shouldRun),
      updated(node, old) {
        if (!concernsDaemons(node, old)) return;
        enqueueWhere((set) => !deepEqual(nodeVerdict(set, node), nodeVerdict(set, old)));
      },
      deleted: (node) => enqueueWhere((set) => nodeVerdict(set, node).shouldRun),
    });

    function enqueueWhere(concerned: (set: DaemonSet) => boolean): void {
      for (const set of owners.list()) if (concerned(set)) enqueue(set);
    }

    function reconcile(key: string): number {
      const set = owners.getByKey(key);
      if (set === undefined) return 0;
      const selector = labelSelectorAsSelector(set.spec.selector);
      if (selector.isEmpty()) {
        events.warning(set, 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.');
        return 0;
      }
      if (isTerminating(set)) return 0;
      const { hash, old } = history.sync(set);
      const cost = nodeInformer.size * 10;
      const owned = claimPods(set, selector);
      if (!expectations.satisfied(key)) {
        report(set, hash, owned);
        queue.addAfter(key, expectations.waitFor(key)!);
        return cost;
      }
      try {
        update(key, set, hash, owned, old);
      } finally {
        // Whatever failed, how many pods there should be and are is told.
        report(set, hash, owned);
      }
      return cost;
    }

    /** Makes pods as they should be, and then as they should become (updateDaemonSet). */
    function update(
      key: string,
      set: DaemonSet,
      hash: string,
      owned: readonly Pod[],
      old: readonly ControllerRevision[],
    ): void {
      manage(key, set, hash, owned);
      if (expectations.satisfied(key) && set.spec.updateStrategy?.type !== 'OnDelete') {
        const { toDelete, toCreateOn } = rollingUpdate(
          set,
          hash,
          groupByNode(owned),
          [...nodeInformer.list()],
          engine.now,
        );
        syncNodes(key, set, hash, toDelete, toCreateOn);
      }
      history.truncate(set, owned, hash, old);
    }

    function claimPods(set: DaemonSet, selector: ReturnType<typeof labelSelectorAsSelector>): Pod[] {
      return claim<Pod, DaemonSet>({
        client,
        resource: pods,
        ownerResource: daemonSets,
        owner: set,
        candidates: claimable(podInformer, set),
        matches: byLabels(selector),
      });
    }

    /** Makes missing pods, and deletes those that are too many or on the wrong node (manage). */
    function manage(key: string, set: DaemonSet, hash: string, owned: readonly Pod[]): void {
      const byNode = groupByNode(owned);
      const toCreateOn: string[] = [];
      const toDelete: Pod[] = [];
      for (const node of nodeInformer.list()) {
        const { name } = node.metadata;
        const here = podsOnNode(set, node, byNode.get(name) ?? [], hash, engine.now);
        for (const pod of here.failed) if (mayReplace(key, set, pod)) toDelete.push(pod);
        toDelete.push(...here.surplus);
        if (here.missing) toCreateOn.push(name);
      }
      // Pods of nodes that no longer exist are the pod garbage collector's.
      syncNodes(key, set, hash, toDelete, toCreateOn);
    }

    /** A pod that has ended is replaced, but not faster and faster when it keeps failing on the same node. */
    function mayReplace(key: string, set: DaemonSet, pod: Pod): boolean {
      const node = pod.spec.nodeName ?? '';
      const { namespace, name } = pod.metadata;
      const failed = pod.status.phase === 'Failed';
      if (failed) {
        const slot = `${set.metadata.uid}/${set.status.observedGeneration ?? 0}/${node}`;
        const backoff = backoffs.get(slot);
        if (backoff !== undefined && engine.now - backoff.last < backoff.delay) {
          queue.addAfter(key, backoff.last + backoff.delay - engine.now);
          return false;
        }
        const rested = backoff === undefined || engine.now - backoff.last > 2 * LONGEST_BACKOFF;
        const delay = rested ? FIRST_BACKOFF : Math.min(2 * backoff.delay, LONGEST_BACKOFF);
        backoffs.set(slot, { delay, last: engine.now });
        const message = `Found failed daemon pod ${namespace}/${name} on node ${node}, will try to kill it`;
        events.warning(set, 'FailedDaemonPod', message);
      } else {
        const message = `Found succeeded daemon pod ${namespace}/${name} on node ${node}, will try to delete it`;
        events.normal(set, 'SucceededDaemonPod', message);
      }
      return true;
    }

    function syncNodes(
      key: string,
      set: DaemonSet,
      hash: string,
      doomed: readonly Pod[],
      targets: readonly string[],
    ): void {
      const toDelete = doomed.slice(0, BURST);
      const toCreateOn = targets.slice(0, BURST);
      if (toDelete.length + toCreateOn.length === 0) return;
      expectations.expect(key, toCreateOn.length, toDelete.map(objectKey));
      const { successes, error } = slowStart(toCreateOn.length, (index) =>
        createPod(context, set, daemonPod(set, hash, toCreateOn[index])),
      );
      for (let skipped = successes; skipped < toCreateOn.length; skipped++) expectations.creationObserved(key);
      let failure = isNamespaceTerminating(error) ? undefined : error;
      for (const pod of toDelete) {
        try {
          deletePod(context, set, pod);
        } catch (problem) {
          expectations.deletionObserved(key, objectKey(pod));
          if (!isNotFound(problem)) failure ??= problem;
        }
      }
      if (failure !== undefined) throw failure;
    }

    function report(set: DaemonSet, hash: string, owned: readonly Pod[]): void {
      const status = daemonStatus(set, hash, [...nodeInformer.list()], groupByNode(owned), engine.now);
      if (!deepEqual(status, set.status)) updateStatus(client, daemonSets, set, status);
      const { minReadySeconds = 0 } = set.spec;
      if (minReadySeconds > 0 && status.numberReady !== (status.numberAvailable ?? 0)) {
        queue.addAfter(objectKey(set), minReadySeconds * SECOND);
      }
    }
  },
};

/** A DaemonSet's pods by the node they are on, or are meant for (util.GetTargetNodeName). */
export function groupByNode(owned: readonly Pod[]): Map<string, Pod[]> {
  const groups = new Map<string, Pod[]>();
  for (const pod of owned) {
    const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const meant = required?.nodeSelectorTerms[0]?.matchFields?.find(({ key }) => key === 'metadata.name')?.values?.[0];
    const node = pod.spec.nodeName || meant || '';
    const group = groups.get(node);
    if (group === undefined) groups.set(node, [pod]);
    else group.push(pod);
  }
  return groups;
}

/** Whether a node changed in what decides about daemons, and not merely in its status. */
function concernsDaemons(node: Node, old: Node): boolean {
  return !deepEqual(node.metadata.labels, old.metadata.labels) || !deepEqual(node.spec, old.spec);
}
