import { beforeAll, describe, expect, test } from 'vitest';
import { service } from '../scenarios/web.ts';
import { Stage } from './stage.ts';

/** The row `kube-proxy` of the curriculum. */
let stage: Stage;
beforeAll(() => {
  stage = new Stage();
});

const NODES = ['control-plane', 'worker-1', 'worker-2', 'worker-3'];
const rulesOn = (node: string) => stage.onNode(node, 'iptables-save -t nat');
const mode = (name: string) => {
  const config = stage.get('ConfigMap', 'kube-proxy', 'kube-system');
  const text = (config.data['config.conf'] as string).replace(/^mode: .*$/m, `mode: ${name}`);
  stage.patch('ConfigMap', 'kube-proxy', { data: { 'config.conf': text } }, 'kube-system');
  const proxies = () => stage.list('Pod', 'k8s-app=kube-proxy', 'kube-system');
  const before = new Set(proxies().map(({ metadata }) => metadata.uid));
  for (const { metadata } of proxies()) stage.delete('Pod', metadata.name, {}, 'kube-system');
  stage.until(
    () =>
      proxies().length === NODES.length &&
      proxies().every(({ metadata, status }) => !before.has(metadata.uid) && status.phase === 'Running'),
    120,
  );
  stage.wait(5);
};

describe('virtual IPs', () => {
  test('no machine has a Service’s address: nobody answers pings to it, and yet its port is served on every node', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    for (const node of NODES) {
      expect(stage.onNode(node, 'ip addr')).not.toContain(clusterIP);
      expect(stage.onNode(node, `curl -s -m 2 http://${clusterIP}/hostname`)).toMatch(/^web-/);
    }
    expect(stage.ask(`ping -c 1 -W 1 ${clusterIP}`)).toContain('100% packet loss');
  });
});

describe('EndpointSlices', () => {
  test('they say where the pods are and how they fare; one that ends still serves, and is no target for what is new', () => {
    const slice = () => stage.list('EndpointSlice', 'kubernetes.io/service-name=web')[0]!;
    expect(slice()).toMatchObject({ addressType: 'IPv4', ports: [{ port: 8080, protocol: 'TCP' }] });
    const conditions = (name: string) =>
      slice().endpoints.find((one: { targetRef: { name: string } }) => one.targetRef.name === name)?.conditions;
    const [first = ''] = stage.podNames();
    expect(conditions(first)).toEqual({ ready: true, serving: true, terminating: false });
    stage.apply(`
{apiVersion: v1, kind: Pod, metadata: {name: slow-end, labels: {app: web}}, spec: {containers: [{name: web, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec], ports: [{containerPort: 8080, name: http}], readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}, lifecycle: {preStop: {sleep: {seconds: 10}}}}]}}`);
    stage.untilReady('slow-end');
    stage.wait(2);
    expect(conditions('slow-end')).toEqual({ ready: true, serving: true, terminating: false });
    stage.delete('Pod', 'slow-end', { gracePeriodSeconds: 30 });
    stage.wait(2);
    expect(conditions('slow-end')).toEqual({ ready: false, serving: true, terminating: true });
    expect(stage.answering('http://web', 20)).not.toContain('slow-end');
    stage.until(() => !stage.has('Pod', 'slow-end'), 60);
    stage.wait(2);
    expect(conditions('slow-end')).toBeUndefined();
  });

  test('broken: without the controller that writes them, rules go stale; mended, they follow', () => {
    const move = (from: string, to: string) =>
      stage.onNode('control-plane', `mv ${from}/kube-controller-manager.yaml ${to}/`);
    move('/etc/kubernetes/manifests', '/root');
    stage.until(() => stage.list('Pod', 'component=kube-controller-manager', 'kube-system').length === 0, 60);
    const victim = stage.podOn('worker-2');
    stage.delete('Pod', victim.metadata.name, { gracePeriodSeconds: 0 });
    stage.wait(10);
    expect(rulesOn('worker-1')).toContain(`--to-destination ${victim.status.podIP}:8080`);
    expect(stage.answering('http://web', 30).some((said) => said.includes('curl'))).toBe(true);
    move('/root', '/etc/kubernetes/manifests');
    stage.until(() => stage.podNames().length === 3 && stage.podNames().every((name) => stage.isReady(name)), 180);
    stage.wait(5);
    expect(stage.answering('http://web', 30)).toEqual(stage.podNames());
  });
});

