import { type ErrorList, required } from '../api/field-error.ts';
import type { ClusterRole } from '../api/objects.ts';
import type { LabelSelectorObject } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkLabelSelector } from './shared/checks.ts';
import { CREATED, NAME } from './shared/columns.ts';
import { checkRules, RBAC_GROUP } from './shared/rbac.ts';

export const clusterRoles: ResourceDefinition<ClusterRole> = {
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  nameRule: 'path-segment',
  createOnUpdate: true,
  validate: checkRole,
  validateUpdate: (role) => checkRole(role),
  columns: [NAME, CREATED],
};

/** ValidateClusterRole */
function checkRole({ rules, aggregationRule }: ClusterRole): ErrorList {
  const errors: ErrorList = [];
  checkRules(rules, false, errors);
  if (aggregationRule === undefined) return errors;
  const at = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    errors.push(required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  for (const [index, selector] of selectors.entries())
    checkLabelSelector(selector as LabelSelectorObject, `${at}[${index}]`, errors);
  return errors;
}
