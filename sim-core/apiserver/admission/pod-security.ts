import type * as CoreV1 from 'kubernetes-types/core/v1';
import { deepEqual } from '../../api/equality.ts';
import type { Namespace, ObjectMeta, Pod } from '../../api/objects.ts';
import { tableOf } from '../resource-storage.ts';
import { invalidObject } from '../validation.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';
import {
  detailText,
  levelText,
  NO_POLICY,
  type Policy,
  policyOf,
  reasonText,
  violations,
} from './pod-security/policy.ts';
import { refuse } from './refuse.ts';

/** Kinds with a pod template: they are warned of what their pods will meet. */
const WITH_TEMPLATES: ReadonlySet<string> = new Set([
  'podtemplates',
  'replicationcontrollers',
  'replicasets.apps',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
]);
const RANK = { privileged: 0, baseline: 1, restricted: 2 } as const;

/** Holds pods to the Pod Security Standards that their namespace's labels ask for (k8s.io/pod-security-admission). */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  handles: (operation, resource, subresource) =>
    (operation === 'CREATE' || operation === 'UPDATE') &&
    (resource === 'pods'
      ? subresource === undefined || subresource === 'ephemeralcontainers'
      : subresource === undefined && (resource === 'namespaces' || WITH_TEMPLATES.has(resource))),
  validate(attributes, context) {
    const table = tableOf(attributes.request.target);
    if (table === 'namespaces') return checkNamespace(attributes, context);
    const policy = policyFor(attributes, context);
    if (policy === NO_POLICY) return;
    if (table === 'pods') checkPod(attributes, policy);
    else warnOfTemplate(attributes, policy);
  },
};

function policyFor({ request }: AdmissionAttributes, { store }: AdmissionContext): Policy {
  const labels = store.get('namespaces', request.namespace ?? '')?.metadata.labels;
  if (labels === undefined) return NO_POLICY;
  for (const key of Object.keys(labels)) {
    if (key.startsWith('pod-security.kubernetes.io/')) return policyOf(labels).policy;
  }
  return NO_POLICY;
}

function checkPod(attributes: AdmissionAttributes, { enforce, warn }: Policy): void {
  const pod = attributes.object as unknown as Pod;
  if (attributes.old !== undefined && !changedWhatMatters(pod, attributes.old as unknown as Pod)) return;
  const found = violations(enforce, pod.spec, pod.metadata);
  if (found.length > 0) throw refuse(attributes, `violates PodSecurity "${levelText(enforce)}": ${detailText(found)}`);
  warnOf(attributes, warn, pod.spec, pod.metadata);
}

/** isSignificantPodUpdate: most updates change nothing that the standards speak of. */
function changedWhatMatters(pod: Pod, old: Pod): boolean {
  const matters = ({ spec, metadata }: Pod) => [
    spec.securityContext,
    spec.containers,
    spec.initContainers,
    spec.ephemeralContainers,
    Object.entries(metadata.annotations ?? {}).filter(([key]) => key.includes('.security.')),
  ];
  return !deepEqual(matters(pod), matters(old));
}

function warnOf(
  { request }: AdmissionAttributes,
  warn: Policy['warn'],
  spec: CoreV1.PodSpec,
  metadata: Partial<ObjectMeta>,
): void {
  const found = violations(warn, spec, metadata);
  if (found.length > 0) request.warnings.push(`would violate PodSecurity "${levelText(warn)}": ${detailText(found)}`);
}

function warnOfTemplate(attributes: AdmissionAttributes, { warn }: Policy): void {
  const { spec, template: own } = attributes.object as {
    spec?: { template?: CoreV1.PodTemplateSpec; jobTemplate?: { spec?: { template?: CoreV1.PodTemplateSpec } } };
    template?: CoreV1.PodTemplateSpec;
  };
  const template = own ?? spec?.template ?? spec?.jobTemplate?.spec?.template;
  if (template?.spec === undefined || attributes.object!.metadata.deletionTimestamp !== undefined) return;
  warnOf(attributes, warn, template.spec, (template.metadata ?? {}) as Partial<ObjectMeta>);
}

/** Labels must be understood; who tightens a namespace is told which of its pods would not be let in any more. */
function checkNamespace(attributes: AdmissionAttributes, { store }: AdmissionContext): void {
  const { metadata } = attributes.object as unknown as Namespace;
  const { policy, errors } = policyOf(metadata.labels);
  const before = policyOf((attributes.old as Namespace | undefined)?.metadata.labels);
  if (errors.length > 0) {
    if (attributes.old !== undefined && before.errors.length > 0) return;
    throw invalidObject({ group: '', kind: 'Namespace' }, metadata.name, errors);
  }
  if (attributes.old === undefined) return;
  const { enforce } = policy;
  const had = before.policy.enforce;
  if (enforce.level === 'privileged' || deepEqual(enforce, had)) return;
  if (enforce.version === had.version && RANK[enforce.level] <= RANK[had.level]) return;
  const groups = new Map<string, string[]>();
  for (const { spec, metadata: own } of store.list('pods', `${metadata.name}/`) as unknown as Pod[]) {
    const found = violations(enforce, spec, own);
    if (found.length === 0) continue;
    const reason = reasonText(found);
    groups.set(reason, [...(groups.get(reason) ?? []), own.name]);
  }
  if (groups.size === 0) return;
  const lines = [...groups].map(([reason, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` (and ${others.length} other pod${others.length === 1 ? '' : 's'})`;
    return `${first}${more}: ${reason}`;
  });
  attributes.request.warnings.push(
    `existing pods in namespace "${metadata.name}" violate the new PodSecurity enforce level "${levelText(enforce)}"`,
    ...lines.sort(),
  );
}
