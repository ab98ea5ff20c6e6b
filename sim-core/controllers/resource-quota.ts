import { deepEqual } from '../api/equality.ts';
import type { AnyObject, Pod, ResourceQuota } from '../api/objects.ts';
import { objectKey } from '../api/objects.ts';
import { Quantity, quantity } from '../api/quantity.ts';
import { qualified } from '../api/status.ts';
import { SECOND } from '../engine/index.ts';
import { builtInResources } from '../resources/index.ts';
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
      if (!resource.namespaced || !COUNTED.has(resource.plural)) continue;
      informers.for(resource).addHandler({
        added: enqueueNamespace,
        updated(object, old) {
          // Of updates only those matter that free something: a pod that has ended uses nothing any more.
          const ended = (one: AnyObject) => resource.plural === 'pods' && isPodTerminal(one as unknown as Pod);
          if (resource.plural !== 'pods' || ended(object) !== ended(old)) enqueueNamespace(object);
        },
        deleted: enqueueNamespace,
      });
    }

    function reconcile(key: string): void {
      const quota = quotas.getByKey(key);
      if (quota === undefined) return;
      const { hard = {} } = quota.spec;
      const used: Record<string, string> = {};
      for (const name of Object.keys(hard).sort()) used[name] = usage(quota, name).toString();
      const status = { hard, used };
      // Admission books into the same status: where it was first, the queue counts anew.
      if (!deepEqual(status, quota.status)) client.updateStatus(resourceQuotas, { ...quota, status });
    }

    function usage(quota: ResourceQuota, name: string): Quantity {
      const { namespace = '' } = quota.metadata;
      const count = /^count\/(.+)$/.exec(name)?.[1] ?? (COUNTED.has(name) ? name : undefined);
      if (count !== undefined && name !== 'pods') return Quantity.of(list(namespace, count).length);
      if (name.startsWith('services.')) return serviceUsage(namespace, name);
      if (name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/'))
        return storageUsage(namespace, name);
      const pods = (list(namespace, 'pods') as unknown as Pod[]).filter(
        (pod) => !isPodTerminal(pod) && inScopes(quota, pod),
      );
      if (name === 'pods') return Quantity.of(pods.length);
      return pods.reduce((sum, pod) => sum.add(podUsage(pod, name)), Quantity.of(0));
    }

    function list(namespace: string, resourceName: string): readonly AnyObject[] {
      const resource = context.discover().find((one) => one.namespaced && qualified(one) === resourceName);
      return resource === undefined ? [] : client.list(resource, { namespace }).items;
    }

    function serviceUsage(namespace: string, name: string): Quantity {
      let total = 0;
      for (const { spec } of list(namespace, 'services')) {
        const { type, ports = [] } = spec as { type?: string; ports?: unknown[] };
        if (name === 'services.loadbalancers' && type === 'LoadBalancer') total++;
        if (name === 'services.nodeports' && (type === 'NodePort' || type === 'LoadBalancer')) total += ports.length;
      }
      return Quantity.of(total);
    }

    function storageUsage(namespace: string, name: string): Quantity {
      const [storageClass, what = name] = name.includes('.storageclass.')
        ? name.split('.storageclass.storage.k8s.io/')
        : [];
      let total = Quantity.of(0);
      for (const { spec } of list(namespace, 'persistentvolumeclaims')) {
        const claim = spec as { storageClassName?: string; resources?: { requests?: Record<string, string> } };
        if (storageClass !== undefined && claim.storageClassName !== storageClass) continue;
        total = total.add(
          what === 'persistentvolumeclaims' ? Quantity.of(1) : quantity(claim.resources?.requests?.storage ?? '0'),
        );
      }
      return total;
    }
  },
};

const COUNTED: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
]);

/** What a pod uses of `requests.cpu`, `limits.memory`, `cpu` … (core.PodUsageFunc): its containers' sum, or its largest init container. */
function podUsage({ spec }: Pod, name: string): Quantity {
  const [kind, resource = name] = /^(?:requests|limits)\./.test(name)
    ? [name.split('.')[0]!, name.slice(name.indexOf('.') + 1)]
    : ['requests'];
  const of = (container: { resources?: { requests?: Record<string, string>; limits?: Record<string, string> } }) =>
    quantity((kind === 'limits' ? container.resources?.limits : container.resources?.requests)?.[resource] ?? '0');
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  let total = [...spec.containers, ...sidecars].reduce((sum, container) => sum.add(of(container)), Quantity.of(0));
  for (const container of spec.initContainers ?? []) {
    if (!sidecars.includes(container) && of(container).compare(total) > 0) total = of(container);
  }
  const overhead = kind === 'requests' ? spec.overhead?.[resource] : undefined;
  return overhead === undefined ? total : total.add(quantity(overhead));
}

/** Whether a quota's scopes mean the pod (PodMatchesScopeFunc). */
function inScopes({ spec }: ResourceQuota, pod: Pod): boolean {
  const expressions = [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] as string[] })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  return expressions.every(({ scopeName, operator, values = [] }) => {
    const limited = pod.spec.activeDeadlineSeconds !== undefined;
    const bestEffort = pod.status.qosClass === 'BestEffort';
    switch (scopeName) {
      case 'Terminating':
        return limited;
      case 'NotTerminating':
        return !limited;
      case 'BestEffort':
        return bestEffort;
      case 'NotBestEffort':
        return !bestEffort;
      case 'PriorityClass': {
        const name = pod.spec.priorityClassName ?? '';
        if (operator === 'Exists') return name !== '';
        if (operator === 'DoesNotExist') return name === '';
        return values.includes(name) === (operator === 'In');
      }
      default:
        return true;
    }
  });
}
