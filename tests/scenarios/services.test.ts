import { describe, expect, test } from 'vitest';
import { Scenario } from './scenario.ts';
import { service, WEB_SERVICE, web } from './web.ts';

function start(yaml = '', preset = 'three-workers') {
  const cluster = new Scenario(preset);
  cluster.apply(web() + WEB_SERVICE + yaml);
  cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 3, 90);
  cluster.untilReady('client');
  cluster.wait(3);
  const run = (command: string) => cluster.exec('client', command);
  const names = (url: string, count = 30) =>
    new Set(
      run(`for i in $(seq ${count}); do curl -s -m 2 ${url}/hostname; echo; done`)
        .stdout.split('\n')
        .filter((line) => line !== ''),
    );
  return { cluster, run, names, pods: () => cluster.list('Pod', 'app=web') };
}

describe('a Service', () => {
  test('is one address for pods that change, and needs no change of theirs', () => {
    const { cluster, names, pods } = start();
    const { clusterIP } = cluster.get('Service', 'web').spec;
    expect(names('http://web')).toEqual(new Set(pods().map(({ metadata }) => metadata.name)));
    const [first] = pods();
    cluster.delete('Pod', first!.metadata.name);
    cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 3 && pods().length === 3, 60);
    cluster.wait(3);
    expect(cluster.get('Service', 'web').spec.clusterIP).toBe(clusterIP);
    const now = names(`http://${clusterIP}`);
    expect(now.has(first!.metadata.name)).toBe(false);
    expect(now).toEqual(new Set(pods().map(({ metadata }) => metadata.name)));
  });

  test('with a typo in its selector has no endpoints: requests are refused; mended, they pass', () => {
    const { cluster, run } = start(service('typo', 'selector: {app: wbe}, ports: [{port: 80, targetPort: 8080}]'));
    expect(cluster.list('EndpointSlice', 'kubernetes.io/service-name=typo')[0]!.endpoints ?? []).toEqual([]);
    expect(run('curl -s -m 3 http://typo')).toMatchObject({ code: 7 });
    cluster.patch('Service', 'typo', { spec: { selector: { app: 'web' } } });
    cluster.wait(3);
    expect(run('curl -s -m 3 http://typo/hostname').code).toBe(0);
  });

  test('with a wrong target port is refused by the pods themselves', () => {
    const { cluster, run } = start(service('port', 'selector: {app: web}, ports: [{port: 80, targetPort: 81}]'));
    expect(cluster.list('EndpointSlice', 'kubernetes.io/service-name=port')[0]!.endpoints).toHaveLength(3);
    expect(run('curl -sS -m 3 http://port').stderr).toContain('curl: (7) Failed to connect to port port 80');
    cluster.patch('Service', 'port', { spec: { ports: [{ port: 80, targetPort: 8080 }] } });
    cluster.wait(3);
    expect(run('curl -s http://port/hostname').code).toBe(0);
  });

  test('sends nothing to pods that are not ready', () => {
    const { cluster, names, pods } = start();
    const [sick] = pods();
    cluster.patch('Deployment', 'web', {
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'web',
                image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
                args: ['netexec'],
                ports: [{ containerPort: 8080, name: 'http' }],
                readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1, failureThreshold: 2 },
              },
            ],
          },
        },
      },
    });
    cluster.until(() => {
      const { status, metadata } = cluster.get('Deployment', 'web');
      return (
        status.observedGeneration === metadata.generation &&
        status.updatedReplicas === 3 &&
        status.readyReplicas === 3 &&
        pods().length === 3
      );
    }, 120);
    expect(cluster.has('Pod', sick!.metadata.name)).toBe(false);
    const [ill] = pods();
    cluster.exec('client', `curl -s http://${ill!.status.podIP}:8080/make-unhealthy`);
    cluster.wait(6);
    expect(cluster.isReady(ill!.metadata.name)).toBe(false);
    expect(names('http://web').has(ill!.metadata.name)).toBe(false);
    // Its own address still answers: readiness is about the Service.
    expect(cluster.exec('client', `curl -s http://${ill!.status.podIP}:8080/hostname`).stdout).toBe(ill!.metadata.name);
  });

  test('of type NodePort answers on every node, of type ExternalName is another name, headless is its pods', () => {
    const { run, pods } = start(
      service('port', 'type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]') +
        service('outside', 'type: ExternalName, externalName: example.com') +
        service('each', 'clusterIP: None, selector: {app: web}, ports: [{port: 8080}]'),
    );
    for (const node of ['10.0.0.11', '10.0.0.12', '10.0.0.13'])
      expect(run(`curl -s -m 3 http://${node}:30080/hostname`).stdout).toMatch(/^web-/);
    expect(run('curl -s -m 3 http://outside').stdout).toContain('Example Domain');
    expect(run('dig +short outside.default.svc.cluster.local').stdout).toContain('example.com.');
    const addresses = run('dig +short each.default.svc.cluster.local').stdout.trim().split('\n').sort();
    expect(addresses).toEqual(
      pods()
        .map(({ status }) => status.podIP)
        .sort(),
    );
    expect(run('curl -s -m 3 http://port.nowhere')).toMatchObject({ code: 6 });
  });

  test('without a cloud, of type LoadBalancer stays pending; with one it gets an address', () => {
    const balanced = service('lb', 'type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]');
    const { cluster } = start(balanced);
    cluster.wait(30);
    expect(cluster.get('Service', 'lb').status.loadBalancer).toEqual({});
    const cloud = start(balanced, 'cloud').cluster;
    cloud.wait(30);
    const [{ ip }] = cloud.get('Service', 'lb').status.loadBalancer.ingress;
    const answer = cloud.cluster.outside(80, { method: 'GET', path: '/hostname', headers: {}, body: '' }, { host: ip });
    expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(/^web-/) });
  });

  test('keeps a client at one pod with session affinity, and asks only its own node with internalTrafficPolicy Local', () => {
    const { cluster, names, pods } = start(
      service('sticky', 'sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]') +
        service('near', 'internalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]'),
    );
    expect(names('http://sticky', 20).size).toBe(1);
    expect(names('http://web', 40).size).toBe(3);
    const near = pods().find(({ spec }) => spec.nodeName === 'worker-1')!.metadata.name;
    expect(names('http://near', 10)).toEqual(new Set([near]));
    expect(cluster.get('Service', 'sticky').spec.sessionAffinityConfig.clientIP.timeoutSeconds).toBe(10_800);
  });

  test('without a selector leads where its EndpointSlice says', () => {
    const { cluster, run } = start(`
{apiVersion: v1, kind: Service, metadata: {name: manual}, spec: {ports: [{port: 80}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: manual-1, labels: {kubernetes.io/service-name: manual}}
addressType: IPv4
ports: [{name: "", port: 80, protocol: TCP}]
endpoints: [{addresses: ["198.51.100.80"]}]
`);
    cluster.wait(3);
    expect(run('curl -s -m 3 http://manual').stdout).toContain('Example Domain');
  });
});

