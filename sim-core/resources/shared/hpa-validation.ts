import type * as AutoscalingV2 from 'kubernetes-types/autoscaling/v2';
import { type ErrorList, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import { isValidPathSegmentName } from '../../api/names.ts';
import type { LabelSelectorObject } from '../../api/selector.ts';
import { addInvalid, amountOf, checkLabelSelector, isBlank } from './checks.ts';

const FIELDS: Readonly<Record<string, 'containerResource' | 'external' | 'object' | 'pods' | 'resource'>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};
const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];
const POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];

/** validateHorizontalPodAutoscalerSpec */
export function checkAutoscaler(spec: AutoscalingV2.HorizontalPodAutoscalerSpec, errors: ErrorList): void {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec;
  if (minReplicas !== undefined && minReplicas < 1)
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  checkReference(scaleTargetRef, 'spec.scaleTargetRef', errors);
  for (const [index, metric] of metrics.entries()) checkMetric(metric, `spec.metrics[${index}]`, errors);
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External'))
    errors.push(
      forbidden(
        'spec.metrics',
        'must specify at least one Object or External metric to support scaling to zero replicas',
      ),
    );
  if (behavior?.scaleUp !== undefined) checkRules(behavior.scaleUp, 'spec.behavior.scaleUp', errors);
  if (behavior?.scaleDown !== undefined) checkRules(behavior.scaleDown, 'spec.behavior.scaleDown', errors);
}

/** ValidateCrossVersionObjectReference */
function checkReference(
  reference: AutoscalingV2.CrossVersionObjectReference | undefined,
  at: string,
  errors: ErrorList,
): void {
  for (const field of ['kind', 'name'] as const) {
    const value = reference?.[field];
    if (isBlank(value)) errors.push(required(`${at}.${field}`));
    else addInvalid(errors, `${at}.${field}`, value, isValidPathSegmentName(value));
  }
}

/** validateMetricSpec */
function checkMetric(metric: AutoscalingV2.MetricSpec, at: string, errors: ErrorList): void {
  const { type } = metric;
  const expected = Object.hasOwn(FIELDS, type ?? '') ? FIELDS[type] : undefined;
  if (isBlank(type)) errors.push(required(`${at}.type`, 'must specify a metric source type'));
  else if (expected === undefined) errors.push(notSupported(`${at}.type`, type, Object.keys(FIELDS)));
  const present = Object.values(FIELDS).filter((field) => metric[field] !== undefined);
  if (metric.object !== undefined) {
    checkReference(metric.object.describedObject, `${at}.object.describedObject`, errors);
    checkIdentifier(metric.object.metric, `${at}.object.metric`, errors);
    checkTarget(metric.object.target, `${at}.object.target`, errors);
    if (metric.object.target?.value === undefined && metric.object.target?.averageValue === undefined)
      errors.push(required(`${at}.object.target.averageValue`, 'must set either a target value or averageValue'));
  }
  if (metric.external !== undefined) checkExternal(metric.external, `${at}.external`, errors);
  if (metric.pods !== undefined) {
    checkIdentifier(metric.pods.metric, `${at}.pods.metric`, errors);
    checkTarget(metric.pods.target, `${at}.pods.target`, errors);
    if (amountOf(metric.pods.target?.averageValue).sign() !== 1)
      errors.push(required(`${at}.pods.target.averageValue`, 'must specify a positive target averageValue'));
  }
  if (metric.resource !== undefined) checkResource(metric.resource, `${at}.resource`, errors);
  if (metric.containerResource !== undefined) {
    if (isBlank(metric.containerResource.container))
      errors.push(required(`${at}.containerResource.container`, 'must specify a container'));
    checkResource(metric.containerResource, `${at}.containerResource`, errors);
  }
  if (expected !== undefined && metric[expected] === undefined)
    errors.push(required(`${at}.${expected}`, 'must populate information for the given metric source'));
  if (present.length === 1) return;
  for (const field of present)
    if (field !== expected) errors.push(forbidden(`${at}.${field}`, 'must populate the given metric source only'));
}

function checkIdentifier(metric: AutoscalingV2.MetricIdentifier | undefined, at: string, errors: ErrorList): void {
  if (isBlank(metric?.name)) errors.push(required(`${at}.name`));
  else addInvalid(errors, `${at}.name`, metric!.name, isValidPathSegmentName(metric!.name));
  checkLabelSelector(metric?.selector as LabelSelectorObject | undefined, `${at}.selector`, errors);
}

function checkExternal({ metric, target }: AutoscalingV2.ExternalMetricSource, at: string, errors: ErrorList): void {
  checkIdentifier(metric, `${at}.metric`, errors);
  checkTarget(target, `${at}.target`, errors);
  if (target?.value === undefined && target?.averageValue === undefined)
    errors.push(required(`${at}.target.averageValue`, 'must set either a target value for metric or a per-pod target'));
  if (target?.value !== undefined && target.averageValue !== undefined)
    errors.push(forbidden(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target'));
}

function checkResource({ name, target }: AutoscalingV2.ResourceMetricSource, at: string, errors: ErrorList): void {
  if (isBlank(name)) errors.push(required(`${at}.name`, 'must specify a resource name'));
  checkTarget(target, `${at}.target`, errors);
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined)
    errors.push(
      required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization'),
    );
  if (averageUtilization !== undefined && averageValue !== undefined)
    errors.push(forbidden(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization'));
}

/** validateMetricTarget */
function checkTarget(target: AutoscalingV2.MetricTarget | undefined, at: string, errors: ErrorList): void {
  const { type, value, averageValue, averageUtilization } = target ?? ({} as AutoscalingV2.MetricTarget);
  if (isBlank(type)) errors.push(required(`${at}.type`, 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(type ?? ''))
    errors.push(invalid(`${at}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue'));
  if (value !== undefined && amountOf(value).sign() !== 1)
    errors.push(invalid(`${at}.value`, value, 'must be positive'));
  if (averageValue !== undefined && amountOf(averageValue).sign() !== 1)
    errors.push(invalid(`${at}.averageValue`, averageValue, 'must be positive'));
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.push(invalid(`${at}.averageUtilization`, averageUtilization, 'must be greater than 0'));
}

/** validateScalingRules */
function checkRules(rules: AutoscalingV2.HPAScalingRules, at: string, errors: ErrorList): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [] } = rules;
  if (window !== undefined && window < 0)
    errors.push(invalid(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > 3600)
    errors.push(invalid(`${at}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600'));
  if (selectPolicy !== undefined && !POLICIES.includes(selectPolicy))
    errors.push(notSupported(`${at}.selectPolicy`, selectPolicy, POLICIES));
  if (policies.length === 0) errors.push(required(`${at}.policies`, 'must specify at least one Policy'));
  for (const [index, { type, value = 0, periodSeconds = 0 }] of policies.entries()) {
    const path = `${at}.policies[${index}]`;
    if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type ?? '', POLICY_TYPES));
    if (value <= 0) errors.push(invalid(`${path}.value`, value, 'must be greater than zero'));
    if (periodSeconds <= 0) errors.push(invalid(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero'));
    if (periodSeconds > 1800)
      errors.push(invalid(`${path}.periodSeconds`, periodSeconds, 'must be less than or equal to 1800'));
  }
}
