import { describe, expect, it } from 'vitest';
import { deployments } from '../../resources/deployment.ts';
import { horizontalPodAutoscalers } from '../../resources/horizontal-pod-autoscaler.ts';
import { builtInResources } from '../../resources/index.ts';
import { pods } from '../../resources/pod.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import type { ControllerDefinition } from '../controller.ts';
import { deploymentController } from '../deployment/index.ts';
import { replicaSetController } from '../replica-set/index.ts';
import { TestCluster, template } from '../testing/test-cluster.ts';
import { horizontalPodAutoscalerController } from './index.ts';

const podMetrics: ResourceDefinition = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'PodMetrics',
  plural: 'pods',
  singular: '',
  namespaced: true,
};

/** A cluster where every pod of `web` (requesting 100m) uses `load()` thousandths of a CPU; `undefined`: no metrics server. */
function autoscaled(load: (() => number) | undefined, replicas = 2, spec: object = {}) {
  const withMetrics: ControllerDefinition = {
    ...horizontalPodAutoscalerController,
    setUp(context) {
      horizontalPodAutoscalerController.setUp({
        ...context,
        discover: () => (load === undefined ? builtInResources : [...builtInResources, podMetrics]),
      });
    },
  };
  const cluster: TestCluster = new TestCluster({
    controllers: [deploymentController, replicaSetController, withMetrics],
  });
  const list = cluster.manager;
  list.stop();
  const original = cluster.transport.bind(cluster);
  cluster.transport = (username, intercept) => {
    const transport = original(username, intercept);
    return {
      ...transport,
      call(call) {
        if (call.resource !== podMetrics) return transport.call(call);
        const items = cluster.list(pods).map(({ metadata }) => ({
          metadata: { name: metadata.name },
          containers: [{ name: 'c', usage: { cpu: `${load!()}m` } }],
        }));
        return { items, resourceVersion: '' };
      },
    };
  };
  cluster.manager = cluster.startManager();
  const pod = template({ app: 'web' });
  Object.assign(pod.spec.containers[0]!, { resources: { requests: { cpu: '100m' } } });
  cluster.create(deployments, {
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: pod },
  });
  cluster.settle();
  cluster.create(horizontalPodAutoscalers, {
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
      ...spec,
    },
  });
  return cluster;
}