describe('the network', () => {
  test('connects pods without NAT, on one node and across nodes; nodes reach pods too', () => {
    const { cluster, run, pods } = start();
    const { podIP } = cluster.get('Pod', 'client').status;
    for (const { status } of pods())
      expect(run(`curl -s http://${status.podIP}:8080/clientip`).stdout).toMatch(
        new RegExp(`^${podIP.replaceAll('.', '\\.')}:`),
      );
    expect(run('ip addr show eth0').stdout).toContain(`inet ${podIP}/`);
    const far = pods().find(({ spec }) => spec.nodeName === 'worker-2')!;
    expect(run(`traceroute -n ${far.status.podIP}`).stdout.trim().split('\n').length).toBeGreaterThanOrEqual(3);
    expect(run(`ping -c 2 ${far.status.podIP}`).stdout).toContain('0% packet loss');
  });

  test('of a partitioned node is cut: its pods are not reached until it is mended', () => {
    const { cluster, run, pods } = start();
    const far = pods().find(({ spec }) => spec.nodeName === 'worker-2')!;
    cluster.cluster.inject({ type: 'node-network', node: 'worker-2', connected: false });
    expect(run(`curl -s -m 3 http://${far.status.podIP}:8080/hostname`).code).toBe(28);
    // After its grace period the node is not ready, and its pods are no endpoints any more.
    cluster.wait(70);
    expect(
      run('for i in $(seq 20); do curl -s -m 3 http://web/hostname || echo lost; echo; done').stdout,
    ).not.toContain('lost');
    cluster.cluster.inject({ type: 'node-network', node: 'worker-2', connected: true });
    cluster.wait(30);
    expect(run(`curl -s -m 3 http://${far.status.podIP}:8080/hostname`).code).toBe(0);
  });

  test('without kube-proxy goes on by the rules that are there; new Services have none', () => {
    const { cluster, run } = start();
    cluster.patch(
      'DaemonSet',
      'kube-proxy',
      { spec: { template: { spec: { nodeSelector: { nowhere: 'yes' } } } } },
      'kube-system',
    );
    cluster.until(() => cluster.list('Pod', 'k8s-app=kube-proxy', 'kube-system').length === 0, 120);
    expect(run('curl -s -m 3 http://web/hostname').code).toBe(0);
    cluster.apply(service('late', 'selector: {app: web}, ports: [{port: 80, targetPort: 8080}]'));
    cluster.wait(5);
    expect(run('curl -s -m 3 http://late/hostname').code).toBe(28);
    cluster.patch(
      'DaemonSet',
      'kube-proxy',
      { spec: { template: { spec: { nodeSelector: { nowhere: null } } } } },
      'kube-system',
    );
    cluster.wait(30);
    expect(run('curl -s -m 3 http://late/hostname').code).toBe(0);
  });
});

