import { describe, expect, it } from 'vitest';
import { conditionOf, Scenario, type Thing } from './scenario.ts';

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: php, image: registry.k8s.io/hpa-example, resources: { requests: { cpu: 200m }, limits: { cpu: 500m } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 1
  maxReplicas: 10
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }]
`;

const LOAD = `
apiVersion: v1
kind: Pod
metadata: { name: load }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: load, image: "busybox:1.36", command: [sh, -c, "while sleep 0.01; do wget -q -O- http://web; done"] }
`;

const NODES = '/apis/metrics.k8s.io/v1beta1/nodes';

describe('metrics-server', () => {
  it('measures what stress uses, and serves it as metrics.k8s.io', () => {
    const it = new Scenario('metered');
    it.apply(`
apiVersion: v1
kind: Pod
metadata: { name: busy }
spec: { containers: [{ name: stress, image: "polinux/stress:1.0.4", command: [stress, --cpu, "2"], resources: { limits: { cpu: 1500m } } }] }
`);
    it.wait(90);
    const { status, body } = it.send('GET', '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/busy');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'PodMetrics',
      window: '15s',
      containers: [{ name: 'stress', usage: { cpu: '1500000000n' } }],
    });
    const nodes = it.send('GET', NODES).body as unknown as { items: Thing[] };
    expect(nodes.items).toHaveLength(4);
    const busiest = nodes.items.find(({ metadata }) => metadata.name === it.get('Pod', 'busy').spec.nodeName)!;
    expect(Number.parseInt(busiest.usage.cpu, 10)).toBeGreaterThanOrEqual(1_500_000_000);
  });

  it('is what an APIService leads to: without its pod the group is unavailable, with it back again', () => {
    const it = new Scenario('metered');
    it.wait(60);
    const available = () => conditionOf(it.get('APIService', 'v1beta1.metrics.k8s.io', ''), 'Available');
    expect(available()).toMatchObject({ status: 'True', reason: 'Passed' });
    it.patch('Deployment', 'metrics-server', { spec: { replicas: 0 } }, 'kube-system');
    it.wait(45);
    expect(available()).toMatchObject({ status: 'False', reason: 'MissingEndpoints' });
    expect(it.send('GET', NODES)).toMatchObject({
      status: 503,
      body: { message: 'the server is currently unable to handle the request (get nodes.metrics.k8s.io)' },
    });
    it.patch('Deployment', 'metrics-server', { spec: { replicas: 1 } }, 'kube-system');
    it.wait(60);
    expect(it.send('GET', NODES).status).toBe(200);
  });

  it('does not know the group without one', () => {
    const it = new Scenario();
    expect(it.send('GET', NODES).status).toBe(404);
  });

  it('lets an autoscaler follow the load, up at once and down after five minutes', () => {
    const it = new Scenario('metered');
    it.apply(WEB);
    it.wait(60);
    const replicas = () => it.get('Deployment', 'web').spec.replicas as number;
    expect(replicas()).toBe(1);
    it.apply(LOAD);
    it.wait(180);
    const most = replicas();
    expect(most).toBeGreaterThan(2);
    it.delete('Pod', 'load');
    it.wait(240);
    expect(replicas()).toBe(most);
    it.wait(180);
    expect(replicas()).toBe(1);
  });
});
