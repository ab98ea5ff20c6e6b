import { describe, expect, it } from 'vitest';
import { deployments } from '../resources/deployment.ts';
import { pods } from '../resources/pod.ts';
import { podDisruptionBudgets } from '../resources/pod-disruption-budget.ts';
import { replicationControllers } from '../resources/replication-controller.ts';
import { resourceQuotas } from '../resources/resource-quota.ts';
import { deploymentController } from './deployment/index.ts';
import { disruptionController } from './disruption.ts';
import { replicaSetController } from './replica-set/index.ts';
import { replicationControllerController } from './replication-controller.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { TestCluster, template } from './testing/test-cluster.ts';

const controllers = [
  disruptionController,
  deploymentController,
  replicaSetController,
  replicationControllerController,
  resourceQuotaController,
];

function cluster(budget: object, replicas = 3) {
  const result = new TestCluster({ controllers });
  result.create(deployments, {
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template({ app: 'web' }) },
  });
  result.create(podDisruptionBudgets, {
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, ...budget },
  });
  result.settle();
  return result;
}

describe('the disruption controller', () => {
  it.each([
    [{ maxUnavailable: 1 }, { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 }],
    [{ minAvailable: 2 }, { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 }],
    [{ minAvailable: '50%' }, { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 }],
    [{ minAvailable: '100%' }, { currentHealthy: 3, desiredHealthy: 3, disruptionsAllowed: 0, expectedPods: 3 }],
  ])('%j', (budget, expected) => {
    const { status } = cluster(budget).get(podDisruptionBudgets, 'web');
    expect(status).toMatchObject(expected);
    const [reason, value] =
      expected.disruptionsAllowed > 0 ? ['SufficientPods', 'True'] : ['InsufficientPods', 'False'];
    expect(status.conditions).toMatchObject([
      { type: 'DisruptionAllowed', status: value, reason, message: '', observedGeneration: 1 },
    ]);
  });

  it('follows pods that become unready', () => {
    const one = cluster({ maxUnavailable: 1 });
    one.report(one.list(pods)[0]!, 'unready');
    one.settle();
    expect(one.get(podDisruptionBudgets, 'web').status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
  });

  it('says when it cannot know how many pods there should be', () => {
    const one = new TestCluster({ controllers });
    one.create(pods, { metadata: { name: 'loose', labels: { app: 'web' } }, spec: template({}).spec });
    one.create(podDisruptionBudgets, {
      metadata: { name: 'web' },
      spec: { selector: { matchLabels: { app: 'web' } }, maxUnavailable: 1 },
    });
    one.settle();
    expect(one.get(podDisruptionBudgets, 'web').status).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ reason: 'SyncFailed', message: 'found no controller ref for pod "loose"' }],
    });
    expect(one.events('PodDisruptionBudget').some((event) => event.startsWith('Warning UnmanagedPods'))).toBe(true);
  });
});

describe('the ReplicationController controller', () => {
  it('keeps its pods', () => {
    const one = new TestCluster({ controllers });
    one.create(replicationControllers, {
      metadata: { name: 'old' },
      spec: { replicas: 2, selector: { app: 'old' }, template: template({ app: 'old' }) },
    });
    one.settle();
    expect(one.list(pods)).toHaveLength(2);
    expect(one.get(replicationControllers, 'old').status).toMatchObject({ replicas: 2, readyReplicas: 2 });
  });
});

describe('the resource quota controller', () => {
  it('counts what a namespace uses', () => {
    const one = new TestCluster({ controllers });
    const spec = {
      containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '250m', memory: '64Mi' } } }],
    };
    for (const name of ['a', 'b']) one.create(pods, { metadata: { name }, spec });
    one.create(resourceQuotas, {
      metadata: { name: 'q' },
      spec: {
        hard: { pods: '10', 'requests.cpu': '2', memory: '1Gi', configmaps: '5', 'count/deployments.apps': '2' },
      },
    });
    one.settle();
    expect(one.get(resourceQuotas, 'q').status).toEqual({
      hard: { pods: '10', 'requests.cpu': '2', memory: '1Gi', configmaps: '5', 'count/deployments.apps': '2' },
      used: { pods: '2', 'requests.cpu': '500m', memory: '128Mi', configmaps: '0', 'count/deployments.apps': '0' },
    });
    one.client.delete(pods, 'default', 'a');
    one.settle();
    expect(one.get(resourceQuotas, 'q').status.used).toMatchObject({ pods: '1', 'requests.cpu': '250m' });
  });
});
