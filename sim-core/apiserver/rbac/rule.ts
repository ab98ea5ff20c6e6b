import type * as RbacV1 from 'kubernetes-types/rbac/v1';
import type { AuthorizationAttributes } from '../authorization.ts';
import type { UserInfo } from '../request.ts';

export type PolicyRule = RbacV1.PolicyRule;
export type Subject = RbacV1.Subject;

/** Whether a rule speaks of a request on a resource, whatever its object's name (rbac.RuleAllows without ResourceNameMatches). */
export function matchesResource(
  rule: PolicyRule,
  { verb, group, resource, subresource }: AuthorizationAttributes,
): boolean {
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group ?? '') &&
    (rule.resources ?? []).some((pattern) => matchesPattern(pattern, resource ?? '', subresource ?? ''))
  );
}

function has(allowed: readonly string[] | undefined, asked: string): boolean {
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(asked));
}

/** ResourceMatches: `*`, `pods`, `pods/log`, `*` + `/scale`. */
function matchesPattern(pattern: string, resource: string, subresource: string): boolean {
  if (pattern === '*') return true;
  if (subresource === '') return pattern === resource;
  return pattern === `${resource}/${subresource}` || pattern === `*/${subresource}`;
}

/** Whether a rule speaks of a request on a path outside the resources (NonResourceURLMatches). */
export function matchesPath(rule: PolicyRule, verb: string, path: string): boolean {
  return has(rule.verbs, verb) && (rule.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, path));
}

export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1).replace(/\*+$/, ''));
}

/** The first of the subjects that a user is (appliesTo); `namespace` is where a RoleBinding stands. */
export function subjectOf(
  user: UserInfo,
  subjects: readonly Subject[] | undefined,
  namespace: string,
): Subject | undefined {
  return subjects?.find(({ kind, name, namespace: own }) => {
    switch (kind) {
      case 'User':
        return user.username === name;
      case 'Group':
        return user.groups.includes(name);
      case 'ServiceAccount': {
        const place = own ?? namespace;
        return place !== '' && user.username === `system:serviceaccount:${place}:${name}`;
      }
      default:
        return false;
    }
  });
}