describe('the cluster’s DNS', () => {
  test('when it is down names are not found, addresses go on working', () => {
    const { cluster, run } = start();
    const { clusterIP } = cluster.get('Service', 'web').spec;
    cluster.patch('Deployment', 'coredns', { spec: { replicas: 0 } }, 'kube-system');
    cluster.wait(40);
    expect(run('curl -sS -m 20 http://web').stderr).toMatch(/curl: \((6|28)\)/);
    expect(run(`curl -s -m 3 http://${clusterIP}/hostname`).code).toBe(0);
    cluster.patch('Deployment', 'coredns', { spec: { replicas: 2 } }, 'kube-system');
    cluster.wait(30);
    expect(run('curl -s -m 5 http://web/hostname').code).toBe(0);
  });

  test('knows Services by namespace, ports, and pods of a StatefulSet', () => {
    const { cluster, run } = start(`
{apiVersion: v1, kind: Namespace, metadata: {name: other}}
---
{apiVersion: v1, kind: Service, metadata: {name: far, namespace: other}, spec: {ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: peers}, spec: {clusterIP: None, selector: {app: peers}, ports: [{name: http, port: 80}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: peer}
spec: {serviceName: peers, replicas: 2, selector: {matchLabels: {app: peers}}, template: {metadata: {labels: {app: peers}}, spec: {containers: [{name: c, image: nginx}]}}}
`);
    cluster.until(() => cluster.has('Pod', 'peer-1') && cluster.isReady('peer-1'), 60);
    cluster.wait(5);
    const far = cluster.get('Service', 'far', 'other').spec.clusterIP;
    expect(run('dig +short far.other.svc.cluster.local').stdout.trim()).toBe(far);
    expect(run('nslookup far').code).toBe(1);
    expect(run('nslookup far.other').stdout).toContain(far);
    expect(run('dig +short peer-1.peers.default.svc.cluster.local').stdout.trim()).toBe(
      cluster.get('Pod', 'peer-1').status.podIP,
    );
    expect(run('dig +short SRV _http._tcp.peers.default.svc.cluster.local').stdout).toContain(
      '80 peer-0.peers.default.svc.cluster.local.',
    );
    expect(run('cat /etc/resolv.conf').stdout).toContain('options ndots:5');
  });
});

describe('files', () => {
  test('of the writable layer go with the container, of an emptyDir with the pod', () => {
    const { cluster } = start(`
apiVersion: v1
kind: Pod
metadata: {name: files}
spec:
  containers:
  - {name: main, image: busybox, command: [sh, -c, "trap 'exit 1' TERM; while true; do sleep 1; done"], volumeMounts: [{name: shared, mountPath: /shared}]}
  - {name: side, image: busybox, command: [sleep, infinity], volumeMounts: [{name: shared, mountPath: /shared}]}
  volumes: [{name: shared, emptyDir: {}}]
`);
    cluster.untilReady('files');
    cluster.exec('files', 'echo layer > /tmp/layer; echo shared > /shared/file', 'main');
    expect(cluster.exec('files', 'cat /shared/file', 'side').stdout).toBe('shared\n');
    expect(cluster.exec('files', 'cat /tmp/layer', 'side').code).toBe(1);
    cluster.exec('files', 'kill 1', 'main');
    cluster.wait(5);
    cluster.until(() => cluster.state('files', 'main') === 'Running', 30);
    expect(cluster.exec('files', 'cat /tmp/layer', 'main').stderr).toContain('No such file or directory');
    expect(cluster.exec('files', 'cat /shared/file', 'main').stdout).toBe('shared\n');
  });
});
