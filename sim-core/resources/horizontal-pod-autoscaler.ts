import type * as AutoscalingV2 from 'kubernetes-types/autoscaling/v2';
import { deepEqual } from '../api/equality.ts';
import type { ErrorList } from '../api/field-error.ts';
import type { AnyObject, HorizontalPodAutoscaler } from '../api/objects.ts';
import type { OtherVersion, ResourceDefinition } from './resource.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkAutoscaler } from './shared/hpa-validation.ts';

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const DEFAULT_CPU = 80;

/** autoscaling/v1 knows one metric, the CPU; all others travel in an annotation. */
const V1: OtherVersion = {
  group: 'autoscaling',
  version: 'v1',
  toStored(object) {
    const { targetCPUUtilizationPercentage: cpu, ...spec } = (object.spec ?? {}) as Record<string, unknown>;
    const annotations = { ...object.metadata?.annotations };
    const metrics: unknown[] = otherMetrics(annotations[METRICS]);
    delete annotations[METRICS];
    if (cpu !== undefined && cpu !== null)
      metrics.unshift({
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
      });
    const metadata = { ...object.metadata, annotations };
    if (Object.keys(annotations).length === 0) delete (metadata as { annotations?: object }).annotations;
    return {
      ...object,
      apiVersion: 'autoscaling/v2',
      metadata,
      spec: metrics.length === 0 ? spec : { ...spec, metrics },
    } as AnyObject;
  },
  fromStored(object) {
    const { spec, status, metadata, ...rest } = object as unknown as HorizontalPodAutoscaler;
    const { metrics = [], behavior: _behavior, ...kept } = spec;
    const cpu = metrics.find(isCpu);
    const others = metrics.filter((metric) => metric !== cpu);
    const { currentMetrics = [], conditions: _conditions, ...counts } = status ?? {};
    const current = currentMetrics?.find((metric) => metric.resource?.name === 'cpu')?.resource?.current;
    return {
      ...rest,
      apiVersion: 'autoscaling/v1',
      metadata:
        others.length === 0
          ? metadata
          : { ...metadata, annotations: { ...metadata.annotations, [METRICS]: JSON.stringify(others) } },
      spec: {
        ...kept,
        ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu.resource!.target.averageUtilization }),
      },
      status: {
        ...counts,
        currentReplicas: counts.currentReplicas ?? 0,
        ...(current?.averageUtilization === undefined
          ? {}
          : { currentCPUUtilizationPercentage: current.averageUtilization }),
      },
    } as unknown as AnyObject;
  },
};

function isCpu(metric: AutoscalingV2.MetricSpec): boolean {
  return metric.resource?.name === 'cpu' && metric.resource.target?.averageUtilization !== undefined;
}

function otherMetrics(text: string | undefined): unknown[] {
  if (text === undefined) return [];
  try {
    const metrics = JSON.parse(text) as unknown;
    return Array.isArray(metrics) ? metrics : [];
  } catch {
    // As upstream: an annotation that cannot be read is dropped.
    return [];
  }
}

export const horizontalPodAutoscalers: ResourceDefinition<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  hasStatus: true,
  generation: false,
  otherVersions: [V1],
  applyDefaults({ spec }) {
    spec.minReplicas ??= 1;
    if ((spec.metrics?.length ?? 0) === 0)
      spec.metrics = [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: DEFAULT_CPU } },
        },
      ];
    if (spec.behavior !== undefined) applyBehaviorDefaults(spec.behavior);
  },
  prepareForCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0, currentMetrics: null as unknown as AutoscalingV2.MetricStatus[] };
  },
  validate: (autoscaler) => checked(autoscaler),
  validateUpdate: (autoscaler, old) => (deepEqual(autoscaler.spec, old.spec) ? [] : checked(autoscaler)),
  columns: [
    NAME,
    { name: 'Reference', value: ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}` },
    { name: 'Targets', value: targetsText },
    { name: 'MinPods', value: ({ spec }) => String(spec.minReplicas ?? '<unset>') },
    { name: 'MaxPods', type: 'integer', value: ({ spec }) => spec.maxReplicas },
    { name: 'Replicas', type: 'integer', value: ({ status }) => status.currentReplicas ?? 0 },
    AGE,
  ],
};

function checked({ spec }: HorizontalPodAutoscaler): ErrorList {
  const errors: ErrorList = [];
  checkAutoscaler(spec, errors);
  return errors;
}

/** GenerateHPAScaleUpRules, GenerateHPAScaleDownRules */
function applyBehaviorDefaults(behavior: AutoscalingV2.HorizontalPodAutoscalerBehavior): void {
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    ...behavior.scaleUp,
  };
  behavior.scaleDown = {
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    ...behavior.scaleDown,
  };
  // Tolerances are behind a gate that v1.33 has off.
  for (const rules of [behavior.scaleUp, behavior.scaleDown]) delete (rules as { tolerance?: unknown }).tolerance;
}

/** Current and wanted value of each metric, the first two in full (formatHPAMetrics). */
function targetsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, 2).map((metric, index) => metricText(metric, status.currentMetrics?.[index]));
  const more = metrics.length - shown.length;
  return more > 0 ? `${shown.join(', ')} + ${more} more...` : shown.join(', ');
}

function metricText(metric: AutoscalingV2.MetricSpec, current: AutoscalingV2.MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource } = metric;
  const source = external ?? object;
  if (source !== undefined) {
    const now = (current?.external ?? current?.object)?.current;
    if (source.target.averageValue !== undefined)
      return `${now?.averageValue ?? '<unknown>'}/${source.target.averageValue} (avg)`;
    return `${now?.value ?? '<unknown>'}/${source.target.value ?? '0'}`;
  }
  if (pods !== undefined)
    return `${current?.pods?.current.averageValue ?? '<unknown>'}/${pods.target.averageValue ?? '0'}`;
  const counted = resource ?? containerResource;
  if (counted === undefined) return '<unknown type>';
  const now = (current?.resource ?? current?.containerResource)?.current;
  if (counted.target.averageValue !== undefined)
    return `${counted.name}: ${now?.averageValue ?? '<unknown>'}/${counted.target.averageValue}`;
  const used = now?.averageUtilization === undefined ? '<unknown>' : `${now.averageUtilization}%`;
  const wanted = counted.target.averageUtilization === undefined ? '<auto>' : `${counted.target.averageUtilization}%`;
  return `${counted.name}: ${used}/${wanted}`;
}
