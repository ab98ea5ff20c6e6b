import { type ErrorList, invalid } from '../../api/field-error.ts';
import * as names from '../../api/names.ts';
import { addInvalid, amountOf, checkNonNegativeQuantity, NOT_INTEGER } from './checks.ts';

/** Which names of resources are allowed where (pkg/apis/core/helper). */

const HUGE_PAGES = 'hugepages-';
const REQUESTS = 'requests.';
const CONTAINER = new Set(['cpu', 'memory', 'ephemeral-storage']);
const STANDARD = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
]);
const QUOTA = new Set([...STANDARD].filter((name) => name !== 'storage'));
const COUNTED = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

export function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** A resource of Kubernetes' own: without a prefix, or with one of kubernetes.io's. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** `example.com/gpu`: what nodes advertise and only whole numbers of can be had. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith(REQUESTS)) return false;
  return names.isQualifiedName(`${REQUESTS}${name}`).length === 0;
}

/** Whether requests may differ from limits. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

export function isStandardQuotaResource(name: string): boolean {
  return QUOTA.has(name) || isHugePages(name) || name.startsWith(`${REQUESTS}${HUGE_PAGES}`);
}

function isStandardResource(name: string): boolean {
  return STANDARD.has(name) || isHugePages(name) || name.startsWith(`${REQUESTS}${HUGE_PAGES}`);
}

/** validateResourceName; answers whether the name is well-formed. */
export function checkResourceName(name: string, at: string, errors: ErrorList): boolean {
  const messages = names.isQualifiedName(name);
  addInvalid(errors, at, name, messages);
  if (messages.length > 0) return false;
  if (name.includes('/') || isStandardResource(name)) return true;
  errors.push(invalid(at, name, 'must be a standard resource type or fully qualified'));
  return true;
}

/** validateContainerResourceName */
export function checkContainerResourceName(name: string, at: string, errors: ErrorList): void {
  if (CONTAINER.has(name)) return;
  checkResourceName(name, at, errors);
  if (!name.includes('/')) {
    if (!isHugePages(name)) errors.push(invalid(at, name, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name))
    errors.push(invalid(at, name, "doesn't follow extended resource name standard"));
}

/** ValidateResourceQuotaResourceName */
export function checkQuotaResourceName(name: string, at: string, errors: ErrorList): void {
  checkResourceName(name, at, errors);
  if (!name.includes('/') && !isStandardQuotaResource(name))
    errors.push(invalid(at, name, 'must be a standard resource for quota'));
}

/** ValidateResourceQuantityValue */
export function checkResourceQuantity(name: string, value: string, at: string, errors: ErrorList): void {
  checkNonNegativeQuantity(value, at, errors);
  if (CONTAINER.has(name) || !(COUNTED.has(name) || isExtendedResource(name))) return;
  const amount = amountOf(value);
  if (amount.milliValue() % 1000 !== 0) errors.push(invalid(at, amount.toString(), NOT_INTEGER));
}
