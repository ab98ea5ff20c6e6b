import { beforeAll, describe, expect, test } from 'vitest';
import { service } from '../scenarios/web.ts';
import { Stage } from './stage.ts';

/** The row `services` of the curriculum: seen to hold, broken, seen to fail, mended. */
let stage: Stage;
let cloud: Stage;
beforeAll(() => {
  stage = new Stage();
  cloud = new Stage('cloud');
});

const settle = (seconds = 3) => stage.wait(seconds);
const ports = (spec: string) => `ports: [{port: 80, targetPort: 8080${spec}}]`;
const refusal = (yaml: string): string => {
  try {
    stage.apply(yaml);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('a stable address for changing pods', () => {
  test('the address stays while every pod behind it is replaced, and no pod is changed for it', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    const before = stage.podNames();
    const versions = stage.list('Pod', 'app=web').map(({ metadata }) => metadata.generation ?? 1);
    stage.apply(service('second', `selector: {app: web}, ${ports('')}`));
    settle();
    expect(stage.answering('http://second')).toEqual(before);
    expect(stage.list('Pod', 'app=web').map(({ metadata }) => metadata.generation ?? 1)).toEqual(versions);
    for (const name of before) stage.delete('Pod', name);
    stage.until(() => stage.get('Deployment', 'web').status.readyReplicas === 3 && stage.podNames().length === 3, 90);
    stage.until(() => before.every((name) => !stage.has('Pod', name)), 60);
    settle();
    expect(stage.get('Service', 'web').spec.clusterIP).toBe(clusterIP);
    expect(stage.answering(`http://${clusterIP}`)).toEqual(stage.podNames());
    stage.delete('Service', 'second');
  });

  test('deleted and made again it may have another address; asked for by name, nobody notices', () => {
    stage.delete('Service', 'web');
    settle(35);
    expect(stage.curl('http://web/hostname')).toBe('curl 6');
    stage.apply(service('web', `selector: {app: web}, ${ports('').replace('8080', 'http')}`));
    settle(35);
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
  });
});

describe('the selector', () => {
  test('broken: a typo leaves it without endpoints and requests are refused; mended, they pass', () => {
    stage.patch('Service', 'web', { spec: { selector: { app: 'wbe' } } });
    settle();
    expect(stage.list('EndpointSlice', 'kubernetes.io/service-name=web')[0]!.endpoints ?? []).toEqual([]);
    expect(stage.curl('http://web')).toBe('curl 7');
    stage.patch('Service', 'web', { spec: { selector: { app: 'web' } } });
    settle();
    expect(stage.answering('http://web')).toEqual(stage.podNames());
  });

  test('takes every pod with its labels, whoever made it; a pod whose label is taken away is out, and lives', () => {
    const [first = ''] = stage.podNames();
    stage.patch('Pod', first, { metadata: { labels: { app: 'aside' } } });
    stage.until(() => stage.podNames().length === 3 && stage.podNames().every((name) => stage.isReady(name)), 60);
    settle();
    expect(stage.answering('http://web')).not.toContain(first);
    expect(stage.isReady(first)).toBe(true);
    stage.patch('Pod', first, { metadata: { labels: { app: 'web' } } });
    stage.until(() => stage.podNames().length === 3, 60);
  });
});

describe('port and targetPort', () => {
  test('broken: a target port at which nobody listens is refused by the pods; mended, it is answered', () => {
    stage.patch('Service', 'web', { spec: { ports: [{ port: 80, targetPort: 8081 }] } });
    settle();
    expect(stage.list('EndpointSlice', 'kubernetes.io/service-name=web')[0]!.endpoints).toHaveLength(3);
    expect(stage.curl('http://web')).toBe('curl 7');
    stage.patch('Service', 'web', { spec: { ports: [{ port: 80, targetPort: 8080 }] } });
    settle();
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
  });

  test('broken: a name that no container’s port has gives no endpoints; a port that is not the Service’s gives nothing', () => {
    stage.patch('Service', 'web', { spec: { ports: [{ port: 80, targetPort: 'htpt' }] } });
    settle();
    const slices = stage.list('EndpointSlice', 'kubernetes.io/service-name=web');
    expect(slices.every(({ ports: list }) => (list ?? []).length === 0)).toBe(true);
    expect(stage.curl('http://web')).toBe('curl 7');
    stage.patch('Service', 'web', { spec: { ports: [{ port: 80, targetPort: 'http' }] } });
    settle();
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
    // At another port of the same address no rule waits: packets go out to nobody.
    expect(stage.curl('http://web:81')).toBe('curl 28');
  });

  test('several ports have names', () => {
    expect(refusal(service('many', 'selector: {app: web}, ports: [{port: 80}, {port: 81}]'))).toContain(
      'spec.ports[0].name: Required value',
    );
    stage.apply(
      service(
        'many',
        'selector: {app: web}, ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 8080}]',
      ),
    );
    settle();
    expect(stage.curl('http://many/hostname')).toMatch(/^web-/);
    expect(stage.curl('http://many:81/hostname')).toMatch(/^web-/);
    stage.delete('Service', 'many');
  });
});

describe('ClusterIP', () => {
  test('an address of the Service range, for the inside only', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    expect(clusterIP).toMatch(/^10\.96\./);
    const outside = stage.cluster.outside(80, { method: 'GET', path: '/', headers: {}, body: '' }, { host: clusterIP });
    expect(outside).toHaveProperty('error');
  });

  test('one that is taken, or lies outside of the range, is refused; it cannot be changed later', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    expect(refusal(service('twin', `clusterIP: ${clusterIP}, ${ports('')}`))).toContain(
      `spec.clusterIPs: Invalid value: ["${clusterIP}"]: failed to allocate IP ${clusterIP}: provided IP is already allocated`,
    );
    expect(refusal(service('far', `clusterIP: 172.16.0.1, ${ports('')}`))).toContain('172.16.0.1');
    expect(refusal(service('web', `clusterIP: 10.96.7.7, selector: {app: web}, ${ports('')}`))).toContain(
      'spec.clusterIPs[0]: Invalid value: ["10.96.7.7"]: may not change once set',
    );
  });
});

