import type { AnyObject } from '../../api/objects.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { Informer } from '../../client/index.ts';
import { SECOND } from '../../engine/index.ts';
import { builtInResources } from '../../resources/index.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import type { ControllerDefinition } from '../controller.ts';
import { type GraphNode, hasDependants, OwnerGraph } from './graph.ts';
import { FOREGROUND, ORPHAN, Writer } from './writer.ts';

/** How often new kinds are looked for (gc.Sync). */
const DISCOVERY_PERIOD = 30 * SECOND;
/** Twenty workers (`--concurrent-gc-syncs`), as time between keys. */
const PACE = 50;

/**
 * The garbage collector (pkg/controller/garbagecollector): deletes objects whose owners are all gone. It keeps a graph of who
 * owns whom over all kinds, and visits an object when something about its owners changed. Before it deletes anything it asks
 * the API server: a cache that is a moment old must not cost an object its life.
 *
 * - background: the owner is gone, its dependants follow;
 * - foreground: the owner waits, with a finalizer, until the dependants that block it are gone;
 * - orphan: the dependants are set free, then the owner goes.
 */
export const garbageCollectorController: ControllerDefinition = {
  name: 'garbage-collector-controller',
  serviceAccount: 'generic-garbage-collector',
  setUp(context) {
    const { engine, informers, client } = context;
    const graph = new OwnerGraph(context);
    const writer = new Writer(client);
    const custom = new Map<ResourceDefinition, Informer<AnyObject>>();
    const toDelete = context.queue({ reconcile: attemptToDelete, pace: PACE });
    const toOrphan = context.queue({ reconcile: attemptToOrphan, pace: PACE });

    graph.onDeleteCandidate = (node) => toDelete.add(node.uid);
    graph.onOrphanCandidate = (node) => toOrphan.add(node.uid);

    const handlerFor = (resource: ResourceDefinition) => ({
      added: (object: AnyObject) => graph.added(object, resource),
      updated: (object: AnyObject, old: AnyObject) => graph.updated(object, old, resource),
      deleted: (object: AnyObject) => graph.deleted(object.metadata.uid),
    });
    for (const resource of builtInResources) {
      if (isCollectable(resource)) informers.for(resource).addHandler(handlerFor(resource));
    }
    discover();
    context.every(DISCOVERY_PERIOD, discover);

    /** Custom kinds come and go: each is watched while it is served. */
    function discover(): void {
      const kinds = context.discover();
      graph.setKinds(kinds);
      for (const resource of kinds) {
        if (custom.has(resource) || builtInResources.includes(resource) || !isCollectable(resource)) continue;
        const informer = new Informer(engine, client, resource);
        informer.addHandler(handlerFor(resource));
        custom.set(resource, informer);
        informer.start();
      }
      for (const [resource, informer] of custom) {
        if (kinds.includes(resource)) continue;
        informer.stop();
        custom.delete(resource);
        for (const object of informer.list()) graph.deleted(object.metadata.uid);
      }
    }

    function attemptToDelete(uid: string): void {
      const node = graph.get(uid);
      if (node === undefined || (node.beingDeleted && !node.deletingDependants)) return;
      const live = graph.read(node);
      if (live === undefined) {
        // It was only known from others' references, and it is not there: they have lost an owner.
        graph.deleted(uid);
        return;
      }
      if (node.deletingDependants) finishForeground(node, live);
      else considerOwners(node, live);
    }

    /** Foreground: the owner may go when no dependant blocks it any more (processDeletingDependentsItem). */
    function finishForeground(node: GraphNode, live: AnyObject): void {
      const blocking = graph.blockingDependants(node);
      if (blocking.length === 0) writer.removeFinalizer(node.resource!, live, FOREGROUND);
      for (const dependant of blocking) if (!dependant.deletingDependants) toDelete.add(dependant.uid);
    }

    function considerOwners(node: GraphNode, live: AnyObject): void {
      const references = live.metadata.ownerReferences ?? [];
      if (references.length === 0) return;
      const { solid, dangling, waiting } = graph.classify(node, references);
      if (solid.length > 0) {
        // Somebody still wants it: only the references to owners that are gone, or going, are taken away.
        const gone = [...dangling, ...waiting];
        if (gone.length > 0) writer.removeReferences(node.resource!, live, gone);
        return;
      }
      if (waiting.length > 0 && hasDependants(node)) {
        // Owners that wait for each other would wait for ever: unblock this one.
        const circle = [...node.dependants!].some((dependant) => dependant.deletingDependants);
        if (circle) writer.unblockOwners(node.resource!, live);
        writer.delete(node.resource!, live, 'Foreground');
        return;
      }
      const finalizers = live.metadata.finalizers ?? [];
      const policy = finalizers.includes(ORPHAN)
        ? 'Orphan'
        : finalizers.includes(FOREGROUND)
          ? 'Foreground'
          : 'Background';
      writer.delete(node.resource!, live, policy);
    }

    /** Sets an owner's dependants free, and then lets it go (orphanDependents). */
    function attemptToOrphan(uid: string): void {
      const node = graph.get(uid);
      if (node?.resource === undefined) return;
      for (const dependant of node.dependants ?? []) {
        if (dependant.resource === undefined) continue;
        try {
          const live = graph.read(dependant);
          if (live !== undefined) writer.removeReferences(dependant.resource, live, [{ uid }]);
        } catch (error) {
          if (!isNotFound(error) && !isConflict(error)) throw error;
          toOrphan.addRateLimited(uid);
          return;
        }
      }
      const live = graph.read(node);
      if (live !== undefined) writer.removeFinalizer(node.resource, live, ORPHAN);
    }
  },
};

function isCollectable({ plural, verbs }: ResourceDefinition): boolean {
  // Events are many, short-lived, and own nothing.
  if (plural === 'events') return false;
  return verbs === undefined || ['delete', 'list', 'watch'].every((verb) => verbs.includes(verb));
}
