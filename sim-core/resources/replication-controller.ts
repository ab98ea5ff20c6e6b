import { deepEqual } from '../api/equality.ts';
import { type ErrorList, invalid, required } from '../api/field-error.ts';
import type { ReplicationController } from '../api/objects.ts';
import { selectorFromSet } from '../api/selector.ts';
import type { ResourceDefinition, ScaleAccess } from './resource.ts';
import { checkNonNegative, NULL } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { hostNameWarning } from './shared/name-warning.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { checkTemplate } from './shared/pod-validation/template.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { checkAlwaysRunning, checkCounts } from './shared/replicas.ts';
import { replicasScale } from './shared/scale.ts';
import { containerImages, containerNames, labelsText } from './shared/workload-columns.ts';

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];

/** Its selector is a plain map of labels. */
const scale: ScaleAccess = {
  ...replicasScale,
  selector: (object) => selectorFromSet((object as unknown as ReplicationController).spec.selector).toString(),
};

export const replicationControllers: ResourceDefinition<ReplicationController> = {
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  scale,
  fields: { 'status.replicas': ({ status }) => String(status.replicas ?? 0) },
  applyDefaults({ metadata, spec }) {
    spec.replicas ??= 1;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined) {
      spec.selector ??= { ...labels };
      metadata.labels ??= { ...labels };
    }
    if (spec.template !== undefined) applyTemplateDefaults(spec.template);
  },
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
  },
  validate: checkSpec,
  validateUpdate: (controller) => checkSpec(controller),
  validateStatusUpdate({ status }) {
    const errors: ErrorList = [];
    checkCounts({ ...status }, ['replicas', ...PARTS, 'observedGeneration'], PARTS, errors);
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
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status.replicas ?? 0 },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.readyReplicas ?? 0 },
    AGE,
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => labelsText(spec.selector) },
  ],
};

/** ValidateReplicationControllerSpec */
function checkSpec({ spec }: ReplicationController): ErrorList {
  const errors: ErrorList = [];
  const { selector = {}, template } = spec;
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  if (Object.keys(selector).length === 0) errors.push(required('spec.selector'));
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  if (template === undefined) {
    errors.push(required('spec.template'));
    return errors;
  }
  const labels = template.metadata?.labels;
  if (!selectorFromSet(selector).matches(labels))
    errors.push(
      invalid('spec.template.metadata.labels', labels ?? NULL, '`selector` does not match template `labels`'),
    );
  checkTemplate(template, 'spec.template', errors);
  checkAlwaysRunning(template, 'ReplicationController', 'spec.template', errors);
  return errors;
}
