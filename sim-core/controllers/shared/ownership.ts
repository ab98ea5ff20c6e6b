import { controllerOf, type KubeObject, type OwnerReference } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import { isTerminating } from './pods.ts';

/** Name of the index of objects by the uid of the controller that owns them, or by namespace when none does. */
const BY_CONTROLLER = 'controller';

function orphansOf(namespace: string | undefined): string {
  return `_orphans/${namespace ?? ''}`;
}

/** Has an informer keep its objects by owner, so that no controller ever walks through all of them. Before it starts. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): Informer<T> {
  informer.addIndex(BY_CONTROLLER, (object) => [controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace)]);
  return informer;
}

/** Objects that `owner` controls. */
export function ownedBy<T extends KubeObject>(informer: Informer<T>, owner: { metadata: { uid: string } }): T[] {
  return informer.byIndex(BY_CONTROLLER, owner.metadata.uid);
}

/** Objects that `owner` controls or could adopt: its own, and those of its namespace that nobody controls. */
export function claimable<T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] {
  const { uid, namespace } = owner.metadata;
  const owned = informer.byIndex(BY_CONTROLLER, uid);
  const orphans = informer.byIndex(BY_CONTROLLER, orphansOf(namespace));
  return orphans.length === 0 ? owned : [...owned, ...orphans];
}

/**
 * The object that a reference means, if it is of that kind and still the same one: an object of the same name made later is
 * another (`resolveControllerRef` in each controller upstream).
 */
export function resolveOwner<T extends KubeObject>(
  owners: Informer<T>,
  kind: string,
  namespace: string | undefined,
  reference: OwnerReference | undefined,
): T | undefined {
  if (reference?.kind !== kind) return undefined;
  const owner = owners.get(namespace, reference.name);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

/** Whether the controller references of two versions of an object differ. */
export function ownerChanged(before: KubeObject, after: KubeObject): boolean {
  return controllerOf(before)?.uid !== controllerOf(after)?.uid;
}

/** What happens to the dependants of a controller: it comes to know of them through the owner they name. */
export interface DependantHandlers<T, O> {
  /** A dependant of `owner` appeared, changed or went (`gone`), or ceased to be its own. */
  owned(owner: O, object: T, old: T | undefined, gone: boolean): void;
  /** An object nobody controls appeared, or its labels changed: somebody may want to adopt it. */
  orphan?(object: T): void;
}

/**
 * Tells a controller of changes of the objects it controls. An object being deleted counts as gone at once: for replacing
 * it, its last seconds need not be waited for.
 */
export function watchDependants<T extends KubeObject, O extends KubeObject>(
  dependants: Informer<T>,
  owners: Informer<O>,
  ownerKind: string,
  handlers: DependantHandlers<T, O>,
): void {
  const ownerOf = (object: T) => resolveOwner(owners, ownerKind, object.metadata.namespace, controllerOf(object));
  const gone = (object: T) => {
    const owner = ownerOf(object);
    if (owner !== undefined) handlers.owned(owner, object, undefined, true);
  };
  dependants.addHandler({
    added(object) {
      if (isTerminating(object)) gone(object);
      else if (controllerOf(object) === undefined) handlers.orphan?.(object);
      else {
        const owner = ownerOf(object);
        if (owner !== undefined) handlers.owned(owner, object, undefined, false);
      }
    },
    updated(object, old) {
      if (isTerminating(object)) {
        gone(object);
        if (ownerChanged(old, object)) gone(old);
        return;
      }
      const changed = ownerChanged(old, object);
      if (changed) {
        const before = ownerOf(old);
        if (before !== undefined) handlers.owned(before, object, old, false);
      }
      if (controllerOf(object) === undefined) {
        if (changed || old.metadata.labels !== object.metadata.labels) handlers.orphan?.(object);
        return;
      }
      const owner = ownerOf(object);
      if (owner !== undefined) handlers.owned(owner, object, old, false);
    },
    deleted: gone,
  });
}
