import type * as CoreV1 from 'kubernetes-types/core/v1';
import { duplicate, type ErrorList, forbidden, invalid, notSupported, required } from '../../../api/field-error.ts';
import { isValidIP } from '../../../api/ip.ts';
import {
  addInvalid,
  checkDnsLabel,
  checkDnsSubdomain,
  checkLabels,
  checkQualifiedName,
  checkRange,
  checkRequiredEnum,
  isBlank,
} from '../checks.ts';
import { checkAffinity, checkTopologySpread } from './affinity.ts';
import { checkAnnotationsMatchFields, checkPodAnnotations } from './annotations.ts';
import { checkContainers, checkEphemeralContainers, checkImageSpaces, checkInitContainers } from './containers.ts';
import { checkDnsConfig } from './dns.ts';
import { checkHostNetworkPorts } from './ports.ts';
import { checkResources } from './resources.ts';
import { checkHostUsers, checkPodSecurityContext } from './security.ts';
import { checkTolerations } from './tolerations.ts';
import type { PodContext, PodSpec, TemplateMeta, Volume } from './types.ts';
import { checkVolumes } from './volumes.ts';
import { checkHostProcess, checkSystemFields } from './windows.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never'];
const SYSTEMS = ['linux', 'windows'];
const MAX_INT32 = 2_147_483_647;
const NO_NAMES: ReadonlySet<string> = new Set();
const NO_VOLUMES: ReadonlyMap<string, Volume> = new Map();

/**
 * ValidatePodSpec. `meta` is the metadata of the pod that the spec is of, for the names of its ephemeral volumes' claims; templates
 * pass none.
 */
