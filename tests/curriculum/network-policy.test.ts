import { beforeAll, describe, expect, test } from 'vitest';
import { Scenario } from '../scenarios/scenario.ts';

/** The row `network-policy` of the curriculum, on Calico; and on Flannel, which does not enforce. */
const pod = (
  name: string,
  namespace: string,
  labels: string,
  image = 'nicolaka/netshoot, command: [sleep, infinity]',
) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: ${namespace}, labels: {${labels}}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: ${image}}]}}\n---\n`;

const NAMESPACES = `
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: shop}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: lab, labels: {team: lab}}}
`;
const HOUSE = `
${pod('vault', 'shop', 'app: vault', '"registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec]')}
${pod('front', 'shop', 'app: front')}
${pod('stranger', 'shop', 'app: stranger')}
${pod('front', 'lab', 'app: front')}
${pod('tester', 'lab', 'app: tester')}
{apiVersion: v1, kind: Service, metadata: {name: vault, namespace: shop}, spec: {selector: {app: vault}, ports: [{port: 80, targetPort: 8080}]}}
`;

const policy = (name: string, spec: string, namespace = 'shop') =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: ${namespace}}, spec: {${spec}}}\n---\n`;
const VAULT = 'podSelector: {matchLabels: {app: vault}}';

function open(preset: string): Scenario {
  const cluster = new Scenario(preset);
  cluster.apply(NAMESPACES);
  cluster.wait(2);
  cluster.apply(HOUSE);
  for (const name of ['vault', 'front', 'stranger']) cluster.untilReady(name, 90, 'shop');
  for (const name of ['front', 'tester']) cluster.untilReady(name, 90, 'lab');
  cluster.wait(3);
  return cluster;
}

let cluster: Scenario;
beforeAll(() => {
  cluster = open('calico');
});

const CLIENTS = ['shop/front', 'shop/stranger', 'lab/front', 'lab/tester'];
/** Which clients reach the vault. */
const reach = (on = cluster, url = 'http://vault.shop/hostname') =>
  CLIENTS.filter((client) => {
    const [namespace = '', name = ''] = client.split('/');
    return on.exec(name, `curl -s -m 2 ${url}`, '', namespace).stdout === 'vault';
  });
/** Who reaches it while some policies are there; without them, everyone must again. */
const under = (policies: string, look: () => void = () => {}): string[] => {
  cluster.apply(policies);
  cluster.wait(3);
  try {
    look();
    return reach();
  } finally {
    for (const { metadata } of cluster.list('NetworkPolicy', '', 'shop'))
      cluster.delete('NetworkPolicy', metadata.name, {}, 'shop');
    cluster.wait(3);
    expect(reach()).toEqual(CLIENTS);
  }
};

describe('by default everything is allowed', () => {
  test('without a policy all reach all', () => expect(reach()).toEqual(CLIENTS));

  test('a policy for other pods changes nothing for these', () =>
    expect(under(policy('other', 'podSelector: {matchLabels: {app: front}}, policyTypes: [Ingress]'))).toEqual(
      CLIENTS,
    ));
});

