import { describe, expect, it } from 'vitest';
import { builtInResources } from '../../sim-core/resources/index.ts';
import { Scenario, type Thing } from './scenario.ts';

/**
 * What components inside the cluster write is kept as it is, while a client's write is read through the schema. Both must come to the same
 * object: else whoever adds a label to what a controller made is told that they changed the spec.
 */
const WORKLOADS = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: hello, image: "jotasu/hello:1.0", volumeMounts: [{ name: data, mountPath: /data }] }] }
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: hello, image: "jotasu/hello:1.0" }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: hello, image: "jotasu/hello:1.0", readinessProbe: { httpGet: { port: 8080 } } }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, maxReplicas: 3 }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: tick }
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{ name: work, image: "busybox:1.36", command: [echo, tick] }]
`;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('what controllers write', () => {
  it('is what a client would have written: a label changes nothing else', () => {
    const scenario = new Scenario();
    scenario.apply(WORKLOADS);
    scenario.wait(90);
    const { store } = scenario.cluster;
    const changed: string[] = [];
    let seen = 0;
    for (const { group, version, plural, namespaced } of builtInResources) {
      // Nobody updates an Event but its recorder.
      if (plural === 'events') continue;
      for (const object of store.list(group === '' ? plural : `${plural}.${group}`) as unknown as Thing[]) {
        const { name, namespace } = object.metadata;
        const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
        const path = `${root}/${namespaced ? `namespaces/${namespace}/` : ''}${plural}/${name}`;
        const patched = scenario.send('PATCH', path, { metadata: { labels: { seen: 'yes' } } });
        const { metadata: _, ...after } = patched.body as unknown as Thing;
        const { metadata: __, ...before } = object;
        if (patched.status !== 200 || JSON.stringify(sorted(after)) !== JSON.stringify(sorted(before)))
          changed.push(`${path}: ${JSON.stringify(before)} → ${patched.status} ${JSON.stringify(after)}`);
        seen++;
      }
    }
    expect(changed).toEqual([]);
    expect(seen).toBeGreaterThan(100);
  });
});
