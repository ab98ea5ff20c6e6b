import type * as CoreV1 from 'kubernetes-types/core/v1';
import { deepEqual, semanticEqual } from '../../../api/equality.ts';
import { type ErrorList, forbidden, invalid } from '../../../api/field-error.ts';
import { goDiff } from '../../../api/go-diff/index.ts';
import { inclusiveRangeError } from '../../../api/names.ts';
import type { Pod } from '../../../api/objects.ts';
import { quantity } from '../../../api/quantity.ts';
import { isBlank, NULL } from '../checks.ts';
import { qosClass } from '../qos.ts';
import { checkPodAnnotationChanges } from './annotations.ts';
import { checkPod } from './pod-spec.ts';
import { checkTolerations } from './tolerations.ts';
import type { Container, PodSpec } from './types.ts';

const MAX_INT32 = 2_147_483_647;
const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** What may change of a pod that exists: hardly anything (ValidatePodUpdate). */
export function checkPodUpdate(pod: Pod, old: Pod): ErrorList {
  const errors: ErrorList = [];
  const spec = pod.spec as PodSpec;
  const before = old.spec as PodSpec;
  const specChanged = spec !== before && !deepEqual(spec, before);
  // A spec that is what it was has been found right before.
  if (specChanged) checkPod(pod.metadata, spec, errors);
  checkPodAnnotationChanges(pod.metadata.annotations, old.metadata.annotations, errors);
  if (!specChanged) return errors;
  for (const field of ['containers', 'initContainers'] as const)
    if (!checkImages(spec[field] ?? [], before[field] ?? [], `spec.${field}`, errors)) return errors;
  if (!checkDeadline(spec.activeDeadlineSeconds, before.activeDeadlineSeconds, errors)) return errors;
  checkTolerationsAdded(spec.tolerations ?? [], before.tolerations ?? [], 'spec.tolerations', errors);
  checkGatesRemoved(spec.schedulingGates ?? [], before.schedulingGates ?? [], errors);
  if (semanticEqual(spec, before)) return errors;
  const munged = withAllowedChangesUndone(spec, before, errors);
  if (!semanticEqual(munged, before)) {
    const difference = goDiff('core.PodSpec', internalPodSpec(before), internalPodSpec(munged));
    errors.push(forbidden('spec', `pod updates may not change fields other than ${UPDATABLE}\n${difference}`));
  }
  return errors;
}

/** A spec as the internal API has it: what it shares with its host stands in its security context. */
function internalPodSpec({
  hostNetwork,
  hostPID,
  hostIPC,
  shareProcessNamespace,
  hostUsers,
  ...spec
}: PodSpec): object {
  const shared = { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers };
  return { ...spec, securityContext: { ...spec.securityContext, ...shared } };
}

/** ValidateContainerUpdates; answers whether the lists are of the same length. */
function checkImages(
  containers: readonly Container[],
  old: readonly Container[],
  at: string,
  errors: ErrorList,
): boolean {
  if (containers.length === old.length) return true;
  errors.push(forbidden(at, 'pod updates may not add or remove containers'));
  return false;
}

function checkDeadline(seconds: number | undefined, old: number | undefined, errors: ErrorList): boolean {
  const at = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    if (old !== undefined) errors.push(invalid(at, NULL, 'must not update from a positive integer to nil value'));
    return true;
  }
  if (seconds < 0 || seconds > MAX_INT32) {
    errors.push(invalid(at, seconds, inclusiveRangeError(0, MAX_INT32)));
    return false;
  }
  if (old === undefined || old >= seconds) return true;
  errors.push(invalid(at, seconds, 'must be less than or equal to previous value'));
  return false;
}

/** validateOnlyAddedTolerations */
function checkTolerationsAdded(
  tolerations: readonly CoreV1.Toleration[],
  old: readonly CoreV1.Toleration[],
  at: string,
  errors: ErrorList,
): void {
  for (const before of old) {
    const kept = tolerations.some((toleration) =>
      deepEqual({ ...before, tolerationSeconds: toleration.tolerationSeconds }, toleration),
    );
    if (kept) continue;
    errors.push(forbidden(at, 'existing toleration can not be modified except its tolerationSeconds'));
    return;
  }
  checkTolerations(tolerations, at, errors);
}

