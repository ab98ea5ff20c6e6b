import type { AnyObject, ResourceQuota } from '../../api/objects.ts';
import { Quantity } from '../../api/quantity.ts';
import { inScopes } from './scopes.ts';
import { countedTable, evaluatorOf } from './usage.ts';

/**
 * What of a quota's limits is used, by their names, in order (quota.CalculateUsage). `list` gives the objects of the quota's namespace in a
 * table such as `deployments.apps`.
 */
export function countUsage(
  quota: ResourceQuota,
  list: (table: string) => readonly AnyObject[],
): Record<string, string> {
  const names = Object.keys(quota.spec.hard ?? {}).sort();
  const used = new Map(names.map((name) => [name, Quantity.of(0)]));
  for (const table of new Set(names.map(countedTable))) {
    if (table === undefined) continue;
    const { usage } = evaluatorOf(table);
    for (const object of list(table)) {
      if (!inScopes(quota, table, object)) continue;
      for (const [name, amount] of usage(object)) {
        const before = used.get(name);
        if (before !== undefined) used.set(name, before.add(amount));
      }
    }
  }
  return Object.fromEntries([...used].map(([name, amount]) => [name, amount.toString()]));
}
