import type * as CoreV1 from 'kubernetes-types/core/v1';
import type { AnyObject, PersistentVolumeClaim, Pod, Service } from '../../api/objects.ts';
import { Quantity, quantity } from '../../api/quantity.ts';

/** Amounts by the names that quotas use: `pods`, `requests.cpu`, `count/deployments.apps`. */
export type Usage = Map<string, Quantity>;

/** How objects of a kind are counted against quotas (quota.Evaluator). */
export interface Evaluator {
  /** Whether an update may change what the object uses. */
  readonly onUpdate: boolean;
  /** What an object uses. */
  usage(object: AnyObject): Usage;
  /** Why an object cannot be counted by a quota of these names, if it cannot. */
  constraints?(object: AnyObject, limited: readonly string[]): string | undefined;
}

/** Kinds that quotas know by their plain names besides `count/…` (legacyObjectCountAliases). */
const PLAIN_COUNTS: ReadonlySet<string> = new Set([
  'configmaps',
  'resourcequotas',
  'replicationcontrollers',
  'secrets',
]);
/** Resources of which every container must say something when a quota limits them (validationSet). */
const MUST_BE_NAMED: ReadonlySet<string> = new Set(
  ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
);
const STORAGE_CLASS = '.storageclass.storage.k8s.io/';

const one = Quantity.of(1);

/** The table whose objects a quota counts under a name (evaluator.MatchingResources); undefined when no kind is counted so. */
export function countedTable(name: string): string | undefined {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (PLAIN_COUNTS.has(name) || name === 'pods' || name === 'services' || name === 'persistentvolumeclaims')
    return name;
  if (name.startsWith('services.')) return 'services';
  if (name === 'requests.storage' || name.includes(STORAGE_CLASS)) return 'persistentvolumeclaims';
  return /^(requests|limits)\.|^(cpu|memory|ephemeral-storage)$|^hugepages-./.test(name) ? 'pods' : undefined;
}

/** The evaluator of a table of the store. */
export function evaluatorOf(table: string): Evaluator {
  switch (table) {
    case 'pods':
      return podEvaluator;
    case 'services':
      return serviceEvaluator;
    case 'persistentvolumeclaims':
      return claimEvaluator;
    default:
      return {
        onUpdate: false,
        usage: () => new Map([[`count/${table}`, one], ...(PLAIN_COUNTS.has(table) ? [[table, one] as const] : [])]),
      };
  }
}

const podEvaluator: Evaluator = {
  onUpdate: false,
  usage(object) {
    const { spec, status } = object as unknown as Pod;
    const usage: Usage = new Map([['count/pods', one]]);
    // Those that have ended are there still, but use nothing (QuotaV1Pod).
    if (status.phase === 'Succeeded' || status.phase === 'Failed') return usage;
    usage.set('pods', one);
    const sidecar = (container: CoreV1.Container) => container.restartPolicy === 'Always';
    const initContainers = spec.initContainers ?? [];
    for (const container of [...spec.containers, ...initContainers.filter(sidecar)]) {
      for (const [name, amount] of containerUsage(container)) raise(usage, name, amount, 'sum');
    }
    for (const container of initContainers.filter((each) => !sidecar(each))) {
      for (const [name, amount] of containerUsage(container)) raise(usage, name, amount, 'max');
    }
    for (const [name, amount] of computeNames((spec.overhead ?? {}) as Record<string, string>, {}))
      raise(usage, name, amount, 'sum');
    return usage;
  },
  constraints(object, limited) {
    const wanted = limited.filter((name) => MUST_BE_NAMED.has(name));
    if (wanted.length === 0) return undefined;
    const { spec } = object as unknown as Pod;
    const missing = new Map<string, Set<string>>();
    for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
      const usage = containerUsage(container);
      for (const name of wanted) {
        if (usage.has(name)) continue;
        const containers = missing.get(name) ?? new Set();
        missing.set(name, containers.add(container.name));
      }
    }
    if (missing.size === 0) return undefined;
    const parts = [...missing.keys()].sort().map((name) => `${name} for: ${[...missing.get(name)!].sort().join(',')}`);
    return `must specify ${parts.join('; ')}`;
  },
};

function raise(usage: Usage, name: string, amount: Quantity, how: 'sum' | 'max'): void {
  const had = usage.get(name);
  if (had === undefined) usage.set(name, amount);
  else if (how === 'sum') usage.set(name, had.add(amount));
  else if (amount.compare(had) > 0) usage.set(name, amount);
}

function containerUsage({ resources }: CoreV1.Container): Usage {
  return computeNames(
    (resources?.requests ?? {}) as Record<string, string>,
    (resources?.limits ?? {}) as Record<string, string>,
  );
}

/** Requests count under their own name and as `requests.…`, limits as `limits.…` (podComputeUsageHelper). */
function computeNames(requests: Record<string, string>, limits: Record<string, string>): Usage {
  const usage: Usage = new Map();
  for (const [name, text] of Object.entries(requests)) {
    const amount = quantity(text);
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-'))
      usage.set(name, amount);
    usage.set(`requests.${name}`, amount);
  }
  for (const name of ['cpu', 'memory', 'ephemeral-storage'])
    if (Object.hasOwn(limits, name)) usage.set(`limits.${name}`, quantity(limits[name]!));
  return usage;
}

const serviceEvaluator: Evaluator = {
  onUpdate: true,
  usage(object) {
    const { spec } = object as unknown as Service;
    const ports = spec.ports ?? [];
    const named = ports.filter(({ nodePort }) => nodePort !== undefined && nodePort !== 0).length;
    const nodePorts =
      spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
        ? ports.length
        : spec.type === 'LoadBalancer'
          ? named
          : 0;
    return new Map([
      ['count/services', one],
      ['services', one],
      ['services.nodeports', Quantity.of(nodePorts)],
      ['services.loadbalancers', Quantity.of(spec.type === 'LoadBalancer' ? 1 : 0)],
    ]);
  },
};

const claimEvaluator: Evaluator = {
  onUpdate: true,
  usage(object) {
    const { spec } = object as unknown as PersistentVolumeClaim;
    const usage: Usage = new Map([
      ['count/persistentvolumeclaims', one],
      ['persistentvolumeclaims', one],
    ]);
    const size = spec.resources?.requests?.storage as string | undefined;
    if (size !== undefined) usage.set('requests.storage', quantity(size));
    const className = spec.storageClassName ?? '';
    if (className !== '') {
      usage.set(`${className}${STORAGE_CLASS}persistentvolumeclaims`, one);
      if (size !== undefined) usage.set(`${className}${STORAGE_CLASS}requests.storage`, quantity(size));
    }
    return usage;
  },
};
