import { mirrorOf, node, object, owner } from '../../workspace/testing/objects.ts';
import { type ClusterView, clusterView } from '../../workspace/view.ts';

/** A cluster of so many workers with so many ready pods of one Deployment, and a Service for them. */
export function viewOf(workers: number, pods: number): ClusterView {
  const names = Array.from({ length: workers }, (_, index) => `worker-${index + 1}`);
  const deployment = object('Deployment', 'web', { spec: { replicas: pods } });
  const set = object('ReplicaSet', 'web-1', {
    metadata: { ownerReferences: owner(deployment) },
    spec: { replicas: pods },
  });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const objects = Array.from({ length: pods }, (_, index) =>
    object('Pod', `web-1-${index}`, {
      metadata: { ownerReferences: owner(set) },
      spec: { nodeName: names[index % workers], containers: [{ name: 'c' }] },
      status,
    }),
  );
  return clusterView(
    mirrorOf({
      nodes: [node('control-plane', 'True', true), ...names.map((name) => node(name))],
      pods: objects,
      'deployments.apps': [deployment],
      'replicasets.apps': [set],
      services: [object('Service', 'web', { spec: { ports: [{ port: 80 }] } })],
      'endpointslices.discovery.k8s.io': [
        object('EndpointSlice', 'web-a', {
          metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
          endpoints: objects.map(({ metadata }) => ({ targetRef: { uid: metadata.uid } })),
        }),
      ],
    }),
  );
}
