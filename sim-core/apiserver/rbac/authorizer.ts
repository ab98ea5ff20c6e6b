import { aggregateMessage } from '../../api/field-error.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../api/objects.ts';
import type { Store } from '../../store/store.ts';
import type { AccessRules, AuthorizationAttributes, Authorizer, Decision } from '../authorization.ts';
import type { UserInfo } from '../request.ts';
import { matchesPath, matchesResource, type PolicyRule, type Subject, subjectOf } from './rule.ts';

const GROUP = '.rbac.authorization.k8s.io';
const CLUSTER_ROLES = `clusterroles${GROUP}`;
const CLUSTER_BINDINGS = `clusterrolebindings${GROUP}`;
const ROLES = `roles${GROUP}`;
const BINDINGS = `rolebindings${GROUP}`;
const TABLES = [CLUSTER_ROLES, CLUSTER_BINDINGS, ROLES, BINDINGS];

/** A rule that someone is bound to, with the decision it makes. */
interface BoundRule {
  readonly rule: PolicyRule;
  readonly decision: Decision;
}

/** What someone may do in one namespace, or in the cluster as a whole. */
interface Scope {
  readonly rules: readonly BoundRule[];
  /** Bindings to roles that do not exist. */
  readonly errors: readonly string[];
  /** Rules that speak of a kind of request, by verb, group and resource. */
  readonly matching: Map<string, readonly BoundRule[]>;
}

interface UserAccess {
  readonly cluster: Scope;
  readonly namespaces: Map<string, Scope>;
}

/** How many users' rules are remembered; then all are forgotten. */
const USERS_LIMIT = 1_000;

/**
 * Role-based access control (plugin/pkg/auth/authorizer/rbac): who may do what follows from the bindings in the store. What it finds out about
 * a user is kept until a role or a binding changes, so that a component's request costs a look into two maps.
 */
export class RbacAuthorizer implements Authorizer {
  readonly name = 'RBAC';
  private readonly store: Store;
  private readonly byName = new Map<string, UserAccess>();
  private byUser = new WeakMap<UserInfo, UserAccess>();
  private known = -1;

  constructor(store: Store) {
    this.store = store;
  }

  authorize(attributes: AuthorizationAttributes): Decision {
    const access = this.accessOf(attributes.user);
    const { verb, group, resource, subresource, namespace, name, path } = attributes;
    if (path !== undefined) {
      const found = access.cluster.rules.find(({ rule }) => matchesPath(rule, verb, path));
      return found?.decision ?? refusal(access.cluster);
    }
    const scope = namespace === undefined ? access.cluster : this.scopeIn(attributes.user, access, namespace);
    const key =
      subresource === undefined ? `${verb} ${resource}.${group}` : `${verb} ${resource}/${subresource}.${group}`;
    let matching = scope.matching.get(key);
    if (matching === undefined) {
      matching = scope.rules.filter(({ rule }) => matchesResource(rule, attributes));
      scope.matching.set(key, matching);
    }
    for (const { rule, decision } of matching) {
      const { resourceNames } = rule;
      if (resourceNames === undefined || resourceNames.length === 0) return decision;
      if (name !== undefined && resourceNames.includes(name)) return decision;
    }
    return refusal(scope);
  }

