import type * as CoreV1 from 'kubernetes-types/core/v1';
import { goQuote } from '../../../api/go-format.ts';
import { APP_ARMOR, appArmorAdvice } from '../app-armor.ts';
import { amountOf, isBlank } from '../checks.ts';
import type { PodSpec, TemplateMeta } from './types.ts';
import { containersOf } from './visit.ts';

const DEPRECATED_ANNOTATIONS: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const SECCOMP_ADVICE = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const OLD_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};
const OLD_VOLUMES: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

/** Node labels that have a newer name (GetNodeLabelDeprecatedMessage). */
export function oldLabelWarning(label: string): string | undefined {
  return Object.hasOwn(OLD_LABELS, label) ? OLD_LABELS[label] : undefined;
}

/** What a client is told of a pod spec that is accepted (warningsForPodSpecAndMeta). `at`: empty for a pod, else the template's path and a dot. */
export function podWarnings(spec: PodSpec, meta: TemplateMeta, at: string): string[] {
  const warnings: string[] = [];
  warnOfLabels(spec, `${at}spec`, warnings);
  for (const [key, advice] of DEPRECATED_ANNOTATIONS)
    if (meta.annotations?.[key] !== undefined) warnings.push(`${at}metadata.annotations[${key}]: ${advice}`);
  if (spec.volumes !== undefined) warnOfVolumes(spec.volumes, `${at}spec.volumes`, warnings);
  warnOfRepeats(spec, `${at}spec`, warnings);
  for (const name of ['memory', 'ephemeral-storage'])
    warnOfFraction(spec.overhead?.[name], `${at}spec.overhead[${name}]`, warnings);
  warnOfContainers(spec, meta, at, warnings);
  warnOfPorts(spec, `${at}spec`, warnings);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(
      `${at}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  for (const field of ['podAffinity', 'podAntiAffinity'] as const)
    if (spec.affinity?.[field] !== undefined)
      warnOfPodAffinity(spec.affinity[field], `${at}spec.affinity.${field}`, warnings);
  return warnings;
}

/** Warnings for a workload's template, when it is new or has changed. */
export function templateWarnings(template: CoreV1.PodTemplateSpec | undefined, at: string): string[] {
  return template?.spec === undefined ? [] : podWarnings(template.spec, template.metadata ?? {}, `${at}.`);
}

function warnOfLabels(spec: PodSpec, at: string, warnings: string[]): void {
  for (const label in spec.nodeSelector) {
    const advice = oldLabelWarning(label);
    if (advice !== undefined) warnings.push(`${at}.nodeSelector[${label}]: ${advice}`);
  }
  const affinity = spec.affinity?.nodeAffinity;
  const path = `${at}.affinity.nodeAffinity`;
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const [index, term] of required.entries())
    warnOfTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`, warnings);
  for (const [index, { preference }] of (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries())
    warnOfTerm(preference, `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`, warnings);
  for (const [index, { topologyKey, labelSelector }] of (spec.topologySpreadConstraints ?? []).entries()) {
    const constraintAt = `${at}.topologySpreadConstraints[${index}]`;
    const advice = oldLabelWarning(topologyKey);
    if (advice !== undefined) warnings.push(`${constraintAt}.topologyKey: ${topologyKey} is ${advice}`);
    if (labelSelector === undefined)
      warnings.push(`${constraintAt}.labelSelector: a null labelSelector results in matching no pod`);
  }
}

/** GetWarningsForNodeSelectorTerm */
export function warnOfTerm(term: CoreV1.NodeSelectorTerm, at: string, warnings: string[]): void {
  for (const [index, { key }] of (term.matchExpressions ?? []).entries()) {
    const path = `${at}.matchExpressions[${index}]`;
    const advice = oldLabelWarning(key);
    if (advice !== undefined) warnings.push(`${path}.key: ${key} is ${advice}`);
  }
}

function warnOfPodAffinity(affinity: CoreV1.PodAffinity, at: string, warnings: string[]): void {
  const why = 'a null labelSelector results in matching no pod';
  for (const [index, term] of (affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
    if (term.labelSelector === undefined)
      warnings.push(`${at}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector: ${why}`);
  for (const [index, term] of (affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries())
    if (term.podAffinityTerm?.labelSelector === undefined)
      warnings.push(
        `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm.labelSelector: ${why}`,
      );
}

function warnOfVolumes(volumes: readonly CoreV1.Volume[], at: string, warnings: string[]): void {
  for (const [index, volume] of volumes.entries()) {
    for (const field of Object.keys(volume)) {
      if (!Object.hasOwn(OLD_VOLUMES, field)) continue;
      warnings.push(`${at}[${index}].${field === 'storageos' ? 'storageOS' : field}: ${OLD_VOLUMES[field]}`);
    }
    const storage = volume.ephemeral?.volumeClaimTemplate?.spec.resources?.requests?.storage;
    warnOfFraction(storage, `${at}[${index}].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]`, warnings);
  }
}

function warnOfRepeats({ hostAliases = [], imagePullSecrets = [] }: PodSpec, at: string, warnings: string[]): void {
  const ips = new Set<string | undefined>();
  for (const [index, { ip }] of hostAliases.entries()) {
    if (ips.has(ip)) warnings.push(`${at}.hostAliases[${index}].ip: duplicate ip ${goQuote(ip ?? '')}`);
    ips.add(ip);
  }
  const secrets = new Set<string>();
  for (const [index, { name = '' }] of imagePullSecrets.entries()) {
    if (secrets.has(name)) warnings.push(`${at}.imagePullSecrets[${index}].name: duplicate name ${goQuote(name)}`);
    secrets.add(name);
  }
  for (const [index, { name = '' }] of imagePullSecrets.entries())
    if (name === '') warnings.push(`${at}.imagePullSecrets[${index}].name: invalid empty name ""`);
}

/** Amounts of bytes that are no whole number: usually `m` where `M` was meant. */
export function warnOfFraction(value: string | undefined, at: string, warnings: string[]): void {
  if (value === undefined || !value.includes('m')) return;
  const amount = amountOf(value);
  if (amount.milliValue() % 1000 !== 0)
    warnings.push(`${at}: fractional byte value ${goQuote(amount.toString())} is invalid, must be an integer`);
}

function warnOfContainers(spec: PodSpec, { annotations }: TemplateMeta, at: string, warnings: string[]): void {
  const ofPod = spec.securityContext;
  if (ofPod?.seccompProfile === undefined && annotations?.[SECCOMP_POD] !== undefined)
    warnings.push(`${at}metadata.annotations[${SECCOMP_POD}]: ${SECCOMP_ADVICE}`);
  for (const [container, path] of containersOf(spec, `${at}spec`)) {
    const own = container.securityContext;
    if (annotations !== undefined) {
      const seccomp = SECCOMP_CONTAINER + container.name;
      if (own?.seccompProfile === undefined && annotations[seccomp] !== undefined)
        warnings.push(`${at}metadata.annotations[${seccomp}]: ${SECCOMP_ADVICE}`);
      const appArmor = APP_ARMOR + container.name;
      if (
        own?.appArmorProfile === undefined &&
        ofPod?.appArmorProfile === undefined &&
        annotations[appArmor] !== undefined
      )
        warnings.push(appArmorAdvice(appArmor, at));
    }
    for (const name of ['memory', 'ephemeral-storage'])
      for (const side of ['limits', 'requests'] as const)
        warnOfFraction(container.resources?.[side]?.[name], `${path}.resources.${side}[${name}]`, warnings);
    if (container.env !== undefined) warnOfEnv(container.env, `${path}.env`, warnings);
  }
}

/** A later definition of a variable that does not build on the earlier one. */
function warnOfEnv(variables: readonly CoreV1.EnvVar[], at: string, warnings: string[]): void {
  if (variables.length < 2) return;
  const seen = new Set<string>();
  for (const [index, { name, value = '', valueFrom }] of variables.entries()) {
    if (!seen.has(name)) {
      seen.add(name);
      continue;
    }
    const reference = `$(${name})`;
    if (valueFrom === undefined && value !== reference && value.includes(reference)) continue;
    warnings.push(
      `${at}[${index}]: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`,
    );
  }
}

function warnOfPorts(spec: PodSpec, at: string, warnings: string[]): void {
  const seen = new Map<string, { readonly path: string; readonly port: CoreV1.ContainerPort }[]>();
  for (const [{ ports = [] }, containerAt] of containersOf(spec, at)) {
    for (const [index, port] of ports.entries()) {
      const path = `${containerAt}.ports[${index}]`;
      const hostPort = port.hostPort ?? 0;
      if (!isBlank(port.hostIP) && hostPort === 0)
        warnings.push(
          `${path}: hostIP set without hostPort: {Name:${port.name ?? ''} HostPort:0 ContainerPort:${port.containerPort} Protocol:${port.protocol} HostIP:${port.hostIP}}`,
        );
      const key = `${port.containerPort}/${port.protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const otherPort = other.port.hostPort ?? 0;
        if ((port.hostIP ?? '') === (other.port.hostIP ?? '') && hostPort === otherPort)
          warnings.push(`${path}: duplicate port definition with ${other.path}`);
        else if (hostPort === 0 || otherPort === 0)
          warnings.push(`${path}: overlapping port definition with ${other.path}`);
        else if (
          port.hostIP !== other.port.hostIP &&
          hostPort === otherPort &&
          (isBlank(port.hostIP) || isBlank(other.port.hostIP))
        )
          warnings.push(`${path}: dangerously ambiguous port definition with ${other.path}`);
      }
      others.push({ path, port });
      seen.set(key, others);
    }
  }
}
