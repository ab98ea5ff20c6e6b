import type { NamespaceCondition } from 'kubernetes-types/core/v1';
import type { AnyObject, Namespace, Pod } from '../api/objects.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import { formatTime, SECOND } from '../engine/index.ts';
import { namespaces } from '../resources/namespace.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { ControllerDefinition } from './controller.ts';
import { conditionOf, withCondition } from './shared/conditions.ts';
import { isPodTerminal, isTerminating } from './shared/pods.ts';

/** Time for all API servers to notice that the namespace is closing (namespaceDeletionGracePeriod). */
const GRACE = 5 * SECOND;
/** How long finalizers are given before looking again (finalizerEstimateSeconds). */
const FINALIZER_SECONDS = 15;

interface Remaining {
  /** `pods.` → 2: what is left, by resource. */
  readonly resources: Map<string, number>;
  /** What holds it, by finalizer. */
  readonly finalizers: Map<string, number>;
  /** Seconds after which more may be gone. */
  estimate: number;
}

/**
 * The namespace controller (pkg/controller/namespace): empties a namespace that is being deleted, pods first, says in its
 * conditions what is still in the way, and lets it go when nothing is left.
 */
export const namespaceController: ControllerDefinition = {
  name: 'namespace-controller',
  setUp(context) {
    const { engine, client, informers } = context;
    const informer = informers.for(namespaces);
    const queue = context.queue({ reconcile });
    const enqueue = (namespace: Namespace) => {
      if (isTerminating(namespace)) queue.addAfter(namespace.metadata.name, GRACE);
    };
    informer.addHandler({ added: enqueue, updated: enqueue });

    function reconcile(name: string): void {
      const namespace = find(name);
      if (namespace === undefined || !isTerminating(namespace)) return;
      if ((namespace.spec.finalizers?.length ?? 0) === 0) return;
      const remaining = deleteContent(name);
      setConditions(name, remaining);
      if (remaining.resources.size > 0) {
        queue.addAfter(name, (Math.floor(remaining.estimate / 2) + 1) * SECOND);
        return;
      }
      finalize(name);
    }

    function find(name: string): Namespace | undefined {
      try {
        return client.get(namespaces, undefined, name);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    }

    /** Deletes all there is, and answers what is left (deleteAllContent). Pods go first: what they use must outlive them. */
    function deleteContent(namespace: string): Remaining {
      const remaining: Remaining = { resources: new Map(), finalizers: new Map(), estimate: 0 };
      const kinds = context.discover().filter(isDeletable);
      const isPods = ({ group, plural }: ResourceDefinition) => group === '' && plural === 'pods';
      for (const resource of kinds.filter(isPods)) empty(resource, namespace, remaining);
      if (remaining.resources.size > 0) return remaining;
      for (const resource of kinds) if (!isPods(resource)) empty(resource, namespace, remaining);
      return remaining;
    }

    function empty(resource: ResourceDefinition, namespace: string, remaining: Remaining): void {
      const before = client.list(resource, { namespace }).items;
      if (before.length === 0) return;
      const graceful = resource.group === '' && resource.plural === 'pods' ? podSeconds(before) : 0;
      client.deleteCollection(resource, namespace, { propagationPolicy: 'Background' });
      const { items } = client.list(resource, { namespace });
      if (items.length === 0) return;
      remaining.resources.set(`${resource.plural}.${resource.group}`, items.length);
      let held = false;
      for (const { metadata } of items) {
        for (const finalizer of metadata.finalizers ?? []) {
          remaining.finalizers.set(finalizer, (remaining.finalizers.get(finalizer) ?? 0) + 1);
          held = true;
        }
      }
      remaining.estimate = Math.max(remaining.estimate, graceful, held ? FINALIZER_SECONDS : 0);
    }

    function setConditions(name: string, remaining: Remaining): void {
      const namespace = find(name);
      if (namespace === undefined) return;
      let { conditions } = namespace.status;
      for (const condition of conditionsFor(remaining, formatTime(engine.now))) {
        const before = conditionOf(conditions, condition.type);
        if (before?.status === condition.status && before.message === condition.message) continue;
        conditions = withCondition(
          before?.status === condition.status ? conditions?.filter((other) => other !== before) : conditions,
          condition,
        );
      }
      conditions = [...(conditions ?? [])].sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
      try {
        client.updateStatus(namespaces, { ...namespace, status: { ...namespace.status, conditions } });
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }

    function finalize(name: string): void {
      const namespace = find(name);
      if (namespace === undefined) return;
      const finalizers = (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
      client.updateSubresource(
        namespaces,
        { ...namespace, spec: { ...namespace.spec, finalizers } } as Namespace,
        'finalize',
      );
    }
  },
};

const ORDER = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
];

function conditionsFor({ resources, finalizers }: Remaining, now: string): NamespaceCondition[] {
  const list = (counts: ReadonlyMap<string, number>, verb: string) =>
    [...counts.keys()]
      .sort()
      .map((name) => `${name} ${verb} ${counts.get(name)} resource instances`)
      .join(', ');
  const content: [string, string, string] =
    resources.size > 0
      ? ['True', 'SomeResourcesRemain', `Some resources are remaining: ${list(resources, 'has')}`]
      : ['False', 'ContentRemoved', 'All content successfully removed'];
  const held: [string, string, string] =
    finalizers.size > 0
      ? [
          'True',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${list(finalizers, 'in')}`,
        ]
      : ['False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'];
  const all: [string, string, string][] = [
    ['False', 'ResourcesDiscovered', 'All resources successfully discovered'],
    ['False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    ['False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    content,
    held,
  ];
  return all.map(([status, reason, message], index) => ({
    type: ORDER[index]!,
    status,
    reason,
    message,
    lastTransitionTime: now,
  }));
}

/** How long pods may take to end, by their own grace periods (estimateGracefulTerminationForPods). */
function podSeconds(items: readonly AnyObject[]): number {
  const running = (items as unknown as readonly Pod[]).filter((pod) => !isPodTerminal(pod));
  return running.reduce((most, { spec }) => Math.max(most, spec.terminationGracePeriodSeconds ?? 30), 0);
}

function isDeletable({ namespaced, verbs }: ResourceDefinition): boolean {
  return namespaced && (verbs === undefined || verbs.includes('delete'));
}
