import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, invalid, required } from '../api/field-error.ts';
import type { ResourceQuota } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { IMMUTABLE, NULL } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkQuotaResourceName, checkResourceQuantity, isStandardQuotaResource } from './shared/resource-names.ts';

const SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
];
/** What of a pod a quota with a scope can count (podComputeQuotaResources); pods without requests count only as such. */
const POD_RESOURCES = new Set([
  'pods',
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
]);

export const resourceQuotas: ResourceDefinition<ResourceQuota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  hasStatus: true,
  generation: false,
  prepareForCreate(quota) {
    quota.status = {};
  },
  validate: ({ spec }) => checkSpec(spec ?? {}),
  validateUpdate({ spec }, old) {
    const errors = checkSpec(spec);
    const scopes = [...(spec.scopes ?? [])].sort().join();
    if (scopes !== [...(old.spec.scopes ?? [])].sort().join())
      errors.push(invalid('spec.scopes', spec.scopes ?? NULL, IMMUTABLE));
    return errors;
  },
  validateStatusUpdate({ status }) {
    const errors: ErrorList = [];
    checkAmounts(status.hard, 'status.hard', errors);
    checkAmounts(status.used, 'status.used', errors);
    return errors;
  },
  columns: [
    NAME,
    { name: 'Request', value: (quota) => usage(quota, (name) => !name.startsWith('limits.')) },
    { name: 'Limit', value: (quota) => usage(quota, (name) => name.startsWith('limits.')) },
    AGE,
  ],
};

function checkAmounts(amounts: Readonly<Record<string, string>> | undefined, at: string, errors: ErrorList): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    checkQuotaResourceName(name, `${at}[${name}]`, errors);
    checkResourceQuantity(name, amount, `${at}[${name}]`, errors);
  }
}

/** ValidateResourceQuotaSpec */
function checkSpec(spec: CoreV1.ResourceQuotaSpec): ErrorList {
  const errors: ErrorList = [];
  const { scopes = [], scopeSelector } = spec;
  checkAmounts(spec.hard, 'spec.hard', errors);
  const hard = Object.keys(spec.hard ?? {}).sort();
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) errors.push(invalid('spec.scopes', scopes, 'unsupported scope'));
    for (const name of hard)
      if (isStandardQuotaResource(name) && !canCount(scope, name))
        errors.push(invalid('spec.scopes', scopes, 'unsupported scope applied to resource'));
  }
  if (conflict(scopes)) errors.push(invalid('spec.scopes', scopes, 'conflicting scopes'));
  if (scopeSelector === undefined) return errors;
  const at = 'spec.scopeSelector.matchExpressions';
  const expressions = scopeSelector.matchExpressions ?? [];
  for (const { scopeName, operator, values = [] } of expressions) {
    if (!SCOPES.includes(scopeName)) errors.push(invalid(`${at}.scopeName`, scopeName, 'unsupported scope'));
    for (const name of hard)
      if (isStandardQuotaResource(name) && !canCount(scopeName, name))
        errors.push(invalid(at, scopeSelector, 'unsupported scope applied to resource'));
    if (scopeName !== 'PriorityClass' && SCOPES.includes(scopeName) && operator !== 'Exists')
      errors.push(
        invalid(
          `${at}.operator`,
          operator,
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(
          required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"),
        );
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(
          invalid(
            `${at}.values`,
            values,
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
          ),
        );
    } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
  }
  if (conflict(expressions.map(({ scopeName }) => scopeName)))
    errors.push(invalid('spec.scopes', spec.scopes ?? NULL, 'conflicting scopes'));
  return errors;
}

/** IsResourceQuotaScopeValidForResource */
function canCount(scope: string, name: string): boolean {
  switch (scope) {
    case 'Terminating':
    case 'NotTerminating':
    case 'NotBestEffort':
    case 'PriorityClass':
    case 'CrossNamespacePodAffinity':
      return POD_RESOURCES.has(name);
    case 'BestEffort':
      return name === 'pods';
    default:
      return true;
  }
}

function conflict(scopes: readonly string[]): boolean {
  const has = (scope: string) => scopes.includes(scope);
  return (has('BestEffort') && has('NotBestEffort')) || (has('Terminating') && has('NotTerminating'));
}

/** `cpu: 1/2, pods: 3/4` */
function usage({ status }: ResourceQuota, shows: (name: string) => boolean): string {
  return Object.keys(status.hard ?? {})
    .filter(shows)
    .sort()
    .map((name) => `${name}: ${status.used?.[name] ?? '0'}/${status.hard![name]}`)
    .join(', ');
}
