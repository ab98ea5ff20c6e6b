import type * as AppsV1 from 'kubernetes-types/apps/v1';
import { deepEqual } from '../api/equality.ts';
import { type ErrorList, invalid, notSupported, required } from '../api/field-error.ts';
import type { DaemonSet } from '../api/objects.ts';
import { formatLabelSelector, type LabelSelectorObject } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkImmutable, checkLabelSelector, checkNonNegative, checkSelectorMatchesTemplate } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkAtMostAll, checkCountOrPercent, countOf } from './shared/percent.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { checkTemplate } from './shared/pod-validation/template.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { checkAlwaysRunning, checkCounts } from './shared/replicas.ts';
import { containerImages, containerNames, nodeSelectorText } from './shared/workload-columns.ts';

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
];

/** How often the template has changed: once a field of the spec, now an annotation that clients still see. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

export const daemonSets: ResourceDefinition<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  applyDefaults({ spec }) {
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    spec.template ??= {};
    applyTemplateDefaults(spec.template);
  },
  prepareForCreate(daemonSet) {
    setTemplateGeneration(daemonSet, 1);
    daemonSet.status = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    };
  },
  prepareForUpdate(daemonSet, old) {
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? '0') || 0;
    setTemplateGeneration(daemonSet, deepEqual(daemonSet.spec.template, old.spec.template) ? before : before + 1);
  },
  validate: checkSpec,
  validateUpdate(daemonSet, old) {
    const errors = checkSpec(daemonSet);
    checkImmutable(daemonSet.spec.selector, old.spec.selector, 'spec.selector', errors);
    return errors;
  },
  validateStatusUpdate({ status }) {
    const errors: ErrorList = [];
    checkCounts({ ...status }, COUNTS, [], errors);
    return errors;
  },
  warnings: ({ spec }, old) =>
    deepEqual(spec.template, old?.spec.template) ? [] : templateWarnings(spec.template, 'spec.template'),
  columns: [
    NAME,
    { name: 'Desired', type: 'integer', value: ({ status }) => status.desiredNumberScheduled ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status.currentNumberScheduled ?? 0 },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.numberReady ?? 0 },
    { name: 'Up-to-date', type: 'integer', value: ({ status }) => status.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', value: ({ status }) => status.numberAvailable ?? 0 },
    { name: 'Node Selector', value: ({ spec }) => nodeSelectorText(spec.template) },
    AGE,
    { name: 'Containers', priority: 1, value: ({ spec }) => containerNames(spec.template) },
    { name: 'Images', priority: 1, value: ({ spec }) => containerImages(spec.template) },
    { name: 'Selector', priority: 1, value: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
};

function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

/** ValidateDaemonSetSpec */
function checkSpec({ spec }: DaemonSet): ErrorList {
  const errors: ErrorList = [];
  const template = spec.template ?? {};
  const selector = (spec.selector ?? undefined) as LabelSelectorObject | undefined;
  checkLabelSelector(selector, 'spec.selector', errors);
  checkSelectorMatchesTemplate(selector, template.metadata?.labels, 'spec.selector', 'spec.template', '', errors);
  if (
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0
  )
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  checkTemplate(template, 'spec.template', errors);
  checkAlwaysRunning(template, 'DaemonSet', 'spec.template', errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy', errors);
  checkNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  return errors;
}

/** ValidateDaemonSetUpdateStrategy */
function checkStrategy({ type, rollingUpdate }: AppsV1.DaemonSetUpdateStrategy, at: string, errors: ErrorList): void {
  if (type === 'OnDelete') return;
  if (type !== 'RollingUpdate') {
    const shown = { Type: type ?? '', RollingUpdate: null };
    errors.push(notSupported(at, shown, ['RollingUpdate', 'OnDelete']));
    return;
  }
  const path = `${at}.rollingUpdate`;
  if (rollingUpdate === undefined) {
    errors.push(required(path));
    return;
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  checkCountOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkAtMostAll(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkCountOrPercent(maxSurge, `${path}.maxSurge`, errors);
  checkAtMostAll(maxSurge, `${path}.maxSurge`, errors);
  const unavailable = countOf(maxUnavailable) !== 0;
  const surge = countOf(maxSurge) !== 0;
  if (unavailable && surge)
    errors.push(invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (!unavailable && !surge) errors.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
}
