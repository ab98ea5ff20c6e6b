import { controllerOf, controllerReference, type KubeObject } from '../../api/objects.ts';
import type { Labels } from '../../api/selector.ts';
import { isNotFound, isStatus } from '../../api/status.ts';
import type { Client } from '../../client/index.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { isTerminating } from './pods.ts';

export interface Claim<T extends KubeObject, O extends KubeObject> {
  readonly client: Client;
  readonly resource: ResourceDefinition<T>;
  readonly ownerResource: ResourceDefinition<O>;
  readonly owner: O;
  /** Objects that the owner has or may adopt. */
  readonly candidates: readonly T[];
  readonly matches: (object: T) => boolean;
}

/**
 * Brings ownership in line with the selector and answers the objects that are the owner's (ControllerRefManager.ClaimObject):
 * an orphan that matches is adopted, an own object that no longer matches is released, other owners' objects are left alone.
 */
export function claim<T extends KubeObject, O extends KubeObject>(task: Claim<T, O>): T[] {
  const { owner, candidates, matches } = task;
  const claimed: T[] = [];
  let mayAdopt: boolean | undefined;
  for (const object of candidates) {
    const reference = controllerOf(object);
    if (reference !== undefined) {
      if (reference.uid !== owner.metadata.uid) continue;
      if (matches(object)) claimed.push(object);
      else if (!isTerminating(owner)) release(task, object);
      continue;
    }
    if (isTerminating(owner) || isTerminating(object) || !matches(object)) continue;
    // The cache may not know yet that the owner is being deleted: before the first adoption, ask.
    mayAdopt ??= isStillAlive(task);
    if (mayAdopt && adopt(task, object)) claimed.push(object);
  }
  return claimed;
}

/** Whether an object's labels are what a selector asks for. */
export function byLabels(selector: { matches(labels: Labels): boolean }): (object: KubeObject) => boolean {
  return (object) => selector.matches(object.metadata.labels);
}

function isStillAlive<T extends KubeObject, O extends KubeObject>({
  client,
  ownerResource,
  owner,
}: Claim<T, O>): boolean {
  const { namespace, name, uid } = owner.metadata;
  try {
    const live = client.get(ownerResource, namespace, name);
    return live.metadata.uid === uid && !isTerminating(live);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function adopt<T extends KubeObject, O extends KubeObject>(task: Claim<T, O>, object: T): boolean {
  const { client, resource, owner } = task;
  const { namespace, name, uid } = object.metadata;
  try {
    client.patch(resource, namespace, name, 'strategic', {
      metadata: { ownerReferences: [controllerReference(owner)], uid },
    });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function release<T extends KubeObject, O extends KubeObject>(task: Claim<T, O>, object: T): void {
  const { client, resource, owner } = task;
  const { namespace, name, uid } = object.metadata;
  try {
    client.patch(resource, namespace, name, 'strategic', {
      metadata: { ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }], uid },
    });
  } catch (error) {
    // Gone, or released already (its owner references are no longer valid to patch): either way not ours any more.
    if (!isNotFound(error) && !isStatus(error, 'Invalid')) throw error;
  }
}
