import { beforeAll, describe, expect, test } from 'vitest';
import { service } from '../scenarios/web.ts';
import { Stage } from './stage.ts';

/** The row `dns` of the curriculum. */
let stage: Stage;
beforeAll(() => {
  stage = new Stage(
    'two-workers',
    `
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: till, namespace: shop}, spec: {selector: {app: till}, ports: [{name: http, port: 80}]}}
---
${service('peers', 'clusterIP: None, selector: {app: peers}, ports: [{name: http, port: 80}]')}
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: peer}
spec: {serviceName: peers, replicas: 2, selector: {matchLabels: {app: peers}}, template: {metadata: {labels: {app: peers}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: nginx}]}}}
`,
  );
  stage.until(() => stage.has('Pod', 'peer-1') && stage.isReady('peer-1'), 90);
  stage.wait(3);
});

const short = (words: string) => stage.ask(`dig +short ${words}`).trim();
const ipOf = (pod: string): string => stage.get('Pod', pod).status.podIP;
const corefile = (change: (text: string) => string) => {
  const text = stage.get('ConfigMap', 'coredns', 'kube-system').data.Corefile as string;
  stage.patch('ConfigMap', 'coredns', { data: { Corefile: change(text) } }, 'kube-system');
  // The kubelet brings the file within its sync period, CoreDNS looks every 30 s.
  stage.wait(130);
  return text;
};

describe('CoreDNS', () => {
  test('runs as pods behind a Service whose address is in every pod’s resolv.conf', () => {
    const { clusterIP } = stage.get('Service', 'kube-dns', 'kube-system').spec;
    expect(stage.ask('cat /etc/resolv.conf')).toBe(
      `search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver ${clusterIP}\noptions ndots:5\n`,
    );
    expect(
      stage.list('EndpointSlice', 'kubernetes.io/service-name=kube-dns', 'kube-system')[0]!.endpoints,
    ).toHaveLength(2);
    expect(short('web.default.svc.cluster.local')).toBe(stage.get('Service', 'web').spec.clusterIP);
  });

  test('broken: with no pod of it names are lost and addresses work; mended, names are found', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    stage.patch('Deployment', 'coredns', { spec: { replicas: 0 } }, 'kube-system');
    stage.until(() => stage.list('Pod', 'k8s-app=kube-dns', 'kube-system').length === 0, 60);
    stage.wait(3);
    expect(stage.ask('nslookup web')).toContain('no servers could be reached');
    // Nobody is behind the Service: the answer is a refusal, at once, and the name stays unknown.
    expect(stage.exec('client', 'curl -sS -m 3 http://peers')).toMatchObject({
      stderr: 'curl: (6) Could not resolve host: peers\n',
      code: 6,
    });
    expect(stage.curl(`http://${clusterIP}/hostname`)).toMatch(/^web-/);
    stage.patch('Deployment', 'coredns', { spec: { replicas: 2 } }, 'kube-system');
    stage.until(() => stage.get('Deployment', 'coredns', 'kube-system').status.readyReplicas === 2, 90);
    stage.wait(3);
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
  });

  test('broken: a Corefile with a mistake is not taken, and the log says why; a restart then fails; mended, it runs', () => {
    const before = corefile((text) => text.replace('    ready\n', '    raedy\n'));
    const pods = () => stage.list('Pod', 'k8s-app=kube-dns', 'kube-system');
    expect(stage.logs(pods()[0]!.metadata.name, '', 'kube-system')).toContain("Unknown directive 'raedy'");
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
    const victim = pods()[0]!.metadata.name;
    stage.delete('Pod', victim, {}, 'kube-system');
    stage.until(() => !stage.has('Pod', victim, 'kube-system'), 60);
    stage.wait(30);
    expect(
      pods().some(({ metadata }) => stage.state(metadata.name, '', 'kube-system') === 'Waiting CrashLoopBackOff'),
    ).toBe(true);
    corefile(() => before);
    stage.until(() => pods().every(({ metadata }) => stage.isReady(metadata.name, 'kube-system')), 400);
  });

  test('the Corefile’s lines count: names of one’s own, other names for names, what is asked in the log', () => {
    const before = corefile((text) =>
      text.replace(
        '    ready\n',
        '    ready\n    log\n    rewrite name till.example.test till.shop.svc.cluster.local\n    hosts {\n      192.0.2.9 printer.example.test\n      fallthrough\n    }\n',
      ),
    );
    expect(short('printer.example.test')).toBe('192.0.2.9');
    expect(short('till.example.test')).toBe(stage.get('Service', 'till', 'shop').spec.clusterIP);
    const logs = stage
      .list('Pod', 'k8s-app=kube-dns', 'kube-system')
      .map(({ metadata }) => stage.logs(metadata.name, '', 'kube-system'))
      .join('');
    expect(logs).toMatch(
      /\[INFO\] 10\.244\.1\.\d+:\d+ - \d+ "A IN printer\.example\.test\. udp 38 false 512" NOERROR qr,aa,rd/,
    );
    corefile((text) => text.replace('      fallthrough\n', ''));
    // The trap: hosts without fallthrough answers for everything, and all names of the cluster are gone.
    expect(stage.ask('nslookup web')).toContain("** server can't find web: SERVFAIL");
    corefile(() => before);
    expect(stage.ask('nslookup web')).toContain('Name:\tweb.default.svc.cluster.local');
  });
});

