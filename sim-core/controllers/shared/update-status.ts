import type { KubeObject } from '../../api/objects.ts';
import { isConflict } from '../../api/status.ts';
import type { Client } from '../../client/index.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';

/**
 * Writes an object's status. Where the cached object is out of date the status, which was computed from what is rather than from
 * the object, is written to the live one instead; once, then the reconciliation is left to be retried.
 */
export function updateStatus<T extends KubeObject & { status: unknown }>(
  client: Client,
  resource: ResourceDefinition<T>,
  object: T,
  status: T['status'],
): T {
  try {
    return client.updateStatus(resource, { ...object, status });
  } catch (error) {
    if (!isConflict(error)) throw error;
    const { namespace, name, uid } = object.metadata;
    const live = client.get(resource, namespace, name);
    if (live.metadata.uid !== uid) throw error;
    return client.updateStatus(resource, { ...live, status });
  }
}