describe('iptables rules that can be read', () => {
  test('from the Service’s address to a chain, to one of its endpoints by chance, to the pod’s address', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    const rules = rulesOn('worker-1');
    const chain = new RegExp(`-A KUBE-SERVICES -d ${clusterIP}/32 .*--dport 80 -j (KUBE-SVC-\\w+)`).exec(rules)![1]!;
    const legs = [...rules.matchAll(new RegExp(`-A ${chain} .*?(?:--probability ([\\d.]+) )?-j (KUBE-SEP-\\w+)`, 'g'))];
    expect(legs.map(([, share]) => share)).toEqual(['0.33333333349', '0.50000000000', undefined]);
    const targets = legs.map(([, , sep]) => new RegExp(`-A ${sep} .*--to-destination (\\S+)`).exec(rules)![1]);
    expect(targets.sort()).toEqual(
      stage
        .list('Pod', 'app=web')
        .map(({ status }) => `${status.podIP}:8080`)
        .sort(),
    );
  });

  test('on every node they are the same', () => {
    const own = (node: string) =>
      rulesOn(node)
        .split('\n')
        .filter((line) => line.includes('default/web'))
        .join('\n');
    for (const node of NODES) expect(own(node)).toBe(own('worker-1'));
  });

  test('counters show which were used', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    const packets = () =>
      Number(
        new RegExp(`^ *(\\d+) .* ${clusterIP} .*default/web`, 'm').exec(
          stage.onNode('worker-1', 'iptables -t nat -nvL KUBE-SERVICES'),
        )![1],
      );
    const before = packets();
    stage.answering('http://web', 5);
    expect(packets()).toBe(before + 5);
  });

  test('a Service without endpoints is rejected in the filter table; with them the rule is gone', () => {
    stage.apply(service('none', 'selector: {app: none}, ports: [{port: 80}]'));
    stage.wait(3);
    expect(stage.onNode('worker-1', 'iptables-save -t filter')).toMatch(
      /default\/none has no endpoints.*-j REJECT --reject-with icmp-port-unreachable/,
    );
    expect(stage.curl('http://none')).toBe('curl 7');
    stage.patch('Service', 'none', { spec: { selector: { app: 'web' } } });
    stage.wait(3);
    expect(stage.onNode('worker-1', 'iptables-save -t filter')).not.toContain('default/none');
    stage.delete('Service', 'none');
  });

  test('broken: without kube-proxy what is there goes on, and new Services are nobody’s; mended, they are served', () => {
    stage.park('DaemonSet', 'kube-proxy', true, 'k8s-app=kube-proxy');
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
    stage.apply(service('late', 'selector: {app: web}, ports: [{port: 80, targetPort: 8080}]'));
    stage.wait(5);
    expect(stage.curl('http://late/hostname')).toBe('curl 28');
    stage.park('DaemonSet', 'kube-proxy', false, 'k8s-app=kube-proxy');
    expect(stage.curl('http://late/hostname')).toMatch(/^web-/);
    stage.delete('Service', 'late');
  });
});

describe('the connection', () => {
  test('is remembered: answers come from the Service’s address, later packets go to the same pod', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    const name = stage.curl('http://web/hostname');
    const { podIP } = stage.get('Pod', name).status;
    expect(stage.onNode('worker-1', `conntrack -L -p tcp -d ${clusterIP}`).split('\n')[0]).toMatch(
      new RegExp(`dst=${clusterIP.replaceAll('.', '\\.')} sport=\\d+ dport=80 src=${podIP} .* sport=8080`),
    );
  });
});

