import type { ErrorList } from '../api/field-error.ts';
import type { RoleBinding } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { AGE, NAME } from './shared/columns.ts';
import { applyBindingDefaults, checkBinding, checkRoleRefKept, RBAC_GROUP, subjectNames } from './shared/rbac.ts';

export const roleBindings: ResourceDefinition<RoleBinding> = {
  group: RBAC_GROUP,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  namespaced: true,
  nameRule: 'path-segment',
  createOnUpdate: true,
  applyDefaults: applyBindingDefaults,
  validate(binding) {
    const errors: ErrorList = [];
    checkBinding(binding, true, errors);
    return errors;
  },
  validateUpdate(binding, old) {
    const errors: ErrorList = [];
    checkBinding(binding, true, errors);
    checkRoleRefKept(binding, old, errors);
    return errors;
  },
  columns: [
    NAME,
    { name: 'Role', value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
    AGE,
    { name: 'Users', priority: 1, value: (binding) => subjectNames(binding, 'User') },
    { name: 'Groups', priority: 1, value: (binding) => subjectNames(binding, 'Group') },
    { name: 'ServiceAccounts', priority: 1, value: (binding) => subjectNames(binding, 'ServiceAccount') },
  ],
};