/** validateOnlyDeletedSchedulingGates */
function checkGatesRemoved(
  gates: readonly CoreV1.PodSchedulingGate[],
  old: readonly CoreV1.PodSchedulingGate[],
  errors: ErrorList,
): void {
  for (const [index, { name }] of gates.entries()) {
    if (old.some((gate) => gate.name === name)) continue;
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbidden(`spec.schedulingGates[${index}].name`, why));
  }
}

/** The new spec with the old values in all fields that may change: what differs then may not. */
function withAllowedChangesUndone(spec: PodSpec, old: PodSpec, errors: ErrorList): PodSpec {
  const munged: PodSpec = {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  if (spec.initContainers !== undefined)
    munged.initContainers = withImagesOf(spec.initContainers, old.initContainers ?? []);
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    munged.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  if ((old.schedulingGates?.length ?? 0) > 0) undoGatedChanges(munged, old, errors);
  return munged;
}

function withImagesOf(containers: readonly Container[], old: readonly Container[]): Container[] {
  return containers.map((container, index) => ({ ...container, image: old[index]?.image }));
}

/** A pod that waits at a gate may still be told more narrowly where to go. */
function undoGatedChanges(munged: PodSpec, old: PodSpec, errors: ErrorList): void {
  if (!semanticEqual(munged.nodeSelector, old.nodeSelector)) {
    const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => munged.nodeSelector?.[key] === value);
    if (!kept)
      errors.push(
        invalid(
          'spec.nodeSelector',
          munged.nodeSelector ?? NULL,
          'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        ),
      );
    munged.nodeSelector = old.nodeSelector;
  }
  const affinity = munged.affinity?.nodeAffinity;
  const before = old.affinity?.nodeAffinity;
  if (semanticEqual(affinity, before)) return;
  checkNodeAffinityChange(affinity, before, errors);
  const others = { ...munged.affinity, nodeAffinity: before };
  const bare = old.affinity === undefined && others.podAffinity === undefined && others.podAntiAffinity === undefined;
  munged.affinity = bare ? undefined : others;
}

/** validateNodeAffinityMutation */
function checkNodeAffinityChange(
  affinity: CoreV1.NodeAffinity | undefined,
  old: CoreV1.NodeAffinity | undefined,
  errors: ErrorList,
): void {
  const field = 'requiredDuringSchedulingIgnoredDuringExecution';
  if (old?.[field] === undefined) return;
  const at = `spec.affinity.nodeAffinity.${field}.nodeSelectorTerms`;
  const before = old[field].nodeSelectorTerms;
  const terms = affinity?.[field]?.nodeSelectorTerms ?? [];
  if (before.length > 0 && before.length !== terms.length) {
    errors.push(invalid(at, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'));
    return;
  }
  for (const [index, term] of before.entries())
    if (!onlyAdds(terms[index]!, term))
      errors.push(invalid(`${at}[${index}]`, terms[index], 'only additions are allowed (no mutations or deletions)'));
}

/** validateNodeSelectorTermHasOnlyAdditions */
function onlyAdds(term: CoreV1.NodeSelectorTerm, old: CoreV1.NodeSelectorTerm): boolean {
  const { matchExpressions: expressions = [], matchFields: fields = [] } = term;
  const { matchExpressions: oldExpressions = [], matchFields: oldFields = [] } = old;
  if (oldExpressions.length === 0 && oldFields.length === 0) return expressions.length === 0 && fields.length === 0;
  return (
    semanticEqual(expressions.slice(0, oldExpressions.length), oldExpressions) &&
    semanticEqual(fields.slice(0, oldFields.length), oldFields)
  );
}

/** The status of a pod as its kubelet may write it (ValidatePodStatusUpdate). */
export function checkPodStatusUpdate(pod: Pod, old: Pod): ErrorList {
  const errors: ErrorList = [];
  checkPodAnnotationChanges(pod.metadata.annotations, old.metadata.annotations, errors);
  const { status } = pod;
  if (status.qosClass !== old.status.qosClass && !isBlank(old.status.qosClass))
    errors.push(invalid('status.qosClass', status.qosClass ?? '', 'field is immutable'));
  const policy = old.spec.restartPolicy;
  const sidecars = new Set(
    (old.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  checkNotRevived(
    status.containerStatuses,
    old.status.containerStatuses,
    policy,
    undefined,
    'containerStatuses',
    errors,
  );
  checkNotRevived(
    status.initContainerStatuses,
    old.status.initContainerStatuses,
    policy,
    sidecars,
    'initContainerStatuses',
    errors,
  );
  checkNotRevived(
    status.ephemeralContainerStatuses,
    old.status.ephemeralContainerStatuses,
    'Never',
    undefined,
    'ephemeralContainerStatuses',
    errors,
  );
  return errors;
}

/** A container that has ended for good does not run again (ValidateContainerStateTransition). */
function checkNotRevived(
  statuses: readonly CoreV1.ContainerStatus[] | undefined,
  old: readonly CoreV1.ContainerStatus[] | undefined,
  restartPolicy: string | undefined,
  sidecars: ReadonlySet<string> | undefined,
  field: string,
  errors: ErrorList,
): void {
  if (restartPolicy === 'Always' || old === undefined || statuses === old) return;
  for (const [index, before] of old.entries()) {
    const ended = before.state?.terminated;
    if (ended === undefined || (ended.exitCode !== 0 && restartPolicy === 'OnFailure')) continue;
    if (sidecars?.has(before.name) === true) continue;
    const now = statuses?.find(({ name }) => name === before.name);
    if (now !== undefined && now.state?.terminated === undefined)
      errors.push(forbidden(`status.${field}[${index}].state`, 'may not be transitioned to non-terminated state'));
  }
}

/** Changes of ephemeral containers: they are added, and stay as they are (ValidatePodEphemeralContainersUpdate). */
export function checkEphemeralContainersUpdate(pod: Pod, old: Pod): ErrorList {
  const errors: ErrorList = [];
  checkPod(pod.metadata, pod.spec, errors);
  const at = 'spec.ephemeralContainers';
  for (const before of old.spec.ephemeralContainers ?? []) {
    const now = pod.spec.ephemeralContainers?.find(({ name }) => name === before.name);
    if (now === undefined)
      errors.push(forbidden(at, `existing ephemeral containers "${before.name}" may not be removed\n`));
    else if (!semanticEqual(before, now))
      errors.push(forbidden(at, `existing ephemeral containers "${before.name}" may not be changed\n`));
  }
  return errors;
}

function restartsFor({ resizePolicy }: Container, resource: string): boolean {
  return (resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) => resourceName === resource && restartPolicy === 'RestartContainer',
  );
}

/** A running pod's CPU and memory may change, within its QoS class (ValidatePodResize). */
export function checkResize(pod: Pod, old: Pod): ErrorList {
  const errors: ErrorList = [];
  checkPod(pod.metadata, pod.spec, errors);
  for (const field of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (pod.spec[field] ?? []).entries()) {
      const before = old.spec[field]?.[index]?.resources;
      for (const kind of ['limits', 'requests'] as const) {
        const now: Readonly<Record<string, string>> = container.resources?.[kind] ?? {};
        for (const name of Object.keys(before?.[kind] ?? {})) {
          if (now[name] === undefined) {
            errors.push(forbidden(`spec.${field}[${index}].resources.${kind}`, `resource ${kind} cannot be removed`));
          }
        }
        const { memory } = now;
        const lower =
          kind === 'limits' &&
          memory !== undefined &&
          quantity(memory).compare(quantity(before?.limits?.memory ?? '0')) < 0;
        if (lower && !restartsFor(container, 'memory')) {
          const text = 'memory limits cannot be decreased unless resizePolicy is RestartContainer';
          errors.push(forbidden(`spec.${field}[${index}].resources.limits[memory]`, text));
        }
        for (const [name, value] of Object.entries(now)) {
          if (name !== 'cpu' && name !== 'memory' && before?.[kind]?.[name] !== value) {
            errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
          }
        }
      }
    }
  }
  if (qosClass(pod.spec) !== qosClass(old.spec)) {
    errors.push(invalid('spec', qosClass(pod.spec), 'Pod QOS Class may not change as a result of resizing'));
  }
  return errors;
}