export function checkPodSpec(spec: PodSpec, meta: TemplateMeta | undefined, at: string, errors: ErrorList): void {
  if (spec.terminationGracePeriodSeconds === undefined) errors.push(required(`${at}.terminationGracePeriodSeconds`));
  const volumes = spec.volumes === undefined ? NO_VOLUMES : checkVolumes(spec.volumes, meta, `${at}.volumes`, errors);
  if (spec.resourceClaims !== undefined) checkResourceClaims(spec.resourceClaims, `${at}.resourceClaims`, errors);
  const pod: PodContext = {
    volumes,
    claims: spec.resourceClaims === undefined ? NO_NAMES : new Set(spec.resourceClaims.map(({ name }) => name)),
    restartPolicy: spec.restartPolicy,
    gracePeriod: spec.terminationGracePeriodSeconds,
    hostUsers: spec.hostUsers !== false,
    isPod: meta !== undefined,
  };
  checkContainers(spec.containers, pod, `${at}.containers`, errors);
  if (spec.initContainers !== undefined)
    checkInitContainers(spec.initContainers, spec.containers ?? [], pod, `${at}.initContainers`, errors);
  if (spec.ephemeralContainers !== undefined) {
    const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
    checkEphemeralContainers(spec.ephemeralContainers, others, pod, `${at}.ephemeralContainers`, errors);
  }
  checkHostNetworkPorts(spec, pod.isPod, at, errors);
  checkRequiredEnum(spec.restartPolicy, RESTART_POLICIES, `${at}.restartPolicy`, errors);
  checkRequiredEnum(spec.dnsPolicy, DNS_POLICIES, `${at}.dnsPolicy`, errors);
  checkLabels(spec.nodeSelector, `${at}.nodeSelector`, errors);
  checkPodSecurityContext(spec, at, errors);
  if (spec.affinity !== undefined) checkAffinity(spec.affinity, `${at}.affinity`, errors);
  checkDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${at}.dnsConfig`, errors);
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries())
    checkQualifiedName(conditionType, `${at}.readinessGates[${index}].conditionType`, errors);
  if (spec.schedulingGates !== undefined) checkSchedulingGates(spec.schedulingGates, `${at}.schedulingGates`, errors);
  if (spec.topologySpreadConstraints !== undefined)
    checkTopologySpread(spec.topologySpreadConstraints, `${at}.topologySpreadConstraints`, errors);
  checkHostProcess(spec, at, errors);
  checkHostUsers(spec, at, errors);
  checkReferences(spec, at, errors);
}

/** The rest of the spec: names of other things, and single values. */
function checkReferences(spec: PodSpec, at: string, errors: ErrorList): void {
  if (!isBlank(spec.serviceAccountName)) checkDnsSubdomain(spec.serviceAccountName, `${at}.serviceAccountName`, errors);
  if (!isBlank(spec.nodeName)) checkDnsSubdomain(spec.nodeName, `${at}.nodeName`, errors);
  if (spec.activeDeadlineSeconds !== undefined)
    checkRange(spec.activeDeadlineSeconds, 1, MAX_INT32, `${at}.activeDeadlineSeconds`, errors);
  if (!isBlank(spec.hostname)) checkDnsLabel(spec.hostname, `${at}.hostname`, errors);
  if (!isBlank(spec.subdomain)) checkDnsLabel(spec.subdomain, `${at}.subdomain`, errors);
  if (spec.tolerations !== undefined) checkTolerations(spec.tolerations, `${at}.tolerations`, errors);
  for (const [index, { ip = '', hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    addInvalid(errors, `${at}.hostAliases[${index}].ip`, ip, isValidIP(ip));
    for (const [position, name] of hostnames.entries())
      checkDnsSubdomain(name, `${at}.hostAliases[${index}].hostnames[${position}]`, errors);
  }
  if (!isBlank(spec.priorityClassName)) checkDnsSubdomain(spec.priorityClassName, `${at}.priorityClassName`, errors);
  if (spec.runtimeClassName !== undefined) checkDnsSubdomain(spec.runtimeClassName, `${at}.runtimeClassName`, errors);
  if (spec.preemptionPolicy !== undefined)
    checkRequiredEnum(spec.preemptionPolicy, PREEMPTION_POLICIES, `${at}.preemptionPolicy`, errors);
  if (spec.overhead !== undefined) checkResources({ limits: spec.overhead }, NO_NAMES, `${at}.overhead`, errors);
  if (spec.os === undefined) return;
  if (isBlank(spec.os.name)) errors.push(required(`${at}.os.name`, 'cannot be empty'));
  else if (!SYSTEMS.includes(spec.os.name)) errors.push(notSupported(`${at}.os`, spec.os.name, SYSTEMS));
  else checkSystemFields(spec, at, errors);
}

/** validatePodResourceClaims */
function checkResourceClaims(claims: readonly CoreV1.PodResourceClaim[], at: string, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, claim] of claims.entries()) {
    const path = `${at}[${index}]`;
    const { resourceClaimName: name, resourceClaimTemplateName: template } = claim as {
      resourceClaimName?: string;
      resourceClaimTemplateName?: string;
    };
    if (isBlank(claim.name)) errors.push(required(`${path}.name`));
    else if (seen.has(claim.name)) errors.push(duplicate(`${path}.name`, claim.name));
    else {
      checkDnsLabel(claim.name, `${path}.name`, errors);
      seen.add(claim.name);
    }
    if (name !== undefined && template !== undefined)
      errors.push(
        invalid(path, claim, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'),
      );
    if (name === undefined && template === undefined)
      errors.push(invalid(path, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    if (name !== undefined) checkDnsSubdomain(name, `${path}.resourceClaimName`, errors);
    if (template !== undefined) checkDnsSubdomain(template, `${path}.resourceClaimTemplateName`, errors);
  }
}

/** validateSchedulingGates */
function checkSchedulingGates(gates: readonly CoreV1.PodSchedulingGate[], at: string, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, { name }] of gates.entries()) {
    checkQualifiedName(name, `${at}[${index}]`, errors);
    if (seen.has(name)) errors.push(duplicate(`${at}[${index}]`, name));
    seen.add(name);
  }
}

/** A pod's spec and annotations, and what is asked of pods but not of templates (validatePodMetadataAndSpec). */
export function checkPod(meta: TemplateMeta, spec: PodSpec, errors: ErrorList): void {
  checkPodAnnotations(meta.annotations, spec, 'metadata.annotations', errors);
  checkPodSpec(spec, meta, 'spec', errors);
  if (isBlank(spec.serviceAccountName) && spec.volumes !== undefined) {
    for (const [index, { projected }] of spec.volumes.entries()) {
      for (const [position, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
        if (serviceAccountToken === undefined) continue;
        const path = `spec.volumes[${index}].projected.sources[${position}].serviceAccountToken`;
        errors.push(forbidden(path, 'must not be specified when serviceAccountName is not set'));
      }
    }
  }
  for (const field of ['containers', 'initContainers'] as const)
    for (const [index, container] of (spec[field] ?? []).entries())
      checkImageSpaces(container, `spec.${field}[${index}]`, errors);
}

/** What only a new pod may not have (ValidatePodCreate). */
export function checkNewPod(meta: TemplateMeta, spec: PodSpec, errors: ErrorList): void {
  checkPod(meta, spec, errors);
  if ((spec.ephemeralContainers?.length ?? 0) > 0)
    errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (!isBlank(spec.nodeName) && (spec.schedulingGates?.length ?? 0) > 0)
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  checkAnnotationsMatchFields(meta.annotations, spec, 'spec', errors);
}
