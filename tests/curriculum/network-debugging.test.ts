import { beforeAll, describe, expect, test } from 'vitest';
import { service } from '../scenarios/web.ts';
import { Stage } from './stage.ts';

/** The row `network-debugging` of the curriculum: from the inside out, one question after the other finds the broken hop. */
let stage: Stage;
beforeAll(() => {
  stage = new Stage();
});

/** The five questions; the first that fails names the hop. */
function firstFault(): string {
  const [pod] = stage.list('Pod', 'app=web');
  if (pod === undefined || !stage.isReady(pod.metadata.name)) return 'pod';
  if (!stage.exec(pod.metadata.name, 'wget -qO- http://localhost:8080/hostname').stdout.startsWith('web-'))
    return 'pod';
  if (!stage.curl(`http://${pod.status.podIP}:8080/hostname`).startsWith('web-')) return 'network';
  const slices = stage.list('EndpointSlice', 'kubernetes.io/service-name=web');
  if (!slices.some(({ endpoints }) => (endpoints ?? []).length > 0)) return 'endpoints';
  if (!stage.curl(`http://${stage.get('Service', 'web').spec.clusterIP}/hostname`).startsWith('web-')) return 'service';
  if (!stage.ask('nslookup web').includes('Name:\tweb.default')) return 'dns';
  return 'nothing';
}

/** Breaks something, looks where the method points, mends it, and looks again. */
function faultOf(breaks: () => void, mends: () => void): string {
  breaks();
  const found = firstFault();
  mends();
  expect(firstFault()).toBe('nothing');
  return found;
}

describe('the method', () => {
  test('finds nothing where nothing is broken', () => expect(firstFault()).toBe('nothing'));

  test('an image that cannot be pulled is the pod’s', () => {
    const image = (name: string) =>
      stage.patch('Deployment', 'web', {
        spec: {
          strategy: { type: 'Recreate', rollingUpdate: null },
          template: {
            spec: {
              containers: [
                { name: 'web', image: name, args: ['netexec'], ports: [{ containerPort: 8080, name: 'http' }] },
              ],
            },
          },
        },
      });
    const settle = (ready: number) => {
      stage.wait(10);
      stage.until(() => (stage.get('Deployment', 'web').status.readyReplicas ?? 0) === ready, 120);
      stage.wait(5);
    };
    const found = faultOf(
      () => {
        image('registry.k8s.io/e2e-test-images/agnhost:nope');
        settle(0);
      },
      () => {
        image('registry.k8s.io/e2e-test-images/agnhost:2.53');
        settle(3);
      },
    );
    expect(found).toBe('pod');
  });

  test('a selector with a typo is the endpoints’', () => {
    const selector = (app: string) => () => {
      stage.patch('Service', 'web', { spec: { selector: { app } } });
      stage.wait(3);
    };
    expect(faultOf(selector('wbe'), selector('web'))).toBe('endpoints');
  });

  test('a wrong target port is the Service’s', () => {
    const port = (targetPort: number) => () => {
      stage.patch('Service', 'web', { spec: { ports: [{ port: 80, targetPort }] } });
      stage.wait(3);
    };
    expect(faultOf(port(8081), port(8080))).toBe('service');
  });

  test('no CoreDNS is DNS’', () => {
    const replicas = (count: number) => () => {
      stage.patch('Deployment', 'coredns', { spec: { replicas: count } }, 'kube-system');
      stage.wait(45);
    };
    expect(faultOf(replicas(0), replicas(2))).toBe('dns');
  });

  test('a missing route is the network’s', () => {
    const route = (words: string) => () => {
      for (const node of ['worker-2', 'worker-3']) {
        const { podCIDR } = stage.get('Node', node).spec;
        const via = node === 'worker-2' ? '10.0.0.12' : '10.0.0.13';
        stage.onNode('worker-1', `ip route ${words} ${podCIDR}${words === 'add' ? ` via ${via}` : ''}`);
      }
    };
    // Of three pods, the first may be on the client's own node: it is left out.
    const near = stage.podOn('worker-1').metadata.name;
    stage.patch('Pod', near, { metadata: { labels: { app: 'aside' } } });
    stage.until(() => stage.podNames().length === 3 && stage.podNames().every((name) => stage.isReady(name)), 60);
    stage.patch('Deployment', 'web', { spec: { replicas: 2 } });
    stage.until(() => stage.list('Pod', 'app=web').length === 2, 60);
    stage.wait(3);
    const found = faultOf(route('del'), route('add'));
    expect(['network', 'service', 'dns']).toContain(found);
  });
});

describe('with packet traces', () => {
  test('a SYN without an answer, a reset, and a refusal on the way are three different things', () => {
    const trace = (url: string) => {
      stage.exec('client', `sh -c 'sleep 1; curl -s -m 2 ${url}' > /tmp/out &`);
      return stage.ask('timeout 4 tcpdump -i eth0 -n tcp or icmp 2>/dev/null');
    };
    const { podIP } = stage.podOn('worker-2').status;
    const answered = trace(`http://${podIP}:8080/hostname`);
    expect(answered).toContain('Flags [S.]');
    // Nobody listens at that port: the pod's kernel resets.
    const reset = trace(`http://${podIP}:81/`);
    expect(reset).toContain('Flags [R.]');
    // The cable is out: the same SYN again and again.
    stage.cluster.inject({ type: 'node-network', node: 'worker-2', connected: false });
    const silent = trace(`http://${podIP}:8080/hostname`);
    stage.cluster.inject({ type: 'node-network', node: 'worker-2', connected: true });
    expect([...silent.matchAll(/Flags \[S\]/g)].length).toBeGreaterThan(1);
    expect(silent).not.toContain('[S.]');
    // A Service without endpoints: the node itself says no.
    stage.apply(service('empty', 'selector: {app: nobody}, ports: [{port: 80}]'));
    stage.wait(3);
    expect(trace('http://empty')).toMatch(/ICMP \S+ tcp port 80 unreachable/);
    stage.delete('Service', 'empty');
  });
});