describe('session affinity', () => {
  test('is a rule that remembers; without it chance decides', () => {
    stage.apply(
      service('sticky', 'sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]'),
    );
    stage.wait(3);
    expect(rulesOn('worker-1')).toMatch(/default\/sticky.* -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-/);
    expect(stage.answering('http://sticky', 20)).toHaveLength(1);
    stage.patch('Service', 'sticky', { spec: { sessionAffinity: 'None', sessionAffinityConfig: null } });
    stage.wait(3);
    expect(rulesOn('worker-1')).not.toMatch(/default\/sticky.*rcheck/);
    expect(stage.answering('http://sticky', 30)).toHaveLength(3);
    stage.delete('Service', 'sticky');
  });
});

describe('IPVS', () => {
  test('virtual servers instead of chains, in turn instead of by chance, and the address is the node’s', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    mode('ipvs');
    const servers = stage.onNode('worker-1', 'ipvsadm -Ln');
    expect(servers).toContain(`TCP  ${clusterIP}:80 rr\n`);
    for (const { status } of stage.list('Pod', 'app=web'))
      expect(servers).toMatch(new RegExp(`-> ${status.podIP}:8080 +Masq +1 `));
    expect(stage.onNode('worker-1', 'ip addr show kube-ipvs0')).toContain(`inet ${clusterIP}/32`);
    // The chains of before may still lie there; nothing leads to them any more.
    expect(stage.onNode('worker-1', 'iptables -t nat -S KUBE-SERVICES')).not.toContain('KUBE-SVC-');
    const turns = stage.ask('for i in 1 2 3 4 5 6; do curl -s http://web/hostname; echo; done').trim().split('\n');
    expect(new Set(turns.slice(0, 3)).size).toBe(3);
    expect(turns.slice(3)).toEqual(turns.slice(0, 3));
    expect(stage.onNode('worker-1', 'ipvsadm -Lnc')).toMatch(
      new RegExp(
        `^TCP 0[12]:\\d\\d TIME_WAIT +10\\.244\\.1\\.\\d+:\\d+ +${clusterIP}:80 +10\\.244\\.\\d\\.\\d+:8080$`,
        'm',
      ),
    );
    const one = stage.onNode('worker-1', `ipvsadm -Ln -t ${clusterIP}:80`);
    expect(one.match(/ Masq +1 +0 +[1-9]\d*$/gm)).toHaveLength(3);
    expect(one).not.toContain('10.96.0.10:53');
    // Now the address answers for itself, whoever stands behind it.
    expect(stage.ask(`ping -c 1 -W 1 ${clusterIP}`)).toContain(' 0% packet loss');
  });

  test('broken: a mode that does not exist leaves the old rules and says so in the log; mended, it runs', () => {
    const config = stage.get('ConfigMap', 'kube-proxy', 'kube-system').data['config.conf'] as string;
    stage.patch(
      'ConfigMap',
      'kube-proxy',
      { data: { 'config.conf': config.replace('mode: ipvs', 'mode: lvs') } },
      'kube-system',
    );
    const victim = stage
      .list('Pod', 'k8s-app=kube-proxy', 'kube-system')
      .find(({ spec }) => spec.nodeName === 'worker-1')!;
    stage.delete('Pod', victim.metadata.name, {}, 'kube-system');
    stage.wait(45);
    const next = stage
      .list('Pod', 'k8s-app=kube-proxy', 'kube-system')
      .find(({ spec }) => spec.nodeName === 'worker-1')!;
    expect(stage.state(next.metadata.name, '', 'kube-system')).toBe('Waiting CrashLoopBackOff');
    expect(stage.logs(next.metadata.name, '?previous=true', 'kube-system')).toContain(
      'must be iptables, ipvs, nftables',
    );
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
    mode('iptables');
    expect(stage.answering('http://web', 30)).toEqual(stage.podNames());
    expect(stage.onNode('worker-1', 'iptables -t nat -S KUBE-SERVICES')).toContain('KUBE-SVC-');
  });
});
