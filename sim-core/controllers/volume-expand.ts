import { objectKey, type PersistentVolumeClaim } from '../api/objects.ts';
import { quantity } from '../api/quantity.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import type { ControllerDefinition } from './controller.ts';

/**
 * The volume expand controller (pkg/controller/volume/expand): with all drivers outside of Kubernetes, what is left for it is to say that a
 * claim's growth is another's business.
 */
export const volumeExpandController: ControllerDefinition = {
  name: 'persistentvolume-expander-controller',
  serviceAccount: 'expand-controller',
  eventSource: 'volume_expand',
  setUp(context) {
    const { events, informers } = context;
    const claims = informers.for(persistentVolumeClaims);
    const volumes = informers.for(persistentVolumes);
    const queue = context.queue({
      reconcile(key) {
        const claim = claims.getByKey(key);
        if (claim?.status.phase !== 'Bound' || sizes(claim).grows <= 0) return;
        if (volumes.get(undefined, claim.spec.volumeName ?? '') === undefined) return;
        events.normal(claim, 'ExternalExpanding', 'waiting for an external controller to expand this PVC');
      },
    });
    claims.addHandler({
      updated(claim, old) {
        if (claim.status.phase === 'Bound' && sizes(claim).requested !== sizes(old).requested)
          queue.add(objectKey(claim));
      },
    });
  },
};

function sizes({ spec, status }: PersistentVolumeClaim) {
  const requested = spec.resources?.requests?.storage ?? '0';
  return { requested, grows: quantity(requested).compare(quantity(status.capacity?.storage ?? '0')) };
}
