import type { ResourceQuota } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
import { countUsage } from '../../resources/quota/count.ts';
import { inScopes } from '../../resources/quota/scopes.ts';
import { countedTable, evaluatorOf, type Usage } from '../../resources/quota/usage.ts';
import type { Store } from '../../store/store.ts';
import { tableOf } from '../resource-storage.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

const TABLE = 'resourcequotas';
/** Kinds that no quota counts (DefaultIgnoredResources). */
const IGNORED: ReadonlySet<string> = new Set(['events', 'events.events.k8s.io', 'bindings', 'componentstatuses']);

/**
 * Refuses what goes beyond a namespace's quotas, and books what it lets pass into their status at once; the resource quota controller counts
 * anew what became free (apiserver/pkg/admission/plugin/resourcequota).
 */
export const resourceQuotaAdmission: AdmissionPlugin = {
  name: 'ResourceQuota',
  handles: (operation, _resource, subresource) =>
    subresource === undefined && (operation === 'CREATE' || operation === 'UPDATE'),
  validate(attributes, { store }) {
    if (store.count(TABLE) === 0) return;
    const { request, operation, object, old } = attributes;
    const { namespace, target } = request;
    if (namespace === undefined || !target.resource.namespaced) return;
    const table = tableOf(target);
    const evaluator = evaluatorOf(table);
    if (IGNORED.has(table) || (operation === 'UPDATE' && !evaluator.onUpdate)) return;

    const stored = store.list(TABLE, `${namespace}/`) as unknown as ResourceQuota[];
    const quotas = stored
      .map((quota) => (quota.status.hard === undefined ? counted(quota, store) : quota))
      .filter((quota) => inScopes(quota, table, object!) && limitedBy(quota, table).length > 0);
    if (quotas.length === 0) return;
    for (const quota of quotas) checkCountable(attributes, quota, table);
    const delta = evaluator.usage(object!);
    if (old !== undefined) subtract(delta, evaluator.usage(old));
    for (const [name, amount] of delta) if (amount.sign() <= 0) delta.delete(name);
    if (delta.size === 0) return;
    const booked = quotas.map((quota) => [quota, book(attributes, quota, delta)] as const);
    if (request.options.dryRun === true) return;
    for (const [quota, used] of booked) {
      if (used === undefined || !stored.includes(quota)) continue;
      const { name, namespace: place } = quota.metadata;
      const next = { ...quota, metadata: { ...quota.metadata }, status: { ...quota.status, used } };
      store.update(TABLE, `${place}/${name}`, quota as never, next as never);
    }
  },
};

/**
 * A quota that was made a moment ago, as the controller will have counted it: a real one does so within milliseconds, before the next object
 * of the same file arrives.
 */
function counted(quota: ResourceQuota, store: Store): ResourceQuota {
  const used = countUsage(quota, (table) => store.list(table, `${quota.metadata.namespace}/`));
  return { ...quota, status: { hard: quota.spec.hard ?? {}, used } };
}

/** The quota's limits that may concern objects of a table. */
function limitedBy({ status }: ResourceQuota, table: string): string[] {
  return Object.keys(status.hard ?? {}).filter((name) => countedTable(name) === table);
}

function checkCountable(attributes: AdmissionAttributes, quota: ResourceQuota, table: string): void {
  const { name } = quota.metadata;
  const limited = limitedBy(quota, table);
  const why = evaluatorOf(table).constraints?.(attributes.object!, limited);
  if (why !== undefined) throw refuse(attributes, `failed quota: ${name}: ${why}`);
  const used = quota.status.used ?? {};
  if (limited.some((resource) => !Object.hasOwn(used, resource))) {
    throw refuse(attributes, `status unknown for quota: ${name}, resources: ${[...limited].sort().join(',')}`);
  }
}

/** What the quota will count with the object; undefined when the object does not matter to it. Throws 403 when it is too much. */
function book(
  attributes: AdmissionAttributes,
  { metadata, status }: ResourceQuota,
  delta: Usage,
): Record<string, string> | undefined {
  const hard = (status.hard ?? {}) as Record<string, string>;
  const before = (status.used ?? {}) as Record<string, string>;
  const used = { ...before };
  const exceeded: string[] = [];
  let matters = false;
  for (const [name, amount] of delta) {
    if (!Object.hasOwn(hard, name)) continue;
    matters = true;
    const next = quantity(before[name] ?? '0').add(amount);
    if (next.compare(quantity(hard[name]!)) > 0) exceeded.push(name);
    used[name] = next.toString();
  }
  if (exceeded.length > 0) {
    exceeded.sort();
    const show = (amounts: (name: string) => string) => exceeded.map((name) => `${name}=${amounts(name)}`).join(',');
    const requested = show((name) => delta.get(name)!.toString());
    const had = show((name) => before[name] ?? '0');
    const limit = show((name) => hard[name]!);
    throw refuse(
      attributes,
      `exceeded quota: ${metadata.name}, requested: ${requested}, used: ${had}, limited: ${limit}`,
    );
  }
  return matters ? used : undefined;
}

/** Takes from an update's usage what the object used before. */
function subtract(usage: Usage, before: Usage): void {
  for (const [name, amount] of usage) {
    const had = before.get(name);
    if (had !== undefined) usage.set(name, amount.sub(had));
  }
}
