import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { controllerOf, type KubeObject, objectKey, type Pod } from '../../api/objects.ts';
import type { LabelSelector } from '../../api/selector.ts';
import { isNotFound } from '../../api/status.ts';
import { SECOND } from '../../engine/index.ts';
import { pods } from '../../resources/pod.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import type { ControllerContext } from '../controller.ts';
import { byLabels, claim } from '../shared/claim.ts';
import { rankForDeletion } from '../shared/deletion-ranking.ts';
import { Expectations } from '../shared/expectations.ts';
import { claimable, indexByController, ownedBy, watchDependants } from '../shared/ownership.ts';
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate } from '../shared/pod-control.ts';
import { isPodActive, isPodReady, isTerminating } from '../shared/pods.ts';
import { slowStart } from '../shared/slow-start.ts';
import { updateStatus } from '../shared/update-status.ts';
import { WriteBudget } from '../shared/write-budget.ts';
import { type ReplicaStatus, replicaStatus, sameStatus } from './status.ts';

/** What ReplicaSets and ReplicationControllers, which are run by the same code, have in common. */
export interface Replicated extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status: ReplicaStatus;
}

/** Where the two kinds differ. */
export interface ReplicatedKind<T extends Replicated> {
  readonly resource: ResourceDefinition<T>;
  readonly key: (object: T) => string;
  readonly selectorOf: (object: T) => LabelSelector;
}

/** The most pods created or deleted in one go (replicaset.BurstReplicas). */
const BURST = 500;
/** Time that looking at one pod takes, microseconds: the changes of many pods of a large set are taken together. */
const COST = 10;

export function setUpReplicas<T extends Replicated>(context: ControllerContext, kind: ReplicatedKind<T>): void {
  const { engine, client, informers } = context;
  const { resource, selectorOf } = kind;
  const owners = indexByController(informers.for(resource));
  const podInformer = indexByController(informers.for(pods));
  const expectations = new Expectations(engine);
  const budget = new WriteBudget(engine);
  const queue = context.queue({ reconcile });

  const enqueue = (owner: T) => queue.add(objectKey(owner));

  owners.addHandler({
    added: enqueue,
    updated: enqueue,
    deleted(owner) {
      // The next of this name starts afresh.
      expectations.forget(objectKey(owner));
      enqueue(owner);
    },
  });

  watchDependants(podInformer, owners, resource.kind, {
    owned(owner, pod, old, gone) {
      const key = objectKey(owner);
      if (gone) expectations.deletionObserved(key, objectKey(pod));
      else if (old === undefined) expectations.creationObserved(key);
      queue.add(key);
      const { minReadySeconds = 0 } = owner.spec;
      if (minReadySeconds > 0 && old !== undefined && !isPodReady(old) && isPodReady(pod)) {
        // Nothing will change when the pod becomes available: only time passes. Come back then.
        queue.addAfter(key, (minReadySeconds + 1) * SECOND);
      }
    },
    orphan(pod) {
      for (const owner of ownersInNamespace(pod)) if (selectorOf(owner).matches(pod.metadata.labels)) enqueue(owner);
    },
  });

  const ownersInNamespace = inNamespace(owners);

  function reconcile(key: string): number {
    const owner = owners.getByKey(key);
    if (owner === undefined) return 0;
    const candidates = claimable(podInformer, owner).filter(isPodActive);
    const active = claim({
      client,
      resource: pods,
      ownerResource: resource,
      owner,
      candidates,
      matches: byLabels(selectorOf(owner)),
    });
    let failure: unknown;
    // Until the cache shows what was asked for last time, counting its pods would only repeat it.
    if (!isTerminating(owner) && expectations.satisfied(key)) failure = manage(key, owner, active);
    const waiting = expectations.waitFor(key);
    if (waiting !== undefined) queue.addAfter(key, waiting);

    const status = replicaStatus(owner, active, failure, engine.now);
    let wait = 0;
    if (!sameStatus(owner.status, status)) {
      updateStatus(client, resource, owner, status);
      wait = budget.spend(1);
    }
    const { replicas = 1, minReadySeconds = 0 } = owner.spec;
    if (minReadySeconds > 0 && status.readyReplicas === replicas && status.availableReplicas !== replicas) {
      queue.addAfter(key, minReadySeconds * SECOND);
    }
    if (failure !== undefined) throw failure;
    return Math.max(active.length * COST, wait);
  }

  /** Makes or deletes pods until their number is right (manageReplicas). Answers the first error instead of throwing it. */
  function manage(key: string, owner: T, active: readonly Pod[]): unknown {
    const missing = (owner.spec.replicas ?? 1) - active.length;
    if (missing > 0) return create(key, owner, Math.min(missing, BURST));
    if (missing < 0) return remove(key, owner, active, Math.min(-missing, BURST));
    return undefined;
  }

  function create(key: string, owner: T, count: number): unknown {
    const pod = podFromTemplate(owner.spec.template ?? {}, owner);
    // Before the requests, not after: their watch events may come first.
    expectations.expectCreations(key, count);
    const { successes, error } = slowStart(count, () => createPod(context, owner, pod));
    for (let skipped = successes; skipped < count; skipped++) expectations.creationObserved(key);
    return isNamespaceTerminating(error) ? undefined : error;
  }

  function remove(key: string, owner: T, active: readonly Pod[], count: number): unknown {
    const ranked = count < active.length ? rankForDeletion(active, relatedPods(owner), engine.now) : active;
    const doomed = ranked.slice(0, count);
    expectations.expectDeletions(key, doomed.map(objectKey));
    let failure: unknown;
    for (const pod of doomed) {
      try {
        deletePod(context, owner, pod);
      } catch (error) {
        expectations.deletionObserved(key, objectKey(pod));
        if (!isNotFound(error)) failure ??= error;
      }
    }
    return failure;
  }

  /** Pods of all ReplicaSets of the same Deployment: deletion spreads by them (getIndirectlyRelatedPods). */
  function relatedPods(owner: T): Pod[] {
    const deployment = controllerOf(owner);
    const siblings = deployment === undefined ? [owner] : ownedBy(owners, { metadata: deployment });
    return siblings.flatMap((sibling) => ownedBy(podInformer, sibling)).filter(isPodActive);
  }
}

/** Gives a lookup of an informer's objects by the namespace of another object. */
function inNamespace<T extends KubeObject>(informer: {
  addIndex(name: string, read: (object: T) => readonly string[]): void;
  byIndex(name: string, value: string): T[];
}): (object: KubeObject) => T[] {
  informer.addIndex('namespace', (object) => [object.metadata.namespace ?? '']);
  return (object) => informer.byIndex('namespace', object.metadata.namespace ?? '');
}
