import type * as AppsV1 from 'kubernetes-types/apps/v1';
import { deepEqual } from '../api/equality.ts';
import { type ErrorList, forbidden, invalid, notSupported, required } from '../api/field-error.ts';
import type { Deployment } from '../api/objects.ts';
import { formatLabelSelector } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkImmutable, checkNonNegative } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { hostNameWarning } from './shared/name-warning.ts';
import { checkAtMostAll, checkCountOrPercent, countOf } from './shared/percent.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { checkCounts, checkRunningTemplate, checkWorkloadSelector } from './shared/replicas.ts';
import { replicasScale } from './shared/scale.ts';
import { containerImages, containerNames } from './shared/workload-columns.ts';

export const deployments: ResourceDefinition<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  scale: replicasScale,
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.template ??= {};
    applyTemplateDefaults(spec.template);
  },
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  validate: checkSpec,
  validateUpdate(deployment, old) {
    const errors = checkSpec(deployment);
    checkImmutable(deployment.spec.selector, old.spec.selector, 'spec.selector', errors);
    return errors;
  },
  validateStatusUpdate(deployment, old) {
    const errors: ErrorList = [];
    const counts = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'];
    checkCounts(
      { ...deployment.status },
      ['observedGeneration', ...counts],
      ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
      errors,
    );
    const { collisionCount } = deployment.status;
    if ((collisionCount ?? 0) < (old.status.collisionCount ?? 0))
      errors.push(invalid('status.collisionCount', collisionCount ?? 0, 'cannot be decremented'));
    return errors;
  },
  warnings({ metadata, spec }, old) {
    const warnings = old === undefined ? hostNameWarning(metadata.name) : [];
    if (!deepEqual(spec.template, old?.spec.template))
      warnings.push(...templateWarnings(spec.template, 'spec.template'));
    return warnings;
  },
  columns: [
    NAME,
    {
      name: 'Ready',
      description: 'Number of the pod with ready state',
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    { name: 'Up-to-date', value: ({ status }) => status.updatedReplicas ?? 0 },
    { name: 'Available', value: ({ status }) => status.availableReplicas ?? 0 },
    AGE,
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
};

/** ValidateDeploymentSpec */
function checkSpec({ spec }: Deployment): ErrorList {
  const errors: ErrorList = [];
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  checkWorkloadSelector(spec.selector, 'empty selector is invalid for deployment', 'spec.selector', errors);
  checkRunningTemplate(spec, 'ReplicaSet', 'invalid label selector', 'spec', errors);
  checkStrategy(spec.strategy ?? {}, 'spec.strategy', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    checkNonNegative(deadline, 'spec.progressDeadlineSeconds', errors);
    if (deadline <= (spec.minReadySeconds ?? 0))
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
}

/** ValidateDeploymentStrategy */
function checkStrategy({ type, rollingUpdate }: AppsV1.DeploymentStrategy, at: string, errors: ErrorList): void {
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined)
      errors.push(forbidden(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"));
    return;
  }
  if (type !== 'RollingUpdate') {
    // Upstream shows its internal struct, whose fields have no JSON names.
    const shown = { Type: type ?? '', RollingUpdate: null };
    errors.push(notSupported(at, shown, ['Recreate', 'RollingUpdate']));
    return;
  }
  if (rollingUpdate === undefined) {
    errors.push(required(`${at}.rollingUpdate`, 'this should be defaulted and never be nil'));
    return;
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const path = `${at}.rollingUpdate`;
  checkCountOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkCountOrPercent(maxSurge, `${path}.maxSurge`, errors);
  if (countOf(maxUnavailable) === 0 && countOf(maxSurge) === 0)
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
  checkAtMostAll(maxUnavailable, `${path}.maxUnavailable`, errors);
}
