import type { AnyObject } from '../api/objects.ts';
import type { ResourceDefinition } from '../resources/resource.ts';

/** What is stored for each object that its kind's definition of today reads otherwise. */
const stored = new WeakMap<AnyObject, AnyObject>();

/** A stored object as its kind is defined today. For all but custom resources that is the stored object itself. */
export function asDefined(resource: ResourceDefinition, object: AnyObject): AnyObject {
  if (resource.fromStorage === undefined) return object;
  const today = resource.fromStorage(object);
  if (today !== object) stored.set(today, object);
  return today;
}

/** The stored object behind one that `asDefined` answered: what the store, and whoever keeps something by its objects, knows it by. */
export function asStored(object: AnyObject): AnyObject {
  return stored.get(object) ?? object;
}
