import { deepEqual } from '../api/equality.ts';
import type { AnyObject, Pod, ResourceQuota } from '../api/objects.ts';
import { objectKey } from '../api/objects.ts';
import { qualified } from '../api/status.ts';
import { SECOND } from '../engine/index.ts';
import { builtInResources } from '../resources/index.ts';
import { countUsage } from '../resources/quota/count.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { resourceQuotas } from '../resources/resource-quota.ts';
import type { ControllerDefinition } from './controller.ts';
import { isPodTerminal } from './shared/pods.ts';

/** Every quota is counted anew this often (`--resource-quota-sync-period`). */
const RESYNC = 300 * SECOND;

/**
 * The resource quota controller (pkg/controller/resourcequota): counts what a namespace uses of what its quotas limit. Admission
 * refuses what goes beyond; this controller notices what has become free, and what was there before the quota.
 */
export const resourceQuotaController: ControllerDefinition = {
  name: 'resourcequota-controller',
  setUp(context) {
    const { client, informers } = context;
    const quotas = informers.for(resourceQuotas);
    quotas.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? '']);
    const queue = context.queue({ reconcile });
    const enqueue = (quota: ResourceQuota) => queue.add(objectKey(quota));
    quotas.addHandler({ added: enqueue, updated: enqueue });
    context.every(RESYNC, () => {
      for (const quota of quotas.list()) enqueue(quota);
    });
    const enqueueNamespace = ({ metadata }: AnyObject) => {
      for (const quota of quotas.byIndex('namespace', metadata.namespace ?? '')) enqueue(quota);
    };
    for (const resource of builtInResources) {
      if (!resource.namespaced || !isCounted(resource)) continue;
      informers.for(resource).addHandler({
        added: enqueueNamespace,
        updated(object, old) {
          if (frees(qualified(resource), object, old)) enqueueNamespace(object);
        },
        deleted: enqueueNamespace,
      });
    }

    function reconcile(key: string): void {
      const quota = quotas.getByKey(key);
      if (quota === undefined) return;
      const { hard = {} } = quota.spec;
      const { namespace = '' } = quota.metadata;
      const used = countUsage(quota, (table) => list(namespace, table));
      const status = { hard, used };
      // Admission books into the same status: where it was first, the queue counts anew.
      if (!deepEqual(status, quota.status)) client.updateStatus(resourceQuotas, { ...quota, status });
    }

    function list(namespace: string, table: string): readonly AnyObject[] {
      const resource = context.discover().find((one) => one.namespaced && qualified(one) === table);
      return resource === undefined ? [] : client.list(resource, { namespace }).items;
    }
  },
};

/** Kinds that can be counted, and are not made by the cluster's own breathing (DefaultIgnoredResources). */
function isCounted({ verbs, plural, group }: ResourceDefinition): boolean {
  return verbs?.includes('watch') !== false && plural !== 'events' && group !== 'coordination.k8s.io';
}

/** Whether an object may use less, or more, than before it was changed: a pod that has ended uses nothing any more. */
function frees(table: string, object: AnyObject, old: AnyObject): boolean {
  if (table === 'pods') return isPodTerminal(object as unknown as Pod) !== isPodTerminal(old as unknown as Pod);
  return table === 'services' || table === 'persistentvolumeclaims';
}