const size = (cluster: TestCluster) => cluster.get(deployments, 'web').spec.replicas;
const conditions = (cluster: TestCluster) =>
  (cluster.get(horizontalPodAutoscalers, 'web').status.conditions ?? []).map(
    ({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`,
  );

describe('the horizontal pod autoscaler', () => {
  it('grows with load, at most fourfold or by four at a time, and says why', () => {
    const cluster = autoscaled(() => 100);
    cluster.wait(14);
    expect(size(cluster)).toBe(2);
    expect(conditions(cluster)).toEqual([]);
    cluster.wait(2);
    expect(size(cluster)).toBe(4);
    expect(cluster.events('HorizontalPodAutoscaler')[0]).toBe(
      'Normal SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target',
    );
    expect(cluster.get(horizontalPodAutoscalers, 'web').status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 4,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 100, averageValue: '100m' } } },
      ],
    });
    expect(conditions(cluster)).toEqual([
      'AbleToScale=True SucceededRescale: the HPA controller was able to update the target scale to 4',
      'ScalingActive=True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
      'ScalingLimited=False DesiredWithinRange: the desired count is within the acceptable range',
    ]);
    cluster.wait(120);
    expect(size(cluster)).toBe(10);
    expect(conditions(cluster)).toContain(
      'ScalingLimited=True TooManyReplicas: the desired replica count is more than the maximum replica count',
    );
  });

  it('leaves small differences alone', () => {
    const cluster = autoscaled(() => 54);
    cluster.wait(60);
    expect(size(cluster)).toBe(2);
  });

  it('shrinks only when the load has been low for five minutes', () => {
    let load = 50;
    const cluster = autoscaled(() => load, 4);
    cluster.wait(20);
    load = 10;
    cluster.wait(200);
    expect(size(cluster)).toBe(4);
    expect(conditions(cluster)[0]).toMatch(/^AbleToScale=True ScaleDownStabilized/);
    cluster.wait(200);
    expect(size(cluster)).toBe(1);
    expect(cluster.events('HorizontalPodAutoscaler').at(-1)).toContain('reason: All metrics below target');
  });

  it('obeys behaviour policies', () => {
    const policies = [{ type: 'Pods', value: 1, periodSeconds: 60 }];
    const cluster = autoscaled(() => 100, 2, { behavior: { scaleUp: { policies } } });
    cluster.wait(31);
    expect(size(cluster)).toBe(3);
    cluster.wait(60);
    expect(size(cluster)).toBe(4);
  });

  it('says when there are no metrics or no target', () => {
    const cluster = autoscaled(undefined);
    cluster.wait(20);
    const why =
      'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
    expect(conditions(cluster)).toContain(
      `ScalingActive=False FailedGetResourceMetric: the HPA was unable to compute the replica count: ${why}`,
    );
    expect(cluster.events('HorizontalPodAutoscaler')).toContain(`Warning FailedGetResourceMetric ${why}`);
    cluster.client.delete(deployments, 'default', 'web');
    cluster.wait(20);
    expect(conditions(cluster)[0]).toMatch(
      /^AbleToScale=False FailedGetScale: the HPA controller was unable to get the target's current scale: .*"web" not found$/,
    );
  });

  it('refuses pods that another autoscaler works on as well', () => {
    const cluster = autoscaled(() => 50);
    const spec = {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    };
    cluster.create(horizontalPodAutoscalers, { metadata: { name: 'another' }, spec });
    cluster.wait(40);
    const why = 'pods by selector app=web are controlled by multiple HPAs: [default/another default/web]';
    expect(conditions(cluster)).toContain(`ScalingActive=False AmbiguousSelector: ${why}`);
    expect(cluster.get(horizontalPodAutoscalers, 'web').status.currentMetrics).toBeNull();
    expect(cluster.events('HorizontalPodAutoscaler')).toEqual(
      expect.arrayContaining([`Warning AmbiguousSelector ${why}`, `Warning FailedComputeMetricsReplicas ${why}`]),
    );
    cluster.client.delete(horizontalPodAutoscalers, 'default', 'another');
    cluster.wait(20);
    expect(conditions(cluster).some((text) => text.startsWith('ScalingActive=True ValidMetricFound'))).toBe(true);
  });

  it('says of metrics that no adapter serves what upstream says', () => {
    const metric = { name: 'hits', selector: { matchLabels: { queue: 'a' } } };
    const cluster = autoscaled(() => 50, 2, {
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '10' } } },
        {
          type: 'Object',
          object: {
            metric: { name: 'hits' },
            describedObject: { apiVersion: 'v1', kind: 'Service', name: 'web' },
            target: { type: 'Value', value: '10' },
          },
        },
        { type: 'External', external: { metric, target: { type: 'AverageValue', averageValue: '10' } } },
      ],
    });
    cluster.wait(20);
    const custom =
      'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';
    const external =
      'unable to fetch metrics from external metrics API: the server could not find the requested resource (get hits.external.metrics.k8s.io)';
    expect(cluster.events('HorizontalPodAutoscaler')).toEqual([
      `Warning FailedGetPodsMetric unable to get metric hits: ${custom}`,
      `Warning FailedGetObjectMetric unable to get metric hits: Service on default web/${custom}`,
      `Warning FailedGetExternalMetric unable to get external metric default/hits/&LabelSelector{MatchLabels:map[string]string{queue: a,},MatchExpressions:[]LabelSelectorRequirement{},}: ${external}`,
      `Warning FailedComputeMetricsReplicas invalid metrics (3 invalid out of 3), first error is: failed to get pods metric value: unable to get metric hits: ${custom}`,
    ]);
    expect(conditions(cluster)).toContain(
      `ScalingActive=False FailedGetPodsMetric: the HPA was unable to compute the replica count: unable to get metric hits: ${custom}`,
    );
    expect(size(cluster)).toBe(2);
  });

  it('keeps what it read of each metric in the place of that metric', () => {
    const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } };
    const cluster = autoscaled(() => 100, 2, {
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '10' } } },
        { type: 'Resource', resource: cpu },
      ],
    });
    cluster.wait(20);
    expect(cluster.get(horizontalPodAutoscalers, 'web').status.currentMetrics).toEqual([
      { type: '' },
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 100, averageValue: '100m' } } },
    ]);
    expect(size(cluster)).toBe(4);
  });
});