describe('isolation of what comes in', () => {
  test('chosen by a policy without rules, a pod is reached by nobody; its probes pass, its own node too', () =>
    expect(under(policy('deny', `${VAULT}, policyTypes: [Ingress]`))).toEqual([]));

  test('an empty podSelector chooses all pods of the namespace, and of that only', () => {
    const result = under(policy('deny', 'podSelector: {}, policyTypes: [Ingress]'), () => {
      const { podIP } = cluster.get('Pod', 'tester', 'lab').status;
      expect(cluster.exec('front', `ping -c 1 -W 1 ${podIP}`, '', 'lab').stdout).toContain(' 0% packet loss');
    });
    expect(result).toEqual([]);
  });

  test('an empty rule lets everyone in; an empty from as well', () => {
    expect(under(policy('open', `${VAULT}, ingress: [{}]`))).toEqual(CLIENTS);
    expect(under(policy('open', `${VAULT}, ingress: [{from: []}]`))).toEqual(CLIENTS);
  });

  test('podSelector alone means this namespace', () =>
    expect(under(policy('front', `${VAULT}, ingress: [{from: [{podSelector: {matchLabels: {app: front}}}]}]`))).toEqual(
      ['shop/front'],
    ));

  test('namespaceSelector alone means all pods of those namespaces; an empty one all namespaces', () => {
    expect(
      under(policy('lab', `${VAULT}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: lab}}}]}]`)),
    ).toEqual(['lab/front', 'lab/tester']);
    expect(under(policy('all', `${VAULT}, ingress: [{from: [{namespaceSelector: {}}]}]`))).toEqual(CLIENTS);
  });

  test('both in one peer mean both at once, in two peers one or the other: a dash makes the difference', () => {
    const [space, pods] = ['namespaceSelector: {matchLabels: {team: lab}}', 'podSelector: {matchLabels: {app: front}}'];
    expect(under(policy('and', `${VAULT}, ingress: [{from: [{${space}, ${pods}}]}]`))).toEqual(['lab/front']);
    expect(under(policy('or', `${VAULT}, ingress: [{from: [{${space}}, {${pods}}]}]`))).toEqual([
      'shop/front',
      'lab/front',
      'lab/tester',
    ]);
  });

  test('policies add up: what any allows is allowed', () =>
    expect(
      under(
        policy('deny', `${VAULT}, policyTypes: [Ingress]`) +
          policy('front', `${VAULT}, ingress: [{from: [{podSelector: {matchLabels: {app: front}}}]}]`) +
          policy('lab', `${VAULT}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: lab}}}]}]`),
      ),
    ).toEqual(['shop/front', 'lab/front', 'lab/tester']));

  test('ports are the pods’ own, not the Service’s; a range ends with endPort', () => {
    expect(under(policy('service-port', `${VAULT}, ingress: [{ports: [{port: 80}]}]`))).toEqual([]);
    expect(under(policy('pod-port', `${VAULT}, ingress: [{ports: [{port: 8080}]}]`))).toEqual(CLIENTS);
    expect(under(policy('range', `${VAULT}, ingress: [{ports: [{port: 8000, endPort: 8100}]}]`))).toEqual(CLIENTS);
    expect(under(policy('below', `${VAULT}, ingress: [{ports: [{port: 8000, endPort: 8079}]}]`))).toEqual([]);
    expect(under(policy('udp', `${VAULT}, ingress: [{ports: [{port: 8080, protocol: UDP}]}]`))).toEqual([]);
  });

  test('ipBlock means addresses, and except takes some out', () => {
    const { podIP } = cluster.get('Pod', 'front', 'shop').status;
    const block = (except: string) => `${VAULT}, ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16${except}}}]}]`;
    expect(under(policy('block', block('')))).toEqual(CLIENTS);
    expect(under(policy('except', block(`, except: ["${podIP}/32"]`)))).toEqual(
      CLIENTS.filter((name) => name !== 'shop/front'),
    );
  });

  test('mistakes are refused', () => {
    const refusal = (spec: string) => {
      try {
        cluster.apply(policy('bad', spec));
      } catch (error) {
        return (error as Error).message;
      }
      return 'accepted';
    };
    expect(refusal(`${VAULT}, ingress: [{from: [{}]}]`)).toContain('must specify a peer');
    expect(refusal(`${VAULT}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]`)).toContain(
      'may not specify both ipBlock and another peer',
    );
    expect(refusal(`${VAULT}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: ["192.0.2.0/24"]}}]}]`)).toContain(
      'must be a strict subset of `cidr`',
    );
    expect(refusal(`${VAULT}, ingress: [{ports: [{port: 90, endPort: 80}]}]`)).toContain(
      'must be greater than or equal to `port`',
    );
    expect(refusal(`${VAULT}, ingress: [{ports: [{endPort: 80}]}]`)).toContain(
      'may not be specified when `port` is not specified',
    );
  });
});