describe('names and search domains', () => {
  test('within the namespace the bare name, from elsewhere name.namespace, everywhere the whole one', () => {
    const till = stage.get('Service', 'till', 'shop').spec.clusterIP;
    for (const name of ['till.shop', 'till.shop.svc', 'till.shop.svc.cluster.local'])
      expect(stage.ask(`nslookup ${name}`)).toContain(`Name:\ttill.shop.svc.cluster.local\nAddress: ${till}`);
    expect(stage.ask('nslookup till')).toContain("** server can't find till: NXDOMAIN");
  });

  test('a name with fewer than five dots is looked up in the search list first: an outside name costs four questions', () => {
    stage.exec('client', "sh -c 'sleep 1; curl -s -o /dev/null http://example.com' > /tmp/out &");
    const asked = [...stage.ask('timeout 3 tcpdump -i eth0 -n udp port 53').matchAll(/ A\? (\S+) /g)].map(
      ([, name]) => name,
    );
    expect(asked).toEqual([
      'example.com.default.svc.cluster.local.',
      'example.com.svc.cluster.local.',
      'example.com.cluster.local.',
      'example.com.',
    ]);
    stage.exec('client', "sh -c 'sleep 1; curl -s -o /dev/null http://example.com.' > /tmp/out &");
    const absolute = [...stage.ask('timeout 3 tcpdump -i eth0 -n udp port 53').matchAll(/ A\? (\S+) /g)];
    expect(absolute.map(([, name]) => name)).toEqual(['example.com.']);
  });

  test('dnsPolicy Default takes the node’s resolver: the cluster’s names are unknown; ndots can be set', () => {
    stage.apply(`
{apiVersion: v1, kind: Pod, metadata: {name: plain}, spec: {dnsPolicy: Default, containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: dots}, spec: {dnsConfig: {options: [{name: ndots, value: "1"}]}, containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]}}`);
    for (const name of ['plain', 'dots']) stage.untilReady(name);
    expect(stage.exec('plain', 'nslookup web').stdout).toContain('NXDOMAIN');
    expect(stage.exec('plain', 'nslookup example.com').stdout).toContain('198.51.100.80');
    expect(stage.exec('dots', 'cat /etc/resolv.conf').stdout).toContain('options ndots:1');
    expect(stage.exec('dots', 'nslookup web').code).toBe(0);
    for (const name of ['plain', 'dots']) stage.delete('Pod', name, { gracePeriodSeconds: 0 });
  });
});

describe('headless and StatefulSet records', () => {
  test('the Service’s name is all pods, each pod has a name of its own, and keeps it with a new address', () => {
    expect(short('peers.default.svc.cluster.local').split('\n').sort()).toEqual(
      [ipOf('peer-0'), ipOf('peer-1')].sort(),
    );
    expect(short('peer-1.peers.default.svc.cluster.local')).toBe(ipOf('peer-1'));
    const before = stage.get('Pod', 'peer-1').metadata.uid;
    stage.delete('Pod', 'peer-1');
    stage.until(
      () => stage.has('Pod', 'peer-1') && stage.get('Pod', 'peer-1').metadata.uid !== before && stage.isReady('peer-1'),
      60,
    );
    stage.wait(32);
    expect(short('peer-1.peers.default.svc.cluster.local')).toBe(ipOf('peer-1'));
  });

  test('SRV tells ports and names, PTR the name of an address, and an IP with dashes is a name too', () => {
    expect(short('SRV _http._tcp.peers.default.svc.cluster.local').split('\n').sort()).toEqual([
      '0 50 80 peer-0.peers.default.svc.cluster.local.',
      '0 50 80 peer-1.peers.default.svc.cluster.local.',
    ]);
    expect(short(`-x ${ipOf('peer-0')}`)).toBe('peer-0.peers.default.svc.cluster.local.');
    expect(short(`-x ${stage.get('Service', 'web').spec.clusterIP}`)).toBe('web.default.svc.cluster.local.');
    expect(short(`${ipOf('peer-0').replaceAll('.', '-')}.default.pod.cluster.local`)).toBe(ipOf('peer-0'));
  });

  test('broken: a StatefulSet that names another Service has no names for its pods; the Service it names mends it', () => {
    stage.apply(`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: lost}
spec: {serviceName: nobody, replicas: 1, selector: {matchLabels: {app: lost}}, template: {metadata: {labels: {app: lost}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: nginx}]}}}
`);
    stage.until(() => stage.has('Pod', 'lost-0') && stage.isReady('lost-0'), 60);
    expect(stage.ask('nslookup lost-0.nobody')).toContain('NXDOMAIN');
    stage.apply(service('nobody', 'clusterIP: None, selector: {app: lost}, ports: [{port: 80}]'));
    stage.wait(5);
    expect(short('lost-0.nobody.default.svc.cluster.local')).toBe(ipOf('lost-0'));
  });

  test('a name that was not there is not remembered for long, one that is gone neither', () => {
    expect(stage.ask('nslookup soon')).toContain('NXDOMAIN');
    stage.apply(service('soon', 'selector: {app: web}, ports: [{port: 80, targetPort: 8080}]'));
    stage.wait(32);
    expect(stage.curl('http://soon/hostname')).toMatch(/^web-/);
    stage.delete('Service', 'soon');
    stage.wait(32);
    expect(stage.ask('nslookup soon')).toContain('NXDOMAIN');
  });
});
