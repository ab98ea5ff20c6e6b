import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, invalid, notSupported, required } from '../../../api/field-error.ts';
import * as names from '../../../api/names.ts';
import { addInvalid, amountOf, checkDnsSubdomain, checkQualifiedName, isBlank, requireText } from '../checks.ts';

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** What the downward API can name at all (ConvertDownwardAPIFieldLabel). */
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
  'status.nominatedNodeName',
  'status.podIP',
]);
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const SUBSCRIPT = /^(.*)\['([^']*)'\]$/;
const CPU_DIVISORS = ['1m', '1'];
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** ValidateEnv */
export function checkEnv(variables: readonly CoreV1.EnvVar[], at: string, errors: ErrorList): void {
  for (const [index, variable] of variables.entries()) {
    const path = `${at}[${index}]`;
    if (requireText(variable.name, `${path}.name`, errors))
      addInvalid(errors, `${path}.name`, variable.name, names.isRelaxedEnvVarName(variable.name));
    if (variable.valueFrom !== undefined) checkValueFrom(variable, variable.valueFrom, `${path}.valueFrom`, errors);
  }
}

function checkValueFrom({ value }: CoreV1.EnvVar, from: CoreV1.EnvVarSource, at: string, errors: ErrorList): void {
  let sources = 0;
  if (from.fieldRef !== undefined) {
    sources++;
    checkFieldRef(from.fieldRef, ENV_FIELDS, `${at}.fieldRef`, errors);
  }
  if (from.resourceFieldRef !== undefined) {
    sources++;
    checkResourceFieldRef(from.resourceFieldRef, false, `${at}.resourceFieldRef`, errors);
  }
  if (from.configMapKeyRef !== undefined) {
    sources++;
    checkKeyRef(from.configMapKeyRef, `${at}.configMapKeyRef`, errors);
  }
  if (from.secretKeyRef !== undefined) {
    sources++;
    checkKeyRef(from.secretKeyRef, `${at}.secretKeyRef`, errors);
  }
  if (sources === 0)
    errors.push(
      invalid(at, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'),
    );
  else if (!isBlank(value)) errors.push(invalid(at, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1) errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
}

function checkKeyRef({ name = '', key }: { name?: string; key: string }, at: string, errors: ErrorList): void {
  checkDnsSubdomain(name, `${at}.name`, errors);
  if (requireText(key, `${at}.key`, errors)) addInvalid(errors, `${at}.key`, key, names.isConfigMapKey(key));
}

/** validateObjectFieldSelector */
export function checkFieldRef(
  { apiVersion, fieldPath }: CoreV1.ObjectFieldSelector,
  supported: readonly string[],
  at: string,
  errors: ErrorList,
): void {
  if (!requireText(apiVersion, `${at}.apiVersion`, errors) || !requireText(fieldPath, `${at}.fieldPath`, errors))
    return;
  const refuse = (why: string) =>
    errors.push(invalid(`${at}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`));
  if (apiVersion !== 'v1') {
    refuse(`unsupported pod version: ${apiVersion}`);
    return;
  }
  const [, base, subscript] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (base !== undefined) {
    if (base === 'metadata.annotations') checkQualifiedName(subscript!.toLowerCase(), at, errors);
    else if (base === 'metadata.labels') checkQualifiedName(subscript, at, errors);
    else refuse(`field label does not support subscript: ${fieldPath}`);
    return;
  }
  const field = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  if (!KNOWN_FIELDS.has(field)) refuse(`field label not supported: ${fieldPath}`);
  else if (!supported.includes(field)) errors.push(notSupported(`${at}.fieldPath`, field, supported));
}

/** validateContainerResourceFieldSelector */
export function checkResourceFieldRef(
  { containerName, resource, divisor }: CoreV1.ResourceFieldSelector,
  inVolume: boolean,
  at: string,
  errors: ErrorList,
): void {
  const huge = (resource ?? '').startsWith('limits.hugepages-') || (resource ?? '').startsWith('requests.hugepages-');
  if (inVolume && isBlank(containerName)) errors.push(required(`${at}.containerName`));
  else if (isBlank(resource)) errors.push(required(`${at}.resource`));
  else if (!RESOURCES.includes(resource) && !huge) errors.push(notSupported(`${at}.resource`, resource, RESOURCES));
  const unit = amountOf(divisor);
  if (isBlank(resource) || unit.isZero()) return;
  if (resource.endsWith('.cpu')) {
    if (!CPU_DIVISORS.includes(unit.toString()))
      errors.push(
        invalid(`${at}.divisor`, resource, "only divisor's values 1m and 1 are supported with the cpu resource"),
      );
    return;
  }
  const what = huge ? 'hugepages' : resource.endsWith('.memory') ? 'memory' : 'local ephemeral storage';
  if (!BYTE_DIVISORS.includes(unit.toString()) && (huge || RESOURCES.includes(resource)))
    errors.push(
      invalid(
        `${at}.divisor`,
        resource,
        `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the ${what} resource`,
      ),
    );
}

/** ValidateEnvFrom */
export function checkEnvFrom(sources: readonly CoreV1.EnvFromSource[], at: string, errors: ErrorList): void {
  for (const [index, { prefix, configMapRef, secretRef }] of sources.entries()) {
    const path = `${at}[${index}]`;
    if (!isBlank(prefix)) addInvalid(errors, `${path}.prefix`, prefix, names.isRelaxedEnvVarName(prefix));
    if (configMapRef !== undefined) checkSourceName(configMapRef.name, `${path}.configMapRef.name`, errors);
    if (secretRef !== undefined) checkSourceName(secretRef.name, `${path}.secretRef.name`, errors);
    if (configMapRef === undefined && secretRef === undefined)
      errors.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef !== undefined && secretRef !== undefined)
      errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
  }
}

function checkSourceName(name: string | undefined, at: string, errors: ErrorList): void {
  if (requireText(name, at, errors))
    addInvalid(errors, at, name, names.isDNS1123Subdomain(names.maskTrailingDash(name)));
}