describe('isolation of what goes out', () => {
  const front = 'podSelector: {matchLabels: {app: front}}';

  test('chosen for Egress a pod reaches nobody, not even DNS; others are not touched', () => {
    const result = under(policy('out', `${front}, policyTypes: [Egress]`), () => {
      expect(cluster.exec('front', 'nslookup vault', '', 'shop').stdout).toContain('no servers could be reached');
    });
    expect(result).toEqual(CLIENTS.filter((name) => name !== 'shop/front'));
  });

  test('the usual trap: the way to the vault is open, that to DNS is not; with both it is reached', () => {
    const vault = `to: [{${VAULT}}]`;
    const names =
      'to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]';
    const trapped = under(policy('half', `${front}, policyTypes: [Egress], egress: [{${vault}}]`), () => {
      const { podIP } = cluster.get('Pod', 'vault', 'shop').status;
      expect(cluster.exec('front', `curl -s -m 2 http://${podIP}:8080/hostname`, '', 'shop').stdout).toBe('vault');
    });
    expect(trapped).not.toContain('shop/front');
    expect(under(policy('whole', `${front}, policyTypes: [Egress], egress: [{${vault}}, {${names}}]`))).toEqual(
      CLIENTS,
    );
  });

  test('answers need no rule: who may be asked may answer', () =>
    expect(under(policy('silent', `${VAULT}, policyTypes: [Egress]`))).toEqual(CLIENTS));

  test('to the world outside by ipBlock, or not', () => {
    const ask = () => cluster.exec('front', 'curl -s -m 2 http://198.51.100.80', '', 'shop').stdout;
    expect(ask()).toContain('Example Domain');
    under(policy('inside', `${front}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]`), () =>
      expect(ask()).toBe(''),
    );
    under(
      policy(
        'world',
        `${front}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: ["10.244.0.0/16"]}}]}]`,
      ),
      () => expect(ask()).toContain('Example Domain'),
    );
  });
});

describe('it follows labels', () => {
  test('a pod that gets the label is let in, one that loses it is not', () => {
    under(policy('front', `${VAULT}, ingress: [{from: [{podSelector: {matchLabels: {app: front}}}]}]`), () => {
      cluster.patch('Pod', 'stranger', { metadata: { labels: { app: 'front' } } }, 'shop');
      cluster.patch('Pod', 'front', { metadata: { labels: { app: 'gone' } } }, 'shop');
      cluster.wait(3);
      expect(reach()).toEqual(['shop/stranger']);
      cluster.patch('Pod', 'stranger', { metadata: { labels: { app: 'stranger' } } }, 'shop');
      cluster.patch('Pod', 'front', { metadata: { labels: { app: 'front' } } }, 'shop');
      cluster.wait(3);
    });
  });
});

describe('enforced by the CNI', () => {
  test('Calico’s rules can be read on the node, and their counters tell what was dropped', () => {
    under(policy('deny', `${VAULT}, policyTypes: [Ingress]`), () => {
      expect(reach()).toEqual([]);
      const home = cluster.get('Pod', 'vault', 'shop').spec.nodeName as string;
      let output = '';
      cluster.cluster.openMachine(
        { method: 'POST', path: `/machines/${home}/exec?tty=false&stdin=false&command=iptables&command=-nvL` },
        {
          head: () => {},
          chunk: (chunk) => {
            if (chunk.kind === 'data') output += chunk.data;
          },
          end: () => {},
        },
      );
      cluster.wait(1);
      expect(output).toMatch(/Chain cali-tw-.*\n.*\n +[1-9]\d* .* DROP .*Drop if no policies passed packet/);
    });
  });

  test('Flannel takes the object and enforces nothing', () => {
    const flannel = open('flannel');
    flannel.apply(policy('deny', `${VAULT}, policyTypes: [Ingress]`));
    flannel.wait(3);
    expect(flannel.has('NetworkPolicy', 'deny', 'shop')).toBe(true);
    expect(reach(flannel)).toEqual(CLIENTS);
  });
});
