import type * as RbacV1 from 'kubernetes-types/rbac/v1';
import { deepEqual } from '../../api/equality.ts';
import { type ErrorList, invalid, notSupported, required } from '../../api/field-error.ts';
import { isDNS1123Subdomain, isValidPathSegmentName } from '../../api/names.ts';
import { addInvalid, isBlank } from './checks.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** ValidatePolicyRule of each */
export function checkRules(
  rules: readonly RbacV1.PolicyRule[] | undefined | null,
  namespaced: boolean,
  errors: ErrorList,
): void {
  for (const [index, rule] of (rules ?? []).entries()) {
    const at = `rules[${index}]`;
    const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
    if ((verbs?.length ?? 0) === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if (nonResourceURLs.length > 0) {
      const path = `${at}.nonResourceURLs`;
      if (namespaced) errors.push(invalid(path, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
      if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0)
        errors.push(
          invalid(path, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'),
        );
      continue;
    }
    if (apiGroups.length === 0)
      errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (resources.length === 0)
      errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  }
}

interface Binding {
  roleRef: RbacV1.RoleRef;
  subjects?: RbacV1.Subject[];
}

/** Fills in the API groups that go without saying (SetDefaults_RoleBinding, SetDefaults_Subject). Changes. */
export function applyBindingDefaults(binding: Binding): void {
  if (binding.roleRef !== undefined && isBlank(binding.roleRef.apiGroup)) binding.roleRef.apiGroup = RBAC_GROUP;
  for (const subject of binding.subjects ?? [])
    if (isBlank(subject.apiGroup) && (subject.kind === 'User' || subject.kind === 'Group'))
      subject.apiGroup = RBAC_GROUP;
}

/** ValidateRoleBinding, ValidateClusterRoleBinding */
export function checkBinding({ roleRef, subjects }: Binding, namespaced: boolean, errors: ErrorList): void {
  const { apiGroup = '', kind = '', name = '' } = roleRef ?? ({} as RbacV1.RoleRef);
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (apiGroup !== RBAC_GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [RBAC_GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds));
  if (name === '') errors.push(required('roleRef.name'));
  else addInvalid(errors, 'roleRef.name', name, isValidPathSegmentName(name));
  for (const [index, subject] of (subjects ?? []).entries())
    checkSubject(subject, namespaced, `subjects[${index}]`, errors);
}

/** The role of a binding is for good. */
export function checkRoleRefKept({ roleRef }: Binding, old: Binding, errors: ErrorList): void {
  if (!deepEqual(roleRef, old.roleRef)) errors.push(invalid('roleRef', roleRef, 'cannot change roleRef'));
}

/** ValidateRoleBindingSubject */
function checkSubject(
  { kind, name, apiGroup = '', namespace }: RbacV1.Subject,
  namespaced: boolean,
  at: string,
  errors: ErrorList,
): void {
  if (isBlank(name)) errors.push(required(`${at}.name`));
  switch (kind) {
    case 'ServiceAccount':
      if (!isBlank(name)) addInvalid(errors, `${at}.name`, name, isDNS1123Subdomain(name));
      if (apiGroup !== '') errors.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
      if (!namespaced && isBlank(namespace)) errors.push(required(`${at}.namespace`));
      break;
    case 'User':
    case 'Group':
      if (apiGroup !== RBAC_GROUP) errors.push(notSupported(`${at}.apiGroup`, apiGroup, [RBAC_GROUP]));
      break;
    default:
      errors.push(notSupported(`${at}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group']));
  }
}

/** Names of a binding's subjects of one kind, as the wide columns list them. */
export function subjectNames({ subjects }: Binding, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
}