  /** The rules that apply to someone in a namespace: what `auth can-i --list` shows, and what escalation checks compare with. */
  rules(user: UserInfo, namespace: string): AccessRules {
    const { rules } = this.boundRules(user, namespace);
    return {
      resourceRules: rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
        resources === undefined ? [] : [{ verbs, apiGroups, resources, ...(resourceNames && { resourceNames }) }],
      ),
      nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs }) =>
        nonResourceURLs === undefined ? [] : [{ verbs, nonResourceURLs }],
      ),
    };
  }

  /** Every rule that someone is bound to, and what went wrong with finding them (AuthorizationRuleResolver.RulesFor). */
  boundRules(user: UserInfo, namespace: string): { rules: readonly PolicyRule[]; errors: readonly string[] } {
    const access = this.accessOf(user);
    const scope = namespace === '' ? access.cluster : this.scopeIn(user, access, namespace);
    return { rules: scope.rules.map(({ rule }) => rule), errors: scope.errors };
  }

  /** The rules of the role that a binding names; undefined when there is no such role (GetRoleReferenceRules). */
  rulesOfRole({ kind, name }: { kind: string; name: string }, namespace: string): readonly PolicyRule[] | undefined {
    const role =
      kind === 'ClusterRole'
        ? (this.store.get(CLUSTER_ROLES, name) as unknown as ClusterRole | undefined)
        : (this.store.get(ROLES, `${namespace}/${name}`) as unknown as Role | undefined);
    return role === undefined ? undefined : (role.rules ?? []);
  }

  private accessOf(user: UserInfo): UserAccess {
    let newest = 0;
    for (const table of TABLES) {
      const revision = this.store.tableRevision(table);
      if (revision > newest) newest = revision;
    }
    if (newest !== this.known || this.byName.size > USERS_LIMIT) {
      this.known = newest;
      this.byUser = new WeakMap();
      this.byName.clear();
    }
    let access = this.byUser.get(user);
    if (access !== undefined) return access;
    const key = JSON.stringify([user.username, user.groups]);
    access = this.byName.get(key);
    if (access === undefined) {
      access = { cluster: this.clusterScope(user), namespaces: new Map() };
      this.byName.set(key, access);
    }
    this.byUser.set(user, access);
    return access;
  }

  private clusterScope(user: UserInfo): Scope {
    const rules: BoundRule[] = [];
    const errors: string[] = [];
    for (const { metadata, roleRef, subjects } of this.store.list(
      CLUSTER_BINDINGS,
    ) as unknown as ClusterRoleBinding[]) {
      const subject = subjectOf(user, subjects, '');
      if (subject === undefined) continue;
      const binding = `ClusterRoleBinding "${metadata.name}" of ${roleRef.kind} "${roleRef.name}"`;
      this.bind(roleRef, '', `${binding} to ${describe(subject, '')}`, rules, errors);
    }
    return { rules, errors, matching: new Map() };
  }

  private scopeIn(user: UserInfo, access: UserAccess, namespace: string): Scope {
    const known = access.namespaces.get(namespace);
    if (known !== undefined) return known;
    const rules: BoundRule[] = [];
    const errors: string[] = [];
    for (const { metadata, roleRef, subjects } of this.store.list(
      BINDINGS,
      `${namespace}/`,
    ) as unknown as RoleBinding[]) {
      const subject = subjectOf(user, subjects, namespace);
      if (subject === undefined) continue;
      const binding = `RoleBinding "${metadata.name}/${namespace}" of ${roleRef.kind} "${roleRef.name}"`;
      this.bind(roleRef, namespace, `${binding} to ${describe(subject, namespace)}`, rules, errors);
    }
    const { cluster } = access;
    const scope =
      rules.length + errors.length === 0
        ? cluster
        : { rules: [...cluster.rules, ...rules], errors: [...cluster.errors, ...errors], matching: new Map() };
    access.namespaces.set(namespace, scope);
    return scope;
  }

  private bind(
    roleRef: { kind: string; name: string },
    namespace: string,
    by: string,
    rules: BoundRule[],
    errors: string[],
  ): void {
    const found = this.rulesOfRole(roleRef, namespace);
    if (found === undefined) {
      errors.push(`${roleRef.kind.toLowerCase()}${GROUP} "${roleRef.name}" not found`);
      return;
    }
    const decision: Decision = { verdict: 'allow', reason: `RBAC: allowed by ${by}` };
    for (const rule of found) rules.push({ rule, decision });
  }
}

/** `Group "system:masters"`, `ServiceAccount "bot/default"` (describeSubject). */
function describe({ kind, name, namespace = '' }: Subject, bindingNamespace: string): string {
  return kind === 'ServiceAccount' ? `${kind} "${name}/${namespace || bindingNamespace}"` : `${kind} "${name}"`;
}

const NO_OPINION: Decision = { verdict: 'no-opinion', reason: '' };

function refusal({ errors }: Scope): Decision {
  return errors.length === 0 ? NO_OPINION : { verdict: 'no-opinion', reason: `RBAC: ${aggregateMessage(errors)}` };
}
