import type * as CoreV1 from 'kubernetes-types/core/v1';
import {
  duplicate,
  type ErrorList,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from '../../../api/field-error.ts';
import { checkDnsLabel, checkEnum, isBlank, requireText } from '../checks.ts';
import { checkEnv, checkEnvFrom } from './env.ts';
import { checkVolumeDevices, checkVolumeMounts } from './mounts.ts';
import { checkContainerPorts, checkHostPorts } from './ports.ts';
import { checkLifecycle, checkProbes } from './probes.ts';
import { checkResizePolicy, checkResources } from './resources.ts';
import { checkSecurityContext } from './security.ts';
import type { Container, PodContext } from './types.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const NOT_FOR_INIT = 'may not be set for init containers without restartPolicy=Always';
const NOT_FOR_EPHEMERAL = 'cannot be set for an Ephemeral Container';

/** validateContainers */
export function checkContainers(
  containers: readonly Container[] | undefined,
  pod: PodContext,
  at: string,
  errors: ErrorList,
): void {
  if ((containers?.length ?? 0) === 0) {
    errors.push(required(at));
    return;
  }
  const seen = new Set<string>();
  for (const [index, container] of containers!.entries()) {
    const path = `${at}[${index}]`;
    checkContainer(container, pod, path, errors);
    if (seen.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    else seen.add(container.name);
    if (container.lifecycle !== undefined)
      checkLifecycle(container.lifecycle, pod.gracePeriod, `${path}.lifecycle`, errors);
    checkProbes(container, pod.gracePeriod, path, errors);
    if (container.restartPolicy !== undefined)
      errors.push(forbidden(`${path}.restartPolicy`, 'may not be set for non-init containers'));
  }
  checkHostPorts(containers!, at, errors);
}

/** validateInitContainers */
export function checkInitContainers(
  containers: readonly Container[],
  regular: readonly Container[],
  pod: PodContext,
  at: string,
  errors: ErrorList,
): void {
  const seen = new Set(regular.map(({ name }) => name));
  for (const [index, container] of containers.entries()) {
    const path = `${at}[${index}]`;
    checkContainer(container, pod, path, errors);
    const sidecar = container.restartPolicy === 'Always';
    if (container.restartPolicy !== undefined)
      checkEnum(container.restartPolicy, ['Always'], `${path}.restartPolicy`, errors);
    if (seen.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    else if (!isBlank(container.name)) seen.add(container.name);
    checkHostPorts([container], at, errors);
    if (sidecar) {
      if (container.lifecycle !== undefined)
        checkLifecycle(container.lifecycle, pod.gracePeriod, `${path}.lifecycle`, errors);
      checkProbes(container, pod.gracePeriod, path, errors);
    } else {
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
        if (container[field] !== undefined) errors.push(forbidden(`${path}.${field}`, NOT_FOR_INIT));
    }
  }
}

/** In the order of Go's struct, as upstream walks it. */
const REFUSED_IN_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** validateEphemeralContainers */
export function checkEphemeralContainers(
  containers: readonly CoreV1.EphemeralContainer[],
  others: readonly Container[],
  pod: PodContext,
  at: string,
  errors: ErrorList,
): void {
  const targets = new Set(others.map(({ name }) => name));
  const seen = new Set(targets);
  for (const [index, container] of containers.entries()) {
    const path = `${at}[${index}]`;
    checkContainer(container as Container, pod, path, errors);
    checkImageSpaces(container as Container, path, errors);
    if (seen.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    else seen.add(container.name);
    const target = container.targetContainerName;
    if (!isBlank(target) && !targets.has(target)) errors.push(notFound(`${path}.targetContainerName`, target));
    for (const field of REFUSED_IN_EPHEMERAL) {
      const value = container[field];
      if (value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)) continue;
      errors.push(forbidden(`${path}.${field}`, NOT_FOR_EPHEMERAL));
    }
    for (const [position, mount] of (container.volumeMounts ?? []).entries()) {
      const mountAt = `${path}.volumeMounts[${position}]`;
      if (!isBlank(mount.subPath)) errors.push(forbidden(`${mountAt}.subPath`, NOT_FOR_EPHEMERAL));
      if (!isBlank(mount.subPathExpr)) errors.push(forbidden(`${mountAt}.subPathExpr`, NOT_FOR_EPHEMERAL));
    }
  }
}

/** What is asked of containers of all sorts (validateContainerCommon). */
function checkContainer(container: Container, pod: PodContext, at: string, errors: ErrorList): void {
  if (requireText(container.name, `${at}.name`, errors)) checkDnsLabel(container.name, `${at}.name`, errors);
  if (isBlank(container.image)) errors.push(required(`${at}.image`));
  const { terminationMessagePolicy: policy, imagePullPolicy: pull } = container;
  if (isBlank(policy)) errors.push(required(`${at}.terminationMessagePolicy`));
  else if (!MESSAGE_POLICIES.includes(policy))
    errors.push(notSupported(`${at}.terminationMessagePolicy`, policy, MESSAGE_POLICIES));
  if (container.ports !== undefined) checkContainerPorts(container.ports, `${at}.ports`, errors);
  if (container.env !== undefined) checkEnv(container.env, `${at}.env`, errors);
  if (container.envFrom !== undefined) checkEnvFrom(container.envFrom, `${at}.envFrom`, errors);
  if (container.volumeMounts !== undefined) checkVolumeMounts(container, pod, `${at}.volumeMounts`, errors);
  if (container.volumeDevices !== undefined) checkVolumeDevices(container, pod, `${at}.volumeDevices`, errors);
  if (isBlank(pull)) errors.push(required(`${at}.imagePullPolicy`));
  else if (!PULL_POLICIES.includes(pull)) errors.push(notSupported(`${at}.imagePullPolicy`, pull, PULL_POLICIES));
  if (container.resources !== undefined) checkResources(container.resources, pod.claims, `${at}.resources`, errors);
  if (container.resizePolicy !== undefined)
    checkResizePolicy(container.resizePolicy, pod.restartPolicy, `${at}.resizePolicy`, errors);
  if (container.securityContext !== undefined)
    checkSecurityContext(container.securityContext, pod.hostUsers, `${at}.securityContext`, errors);
}

/** validateContainerOnlyForPod: templates may have such images, pods may not. */
export function checkImageSpaces({ image = '' }: Container, at: string, errors: ErrorList): void {
  if (image.trim().length !== image.length)
    errors.push(invalid(`${at}.image`, image, 'must not have leading or trailing whitespace'));
}
