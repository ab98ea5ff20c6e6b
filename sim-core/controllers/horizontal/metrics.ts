import type { MetricSpec } from 'kubernetes-types/autoscaling/v2';
import type { AnyObject } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
import type { LabelSelectorObject } from '../../api/selector.ts';
import { StatusError } from '../../api/status.ts';
import type { ControllerContext } from '../controller.ts';

/** A metric could not be read; `reason` is that of the event and condition, the message upstream's. */
export class MetricError extends Error {
  override readonly name = 'MetricError';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What upstream says that it could not get, when it sums up why metrics are invalid (computeReplicasForMetric). */
export function valueName({ type, resource, containerResource, external }: MetricSpec): string {
  if (type === 'Resource') return `${resource!.name} resource metric value`;
  if (type === 'ContainerResource') return `${containerResource!.container} container metric value`;
  if (type === 'External') return `${external!.metric.name} external metric value`;
  return type === 'Pods' ? 'pods metric value' : 'object metric value';
}

/**
 * Why a metric of another API than that of resources cannot be read: nothing serves custom.metrics.k8s.io or external.metrics.k8s.io here, as
 * in a cluster without an adapter. In upstream's words, down to where they slip.
 */
function notServed(namespace: string, { type, pods, object, external }: MetricSpec): MetricError {
  const custom =
    'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';
  switch (type) {
    case 'Pods':
      return new MetricError('FailedGetPodsMetric', `unable to get metric ${pods!.metric.name}: ${custom}`);
    case 'Object': {
      const { metric, describedObject } = object!;
      const why = `unable to get metric ${metric.name}: ${describedObject.kind} on ${namespace} ${describedObject.name}/${custom}`;
      return new MetricError('FailedGetObjectMetric', why);
    }
    case 'External': {
      const { name, selector } = external!.metric;
      const api = `unable to fetch metrics from external metrics API: the server could not find the requested resource (get ${name}.external.metrics.k8s.io)`;
      const why = `unable to get external metric ${namespace}/${name}/${goSelector(selector)}: ${api}`;
      return new MetricError('FailedGetExternalMetric', why);
    }
    default:
      return new MetricError('InvalidMetricSourceType', `unknown metric source type "${type}"`);
  }
}

/** A selector as Go prints a metav1.LabelSelector. */
function goSelector(selector: LabelSelectorObject | undefined): string {
  if (selector === undefined) return 'nil';
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

/** What pods use of a resource, in thousandths, by pod name; only the named container's share when one is named. */
export type Usage = ReadonlyMap<string, number>;

interface PodMetrics extends AnyObject {
  containers: { name: string; usage: Record<string, string> }[];
}

/** Reads the resource metrics API (metrics.k8s.io), which a metrics server serves from what the kubelets measure. */
export class MetricReader {
  private readonly context: ControllerContext;

  constructor(context: ControllerContext) {
    this.context = context;
  }

  read(namespace: string, selector: string, spec: MetricSpec): Usage {
    const resource = spec.type === 'ContainerResource' ? spec.containerResource?.name : spec.resource?.name;
    if (resource === undefined) throw notServed(namespace, spec);
    const items = this.list(namespace, selector, resource, spec);
    const container = spec.containerResource?.container;
    const usage = new Map<string, number>();
    for (const { metadata, containers } of items) {
      let total: number | undefined;
      for (const { name, usage: own } of containers) {
        if (container !== undefined && name !== container) continue;
        const amount = own[resource];
        if (amount !== undefined) total = (total ?? 0) + quantity(amount).milliValue();
      }
      if (total !== undefined) usage.set(metadata.name, total);
    }
    if (usage.size === 0) throw this.failure(resource, spec, 'no metrics returned from resource metrics API');
    return usage;
  }

  private list(namespace: string, labelSelector: string, resource: string, spec: MetricSpec): readonly PodMetrics[] {
    const api = this.context.discover().find(({ group, plural }) => group === 'metrics.k8s.io' && plural === 'pods');
    const unreachable = 'unable to fetch metrics from resource metrics API: ';
    if (api === undefined) {
      throw this.failure(
        resource,
        spec,
        `${unreachable}the server could not find the requested resource (get pods.metrics.k8s.io)`,
      );
    }
    try {
      return this.context.client.list(api, { namespace, labelSelector }).items as readonly PodMetrics[];
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw this.failure(resource, spec, `${unreachable}${error.message}`);
    }
  }

  private failure(
    resource: string,
    { type, resource: own, containerResource: container }: MetricSpec,
    why: string,
  ): MetricError {
    const reason = type === 'ContainerResource' ? 'FailedGetContainerResourceMetric' : 'FailedGetResourceMetric';
    const target = own?.target ?? container?.target;
    const what = target?.type === 'AverageValue' ? `${resource} usage` : `${resource} utilization`;
    return new MetricError(reason, `failed to get ${what}: unable to get metrics for resource ${resource}: ${why}`);
  }
}
