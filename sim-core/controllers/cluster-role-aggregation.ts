import { deepEqual } from '../api/equality.ts';
import type { ClusterRole } from '../api/objects.ts';
import { labelSelectorAsSelector } from '../api/selector.ts';
import { clusterRoles } from '../resources/cluster-role.ts';
import type { ControllerDefinition } from './controller.ts';

/**
 * The ClusterRole aggregation controller (pkg/controller/clusterroleaggregation): a role with an aggregation rule has the rules of all roles
 * that its selectors choose, in the order of their names, each rule once.
 */
export const clusterRoleAggregationController: ControllerDefinition = {
  name: 'clusterrole-aggregation-controller',
  setUp(context) {
    const { client, informers } = context;
    const informer = informers.for(clusterRoles);
    const queue = context.queue({ reconcile });
    // Any role may be a part of any aggregated one.
    const enqueueAggregated = () => {
      for (const role of informer.list()) if (selectorsOf(role).length > 0) queue.add(role.metadata.name);
    };
    informer.addHandler({ added: enqueueAggregated, updated: enqueueAggregated, deleted: enqueueAggregated });

    function reconcile(name: string): void {
      const role = informer.get(undefined, name);
      if (role === undefined || selectorsOf(role).length === 0) return;
      const rules: NonNullable<ClusterRole['rules']> = [];
      for (const selector of selectorsOf(role).map(labelSelectorAsSelector)) {
        const parts = [...informer.list()].filter(
          ({ metadata }) => metadata.name !== name && selector.matches(metadata.labels),
        );
        parts.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
        for (const part of parts) {
          for (const rule of part.rules ?? []) if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
        }
      }
      if (!deepEqual(rules, role.rules ?? [])) client.update(clusterRoles, { ...role, rules });
    }
  },
};

function selectorsOf({ aggregationRule }: ClusterRole) {
  return aggregationRule?.clusterRoleSelectors ?? [];
}
