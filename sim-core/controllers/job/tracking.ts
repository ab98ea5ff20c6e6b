import type { Pod } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/index.ts';
import { pods } from '../../resources/pod.ts';

/** The finalizer by which a pod waits to be counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';

export function hasTracking({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING) === true;
}

/** Lets a counted pod go. Answers false when it had gone already. */
export function removeTracking(client: Client, { metadata }: Pod): boolean {
  const { namespace, name, uid } = metadata;
  try {
    client.patch(pods, namespace, name, 'strategic', {
      metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING] },
    });
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}