describe('NodePort', () => {
  test('answers at every node’s address, even where no pod runs, and at the cluster IP too', () => {
    stage.apply(service('port', `type: NodePort, selector: {app: web}, ${ports(', nodePort: 30080')}`));
    settle();
    for (const node of ['10.0.0.10', '10.0.0.11', '10.0.0.12'])
      expect(stage.curl(`http://${node}:30080/hostname`)).toMatch(/^web-/);
    expect(stage.curl('http://port/hostname')).toMatch(/^web-/);
    const request = { method: 'GET', path: '/hostname', headers: {}, body: '' };
    expect(stage.cluster.outside(30080, request, { host: '10.0.0.12' })).toMatchObject({ status: 200 });
  });

  test('out of its range, or taken, it is refused with the reason; freed, it can be had again', () => {
    expect(refusal(service('low', `type: NodePort, ${ports(', nodePort: 80')}`))).toContain(
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
    expect(refusal(service('twin', `type: NodePort, ${ports(', nodePort: 30080')}`))).toContain(
      'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
    stage.delete('Service', 'port');
    stage.apply(service('twin', `type: NodePort, selector: {app: web}, ${ports(', nodePort: 30080')}`));
    settle();
    expect(stage.curl('http://10.0.0.11:30080/hostname')).toMatch(/^web-/);
  });

  test('the pod sees the node that passed the request on, not who asked; with externalTrafficPolicy Local it sees the asker', () => {
    const clientIp = () => {
      const request = { method: 'GET', path: '/clientip', headers: {}, body: '' };
      const answer = stage.cluster.outside(30080, request, { host: '10.0.0.11' });
      return 'error' in answer ? answer.error : answer.body.split(':')[0];
    };
    const seen = new Set(Array.from({ length: 12 }, clientIp));
    expect(seen).not.toContain('198.51.100.7');
    stage.patch('Service', 'twin', { spec: { externalTrafficPolicy: 'Local' } });
    settle();
    expect(new Set(Array.from({ length: 6 }, clientIp))).toEqual(new Set(['198.51.100.7']));
    // And a node without such a pod drops it.
    stage.patch('Deployment', 'web', { spec: { replicas: 1 } });
    stage.until(() => stage.list('Pod', 'app=web').length === 1, 60);
    settle();
    const [only] = stage.list('Pod', 'app=web');
    for (const [node, address] of [
      ['worker-1', '10.0.0.11'],
      ['worker-2', '10.0.0.12'],
      ['worker-3', '10.0.0.13'],
    ] as const) {
      const request = { method: 'GET', path: '/hostname', headers: {}, body: '' };
      const answer = stage.cluster.outside(30080, request, { host: address });
      if (only!.spec.nodeName === node) expect(answer).toMatchObject({ status: 200 });
      else expect(answer).toHaveProperty('error');
    }
    stage.patch('Deployment', 'web', { spec: { replicas: 3 } });
    stage.until(() => stage.get('Deployment', 'web').status.readyReplicas === 3, 60);
    stage.delete('Service', 'twin');
    settle();
  });
});

describe('LoadBalancer', () => {
  const balanced = service('lb', `type: LoadBalancer, selector: {app: web}, ${ports('')}`);
  const ask = (path = '/hostname', host = '') => {
    const [{ ip }] = cloud.get('Service', 'lb').status.loadBalancer.ingress;
    const request = { method: 'GET', path, headers: {}, body: '' };
    const answer = cloud.cluster.outside(80, request, { host: host === '' ? ip : host });
    return 'error' in answer ? answer.error : answer.body;
  };

  test('without a provider it stays pending, and its node port works all the same', () => {
    stage.apply(balanced);
    settle(60);
    expect(stage.get('Service', 'lb').status.loadBalancer).toEqual({});
    const [{ nodePort }] = stage.get('Service', 'lb').spec.ports;
    expect(stage.curl(`http://10.0.0.12:${nodePort}/hostname`)).toMatch(/^web-/);
    stage.delete('Service', 'lb');
  });

  test('with one it gets an address, by which the outside comes in; its events say so', () => {
    cloud.apply(balanced);
    cloud.wait(30);
    expect(ask()).toMatch(/^web-/);
    // A list is ordered by the names of the events, which end in the moment of their birth as text.
    expect(cloud.events('Service', 'lb').toSorted()).toEqual([
      'Normal EnsuredLoadBalancer Ensured load balancer',
      'Normal EnsuringLoadBalancer Ensuring load balancer',
    ]);
  });

  test('with externalTrafficPolicy Local the asker’s address is kept, nodes tell their health, and those without pods get nothing', () => {
    cloud.patch('Service', 'lb', { spec: { externalTrafficPolicy: 'Local' } });
    cloud.wait(30);
    const { healthCheckNodePort } = cloud.get('Service', 'lb').spec;
    expect(healthCheckNodePort).toBeGreaterThanOrEqual(30000);
    expect(ask('/clientip')).toMatch(/^198\.51\.100\.7:/);
    cloud.patch('Deployment', 'web', { spec: { replicas: 1 } });
    cloud.until(() => cloud.list('Pod', 'app=web').length === 1, 60);
    cloud.wait(30);
    const home = cloud.list('Pod', 'app=web')[0]!.spec.nodeName as string;
    for (const node of ['worker-1', 'worker-2', 'worker-3']) {
      const health = cloud.onNode(node, `curl -s -w ' %{http_code}' http://localhost:${healthCheckNodePort}/`);
      expect(health).toContain(node === home ? ' 200' : ' 503');
      expect(health).toMatch(node === home ? /"localEndpoints": ?1/ : /"localEndpoints": ?0/);
    }
    for (let turn = 0; turn < 6; turn++) expect(ask()).toMatch(/^web-/);
    cloud.patch('Deployment', 'web', { spec: { replicas: 3 } });
    cloud.patch('Service', 'lb', { spec: { externalTrafficPolicy: 'Cluster' } });
    cloud.until(() => cloud.get('Deployment', 'web').status.readyReplicas === 3, 60);
    expect(cloud.get('Service', 'lb').spec.healthCheckNodePort).toBeUndefined();
  });

  test('loadBalancerSourceRanges let only those networks in', () => {
    cloud.patch('Service', 'lb', { spec: { loadBalancerSourceRanges: ['192.0.2.0/24'] } });
    cloud.wait(10);
    expect(ask()).not.toMatch(/^web-/);
    cloud.patch('Service', 'lb', { spec: { loadBalancerSourceRanges: ['198.51.100.0/24'] } });
    cloud.wait(10);
    expect(ask()).toMatch(/^web-/);
  });

  test('deleted, its address is given back', () => {
    const [{ ip }] = cloud.get('Service', 'lb').status.loadBalancer.ingress;
    cloud.delete('Service', 'lb');
    cloud.until(() => !cloud.has('Service', 'lb'), 60);
    const request = { method: 'GET', path: '/', headers: {}, body: '' };
    expect(cloud.cluster.outside(80, request, { host: ip })).toHaveProperty('error');
  });
});

describe('ExternalName and externalIPs', () => {
  test('ExternalName is another name and nothing else; one that does not exist is not found', () => {
    stage.apply(service('outside', 'type: ExternalName, externalName: example.com'));
    settle();
    expect(stage.curl('http://outside')).toContain('Example Domain');
    expect(stage.get('Service', 'outside').spec.clusterIP).toBeUndefined();
    stage.patch('Service', 'outside', { spec: { externalName: 'nobody.example.com' } });
    settle(35);
    expect(stage.curl('http://outside')).toBe('curl 6');
    stage.delete('Service', 'outside');
  });

  test('an external IP is taken by the rules of every node', () => {
    stage.apply(service('ext', `selector: {app: web}, externalIPs: [192.0.2.50], ${ports('')}`));
    settle();
    expect(stage.curl('http://192.0.2.50/hostname')).toMatch(/^web-/);
    stage.delete('Service', 'ext');
    settle();
    expect(stage.curl('http://192.0.2.50/hostname')).toBe('curl 28');
  });
});

describe('headless', () => {
  test('its name is its pods’ addresses; those that are not ready are left out unless it publishes them', () => {
    stage.apply(`${service('each', 'clusterIP: None, selector: {app: slow}, ports: [{port: 8080}]')}
{apiVersion: v1, kind: Pod, metadata: {name: slow, labels: {app: slow}}, spec: {containers: [{name: c, image: nginx, readinessProbe: {exec: {command: [cat, /ready]}, periodSeconds: 1}}]}}`);
    stage.until(() => stage.state('slow') === 'Running', 60);
    settle(35);
    expect(stage.ask('dig +short each.default.svc.cluster.local')).toBe('');
    stage.patch('Service', 'each', { spec: { publishNotReadyAddresses: true } });
    settle(35);
    expect(stage.ask('dig +short each.default.svc.cluster.local').trim()).toBe(stage.get('Pod', 'slow').status.podIP);
    stage.patch('Service', 'each', { spec: { publishNotReadyAddresses: false } });
    stage.exec('slow', 'touch /ready');
    stage.untilReady('slow');
    settle(35);
    expect(stage.ask('dig +short each.default.svc.cluster.local').trim()).toBe(stage.get('Pod', 'slow').status.podIP);
    stage.delete('Service', 'each');
    stage.delete('Pod', 'slow', { gracePeriodSeconds: 0 });
  });
});

describe('load balancing', () => {
  test('requests are spread over all ready pods; one that is not ready gets none, and is asked again when it is', () => {
    const shares = new Map<string, number>();
    for (const line of stage.ask('for i in $(seq 90); do curl -s -m 2 http://web/hostname; echo; done').split('\n'))
      if (line !== '') shares.set(line, (shares.get(line) ?? 0) + 1);
    expect(shares.size).toBe(3);
    for (const share of shares.values()) expect(share).toBeGreaterThan(10);
  });

  test('with session affinity a client stays with its pod, until the time-out has passed', () => {
    stage.apply(
      service(
        'sticky',
        `sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 20}}, selector: {app: web}, ${ports('')}`,
      ),
    );
    settle();
    expect(stage.answering('http://sticky', 20)).toHaveLength(1);
    const met = new Set<string>();
    for (let turn = 0; turn < 12; turn++) {
      met.add(stage.curl('http://sticky/hostname'));
      stage.wait(25);
    }
    expect(met.size).toBeGreaterThan(1);
    expect(
      refusal(
        service(
          'forever',
          `sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 90000}}, ${ports('')}`,
        ),
      ),
    ).toContain('must be greater than 0 and less than 86400');
    stage.delete('Service', 'sticky');
  });

  test('internalTrafficPolicy Local asks pods of the client’s own node only; without one there, packets are dropped', () => {
    stage.apply(service('near', `internalTrafficPolicy: Local, selector: {app: web}, ${ports('')}`));
    settle();
    expect(stage.answering('http://near', 10)).toEqual([stage.podOn('worker-1').metadata.name]);
    stage.patch('Service', 'near', { spec: { selector: { app: 'web', here: 'no' } } });
    stage.patch('Pod', stage.podOn('worker-2').metadata.name, { metadata: { labels: { here: 'no' } } });
    settle();
    expect(stage.curl('http://near/hostname')).toBe('curl 28');
    stage.delete('Service', 'near');
  });
});

describe('without selector', () => {
  test('it leads where its EndpointSlice says; without one nowhere', () => {
    stage.apply(service('manual', 'ports: [{port: 80}]'));
    settle();
    expect(stage.curl('http://manual')).toBe('curl 7');
    stage.apply(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: manual-1, labels: {kubernetes.io/service-name: manual}}
addressType: IPv4
ports: [{name: "", port: 80, protocol: TCP}]
endpoints: [{addresses: ["198.51.100.80"]}]
`);
    settle();
    expect(stage.curl('http://manual')).toContain('Example Domain');
    stage.delete('Service', 'manual');
  });
});

describe('two address families, on a cluster that has one', () => {
  test('SingleStack and PreferDualStack are accepted with IPv4, RequireDualStack and IPv6 are refused', () => {
    stage.apply(service('prefer', `ipFamilyPolicy: PreferDualStack, selector: {app: web}, ${ports('')}`));
    expect(stage.get('Service', 'prefer').spec).toMatchObject({
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'PreferDualStack',
    });
    expect(stage.get('Service', 'web').spec).toMatchObject({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect(refusal(service('both', `ipFamilyPolicy: RequireDualStack, ${ports('')}`))).toContain(
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    );
    expect(refusal(service('six', `ipFamilies: [IPv6], ${ports('')}`))).toContain(
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    );
    stage.delete('Service', 'prefer');
    // Without a selector and an address, a Service of both is nobody's to refuse.
    stage.apply(service('by-hand', 'clusterIP: None, ports: [{port: 80}]'));
    expect(stage.get('Service', 'by-hand').spec).toMatchObject({
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    });
    stage.delete('Service', 'by-hand');
  });
});

describe('topology-aware routing', () => {
  const MODE = 'service.kubernetes.io/topology-mode';
  const said = () => stage.events('Service', 'web').join('\n');
  const annotate = (value: string | null) => {
    stage.patch('Service', 'web', { metadata: { annotations: { [MODE]: value } } });
    stage.wait(3);
  };

  test('keeps traffic in its zone while there are endpoints enough; broken by too few of them; off again', () => {
    const own = stage.podOn('worker-1').metadata.name;
    expect(stage.answering('http://web', 30)).toHaveLength(3);
    annotate('Auto');
    expect(said()).toContain('Topology Aware Hints has been enabled, addressType: IPv4');
    expect(stage.answering('http://web', 12)).toEqual([own]);
    stage.patch('Deployment', 'web', { spec: { replicas: 2 } });
    stage.wait(10);
    expect(said()).toContain('Insufficient number of endpoints (2 endpoints, 3 zones), addressType: IPv4');
    expect(stage.answering('http://web', 30)).toHaveLength(2);
    stage.patch('Deployment', 'web', { spec: { replicas: 3 } });
    stage.until(() => stage.get('Deployment', 'web').status.readyReplicas === 3, 60);
    stage.wait(3);
    annotate(null);
    expect(said()).toContain('Topology Aware Hints was enabled but is now disabled, addressType: IPv4');
    expect(stage.answering('http://web', 30)).toHaveLength(3);
  });
});
