import { deepEqual } from '../../api/equality.ts';
import type { AnyObject } from '../../api/objects.ts';
import { forbidden, notFound } from '../../api/status.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../admission/plugin.ts';
import type { RbacAuthorizer } from './authorizer.ts';
import { compact, ruleText, uncovered } from './covers.ts';
import type { PolicyRule } from './rule.ts';

const GROUP = 'rbac.authorization.k8s.io';
const KINDS: ReadonlySet<string> = new Set(
  ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map((plural) => `${plural}.${GROUP}`),
);
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody gives away rights that they do not have, unless they may `escalate` (in roles) or `bind` (in bindings). Upstream this wraps the
 * registries of the four kinds (registry/rbac/…/policybased): after other plugins have completed the object, before it is validated.
 */
export function escalationCheck(authorizer: RbacAuthorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: (operation, resource, subresource) =>
      subresource === undefined && (operation === 'CREATE' || operation === 'UPDATE') && KINDS.has(resource),
    refuse(attributes, context) {
      if (attributes.request.user.groups.includes('system:masters')) return;
      if (attributes.request.target.resource.plural.endsWith('bindings')) checkBinding(attributes, context, authorizer);
      else checkRole(attributes, context, authorizer);
    },
  };
}

interface RoleLike extends AnyObject {
  rules?: PolicyRule[];
  aggregationRule?: { clusterRoleSelectors?: unknown[] };
}

interface BindingLike extends AnyObject {
  roleRef: { apiGroup?: string; kind: string; name: string };
  subjects?: unknown[];
}

function checkRole(attributes: AdmissionAttributes, context: AdmissionContext, authorizer: RbacAuthorizer): void {
  const { request, old } = attributes;
  const role = attributes.object as RoleLike;
  const { plural } = request.target.resource;
  const { name } = role.metadata;
  if (mayAny(attributes, context, 'escalate', plural, name)) return;
  const before = old as RoleLike | undefined;
  const sameAggregation = deepEqual(before?.aggregationRule, role.aggregationRule);
  if (before !== undefined && deepEqual(before.rules ?? [], role.rules ?? []) && sameAggregation) return;
  const { namespace = '' } = request;
  const refuse = (why: string) => forbidden({ group: GROUP, plural }, name, why);
  const aggregates = (one: RoleLike | undefined) => (one?.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;
  confirm(attributes, authorizer, role.rules ?? [], namespace, refuse);
  if (aggregates(role) || aggregates(before)) {
    const { rules } = authorizer.boundRules(request.user, '');
    if (uncovered(rules, FULL_AUTHORITY).length > 0)
      throw refuse('must have cluster-admin privileges to use the aggregationRule');
  }
}

function checkBinding(attributes: AdmissionAttributes, context: AdmissionContext, authorizer: RbacAuthorizer): void {
  const { request, old } = attributes;
  const { roleRef, subjects, metadata } = attributes.object as BindingLike;
  const { plural } = request.target.resource;
  const before = old as BindingLike | undefined;
  if (before !== undefined && deepEqual(before.roleRef, roleRef) && deepEqual(before.subjects, subjects)) return;
  const { namespace = '' } = request;
  const role = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (mayAny(attributes, context, 'bind', role, roleRef.name)) return;
  const rules = authorizer.rulesOfRole(roleRef, namespace);
  if (rules === undefined) throw notFound({ group: GROUP, plural: role }, roleRef.name);
  confirm(attributes, authorizer, rules, namespace, (why) => forbidden({ group: GROUP, plural }, metadata.name, why));
}

/** Whether the user has the verb that spares the check (RoleEscalationAuthorized, BindingAuthorized). */
function mayAny(
  { request }: AdmissionAttributes,
  context: AdmissionContext,
  verb: string,
  resource: string,
  name: string,
): boolean {
  const { user, namespace } = request;
  const asked = { user, verb, group: GROUP, version: 'v1', resource, name, namespace };
  return context.decide(asked).verdict === 'allow';
}

/** rbac/validation.ConfirmNoEscalation */
function confirm(
  { request: { user } }: AdmissionAttributes,
  authorizer: RbacAuthorizer,
  wanted: readonly PolicyRule[],
  namespace: string,
  refuse: (why: string) => Error,
): void {
  const held = authorizer.boundRules(user, namespace);
  const missing = uncovered(held.rules, wanted);
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const lines = [...new Set(compact(missing).map(ruleText))].sort();
  const errors = held.errors.length === 0 ? '' : `; resolution errors: [${held.errors.join(', ')}]`;
  throw refuse(
    `user ${JSON.stringify(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${errors}`,
  );
}
