/** The workload that the benches start: a Deployment of nginx. */
import type { Node, Pod } from '../../sim-core/api/objects.ts';
import { adminToken } from '../../sim-core/cluster/cluster.ts';

/** More of its one container than its image. */
export function webDeployment(replicas: number, container: Record<string, unknown> = {}) {
  return {
    apiVersion: 'apps/v1' as const,
    kind: 'Deployment' as const,
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'nginx', image: 'nginx:1.27', ...container }] },
      },
    },
  };
}

/** The request that makes it. */
export function creation(replicas: number, container: Record<string, unknown> = {}) {
  return {
    method: 'POST' as const,
    path: '/apis/apps/v1/namespaces/default/deployments',
    headers: { authorization: `Bearer ${adminToken(1)}`, 'content-type': 'application/json', 'user-agent': 'bench' },
    body: webDeployment(replicas, container),
  };
}

export function isReady({ status }: Node | Pod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}
