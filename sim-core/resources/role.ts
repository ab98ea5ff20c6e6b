import type { ErrorList } from '../api/field-error.ts';
import type { Role } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { CREATED, NAME } from './shared/columns.ts';
import { checkRules, RBAC_GROUP } from './shared/rbac.ts';

export const roles: ResourceDefinition<Role> = {
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  namespaced: true,
  nameRule: 'path-segment',
  createOnUpdate: true,
  validate: checkRole,
  validateUpdate: (role) => checkRole(role),
  columns: [NAME, CREATED],
};

function checkRole({ rules }: Role): ErrorList {
  const errors: ErrorList = [];
  checkRules(rules, true, errors);
  return errors;
}
