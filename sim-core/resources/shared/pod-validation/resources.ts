import type * as CoreV1 from 'kubernetes-types/core/v1';
import {
  duplicate,
  type ErrorList,
  FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../api/field-error.ts';
import { amountOf, checkDnsLabel, isBlank } from '../checks.ts';
import {
  checkContainerResourceName,
  checkResourceQuantity,
  isHugePages,
  isOvercommitAllowed,
} from '../resource-names.ts';

/** validateResourceRequirements of a container */
export function checkResources(
  { limits, requests, claims }: CoreV1.ResourceRequirements,
  podClaims: ReadonlySet<string>,
  at: string,
  errors: ErrorList,
): void {
  let hugePages = false;
  let cpuOrMemory = false;
  const note = (name: string, value: string, path: string) => {
    checkContainerResourceName(name, path, errors);
    checkResourceQuantity(name, value, path, errors);
    if (name === 'cpu' || name === 'memory') cpuOrMemory = true;
  };
  const noteHugePages = (name: string, value: string, path: string) => {
    if (!isHugePages(name)) return;
    hugePages = true;
    const page = amountOf(name.slice('hugepages-'.length)).value();
    const amount = amountOf(value);
    if (page <= 0 || amount.value() % page !== 0)
      errors.push(invalid(path, amount.toString(), `${amount} is not positive integer multiple of ${name}`));
  };
  for (const name in limits) {
    const path = `${at}.limits[${name}]`;
    note(name, limits[name]!, path);
    noteHugePages(name, limits[name]!, path);
  }
  for (const name in requests) {
    const path = `${at}.requests[${name}]`;
    const value = requests[name]!;
    note(name, value, path);
    const limit = limits?.[name];
    if (limit === undefined) {
      if (!isOvercommitAllowed(name))
        errors.push(required(`${at}.limits`, 'Limit must be set for non overcommitable resources'));
    } else if (limit !== value) {
      const order = amountOf(value).compare(amountOf(limit));
      if (order !== 0 && !isOvercommitAllowed(name))
        errors.push(invalid(`${at}.requests`, value, `must be equal to ${name} limit of ${limit}`));
      else if (order > 0)
        errors.push(invalid(`${at}.requests`, value, `must be less than or equal to ${name} limit of ${limit}`));
    }
    noteHugePages(name, value, path);
  }
  if (hugePages && !cpuOrMemory) errors.push(forbidden(at, 'HugePages require cpu or memory'));
  if (claims !== undefined) checkClaims(claims, podClaims, `${at}.claims`, errors);
}

/** validateResourceClaimNames */
function checkClaims(
  claims: readonly (CoreV1.ResourceClaim & { request?: string })[],
  podClaims: ReadonlySet<string>,
  at: string,
  errors: ErrorList,
): void {
  const seen = new Set<string>();
  for (const [index, { name, request }] of claims.entries()) {
    const path = `${at}[${index}]`;
    if (isBlank(name)) {
      errors.push(required(path));
      continue;
    }
    if (seen.has(name)) errors.push(duplicate(path, name));
    else {
      if (!isBlank(request)) checkDnsLabel(request, `${path}.request`, errors);
      const key = isBlank(request) ? name : `${name}/${request}`;
      if (seen.has(key)) errors.push(duplicate(path, key));
      else if (isBlank(request))
        for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(path, name));
      seen.add(key);
    }
    if (podClaims.has(name)) continue;
    const known = podClaims.size === 0 ? ' which is empty' : `: ${[...podClaims].sort().join(', ')}`;
    errors.push(
      new FieldError('FieldValueNotFound', path, name, `must be one of the names in pod.spec.resourceClaims${known}`),
    );
  }
}

const RESIZABLE = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];

/** validateResizePolicy */
export function checkResizePolicy(
  policies: readonly CoreV1.ContainerResizePolicy[],
  restartPolicy: string | undefined,
  at: string,
  errors: ErrorList,
): void {
  const seen = new Set<string>();
  for (const [index, policy] of policies.entries()) {
    if (seen.has(policy.resourceName)) errors.push(duplicate(`${at}[${index}]`, policy.resourceName));
    seen.add(policy.resourceName);
    if (isBlank(policy.resourceName)) errors.push(required(at));
    else if (!RESIZABLE.includes(policy.resourceName)) errors.push(notSupported(at, policy.resourceName, RESIZABLE));
    if (isBlank(policy.restartPolicy)) errors.push(required(at));
    else if (!RESIZE_POLICIES.includes(policy.restartPolicy))
      errors.push(notSupported(at, policy.restartPolicy, RESIZE_POLICIES));
    if (restartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired')
      errors.push(invalid(at, policy.restartPolicy ?? '', "must be 'NotRequired' when `restartPolicy` is 'Never'"));
  }
}
