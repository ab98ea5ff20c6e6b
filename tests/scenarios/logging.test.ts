import { expect, test } from 'vitest';
import { Scenario } from './scenario.ts';

test('an agent on every node sends what containers say to a store, which finds it again', () => {
  const cluster = new Scenario('two-workers');
  cluster.apply(`
{apiVersion: v1, kind: Service, metadata: {name: elasticsearch}, spec: {selector: {app: es}, ports: [{port: 9200}]}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: es}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: es}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: es}}
  template:
    metadata: {labels: {app: es}}
    spec:
      containers: [{name: es, image: "docker.elastic.co/elasticsearch/elasticsearch:8.18.2", volumeMounts: [{name: data, mountPath: /usr/share/elasticsearch/data}]}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: es}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: fluentd}
spec:
  selector: {matchLabels: {app: fluentd}}
  template:
    metadata: {labels: {app: fluentd}}
    spec:
      containers:
      - name: fluentd
        image: fluent/fluentd-kubernetes-daemonset:v1-debian-elasticsearch
        env: [{name: FLUENT_ELASTICSEARCH_HOST, value: elasticsearch}]
        volumeMounts: [{name: varlog, mountPath: /var/log}]
      volumes: [{name: varlog, hostPath: {path: /var/log}}]
---
{apiVersion: v1, kind: Pod, metadata: {name: talker}, spec: {containers: [{name: c, image: busybox, command: [sh, -c, "echo needle in the haystack; sleep 100000"]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: curlimages/curl, command: [sleep, infinity]}]}}
`);
  for (const name of ['talker', 'client']) cluster.untilReady(name);
  cluster.until(() => cluster.get('Deployment', 'es').status.readyReplicas === 1, 180);
  cluster.wait(30);
  const search = () =>
    JSON.parse(cluster.exec('client', 'curl -s "http://elasticsearch:9200/_search?q=needle"').stdout).hits;
  expect(search()).toMatchObject({
    total: { value: 1 },
    hits: [
      {
        _source: {
          log: 'needle in the haystack',
          stream: 'stdout',
          kubernetes: { pod_name: 'talker', namespace_name: 'default', container_name: 'c' },
        },
      },
    ],
  });
  // The pod is gone, what it said is not; nor when the store is replaced.
  cluster.delete('Pod', 'talker', { gracePeriodSeconds: 0 });
  cluster.delete('Pod', cluster.list('Pod', 'app=es')[0]!.metadata.name);
  cluster.wait(60);
  expect(search().total.value).toBe(1);
});
