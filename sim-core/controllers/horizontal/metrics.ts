import type { MetricSpec } from 'kubernetes-types/autoscaling/v2';
import type { AnyObject } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
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
    if (resource === undefined) {
      const reasons: Readonly<Record<string, string>> = {
        Pods: 'FailedGetPodsMetric',
        Object: 'FailedGetObjectMetric',
        External: 'FailedGetExternalMetric',
      };
      const api = spec.type === 'External' ? 'external' : 'custom';
      throw new MetricError(
        reasons[spec.type] ?? 'InvalidMetricSourceType',
        `unable to get metric: unable to fetch metrics from ${api} metrics API: no ${api} metrics API (${api}.metrics.k8s.io) registered`,
      );
    }
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

  private failure(resource: string, { type, resource: own }: MetricSpec, why: string): MetricError {
    const reason = type === 'ContainerResource' ? 'FailedGetContainerResourceMetric' : 'FailedGetResourceMetric';
    const what = own?.target.type === 'AverageValue' ? `${resource} resource metric value` : `${resource} utilization`;
    return new MetricError(reason, `failed to get ${what}: unable to get metrics for resource ${resource}: ${why}`);
  }
}
