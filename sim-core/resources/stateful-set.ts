import type * as AppsV1 from 'kubernetes-types/apps/v1';
import { deepEqual, semanticEqual } from '../api/equality.ts';
import { type ErrorList, forbidden, invalid, notSupported, required } from '../api/field-error.ts';
import type { StatefulSet } from '../api/objects.ts';
import type { LabelSelectorObject } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import {
  checkAnnotations,
  checkLabels,
  checkNonNegative,
  checkSelectorMatchesTemplate,
  isBlank,
} from './shared/checks.ts';
import { applyClaimSpecDefaults } from './shared/claim-spec.ts';
import { AGE, NAME } from './shared/columns.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { checkPodAnnotations } from './shared/pod-validation/annotations.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { checkAlwaysRunning, checkCounts, checkWorkloadSelector } from './shared/replicas.ts';
import { replicasScale } from './shared/scale.ts';
import { containerImages, containerNames } from './shared/workload-columns.ts';

const COUNTS = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export const statefulSets: ResourceDefinition<StatefulSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  // The name must serve as a part of its pods' host names.
  nameRule: 'label',
  hasStatus: true,
  scale: replicasScale,
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
    spec.podManagementPolicy ??= 'OrderedReady';
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.partition ??= 0;
      // Behind a gate that v1.33 has off.
      delete spec.updateStrategy.rollingUpdate.maxUnavailable;
    }
    spec.revisionHistoryLimit ??= 10;
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= 'Retain';
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ??= 'v1';
      claim.kind ??= 'PersistentVolumeClaim';
      claim.metadata = { creationTimestamp: null, ...claim.metadata } as typeof claim.metadata;
      claim.spec ??= {};
      applyClaimSpecDefaults(claim.spec);
      (claim as { status?: object }).status = { phase: 'Pending', ...claim.status };
    }
    spec.template ??= {};
    applyTemplateDefaults(spec.template);
  },
  prepareForCreate(statefulSet) {
    statefulSet.status = { replicas: 0, availableReplicas: 0 };
  },
  validate({ spec }) {
    const errors: ErrorList = [];
    checkSpec(spec, errors);
    return errors;
  },
  validateUpdate({ spec }, old) {
    const errors: ErrorList = [];
    checkSpec(spec, errors);
    const kept = { ...spec } as Record<string, unknown>;
    for (const field of CHANGEABLE) kept[field] = old.spec[field];
    if (!semanticEqual(kept, old.spec))
      errors.push(
        forbidden(
          'spec',
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      );
    return errors;
  },
  validateStatusUpdate({ status }) {
    const errors: ErrorList = [];
    const parts = COUNTS.slice(1);
    checkCounts({ ...status }, [...COUNTS, 'observedGeneration', 'collisionCount'], parts, errors);
    return errors;
  },
  warnings({ spec }, old) {
    if (deepEqual(spec.template, old?.spec.template)) return [];
    const warnings = templateWarnings(spec.template, 'spec.template');
    if ((spec.revisionHistoryLimit ?? 0) < 0)
      warnings.push(
        'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
      );
    return warnings;
  },
  columns: [
    NAME,
    { name: 'Ready', value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
    AGE,
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
  ],
};

/** ValidateStatefulSetSpec */
function checkSpec(spec: AppsV1.StatefulSetSpec, errors: ErrorList): void {
  const policy = spec.podManagementPolicy;
  if (isBlank(policy)) errors.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  checkStrategy(spec.updateStrategy ?? {}, errors);
  checkRetention(spec.persistentVolumeClaimRetentionPolicy, errors);
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  if (spec.ordinals !== undefined) checkNonNegative(spec.ordinals.start, 'spec.ordinals.start', errors);
  checkWorkloadSelector(spec.selector, 'empty selector is invalid for statefulset', 'spec.selector', errors);
  const { metadata = {}, spec: pod } = spec.template ?? {};
  const at = 'spec.template';
  const selector = spec.selector as LabelSelectorObject | undefined;
  if (checkSelectorMatchesTemplate(selector, metadata.labels, 'spec.selector', at, '', errors)) {
    // The pod's spec cannot be checked without the volumes that the claims will be: upstream leaves it to the pods.
    checkLabels(metadata.labels, `${at}.labels`, errors);
    checkAnnotations(metadata.annotations, `${at}.annotations`, errors);
    if (pod !== undefined) checkPodAnnotations(metadata.annotations, pod, `${at}.annotations`, errors);
  }
  if (isBlank(pod?.restartPolicy)) errors.push(notSupported(`${at}.spec.restartPolicy`, '', ['Always']));
  checkAlwaysRunning(spec.template ?? {}, 'StatefulSet', at, errors);
}

function checkStrategy({ type, rollingUpdate }: AppsV1.StatefulSetUpdateStrategy, errors: ErrorList): void {
  const at = 'spec.updateStrategy';
  if (isBlank(type)) errors.push(required(at));
  else if (type === 'OnDelete') {
    if (rollingUpdate !== undefined)
      errors.push(
        invalid(
          `${at}.rollingUpdate`,
          { Partition: rollingUpdate.partition ?? 0, MaxUnavailable: null },
          "only allowed for updateStrategy 'RollingUpdate'",
        ),
      );
  } else if (type === 'RollingUpdate') {
    checkNonNegative(rollingUpdate?.partition, `${at}.rollingUpdate.partition`, errors);
  } else errors.push(invalid(at, { Type: type, RollingUpdate: null }, "must be 'RollingUpdate' or 'OnDelete'"));
}

function checkRetention(
  policy: AppsV1.StatefulSetPersistentVolumeClaimRetentionPolicy | undefined,
  errors: ErrorList,
): void {
  if (policy === undefined) return;
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const value = policy[field] ?? '';
    if (value !== 'Retain' && value !== 'Delete')
      errors.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, value, ['Retain', 'Delete']));
  }
}
