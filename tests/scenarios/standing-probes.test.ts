import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { StandingExchange } from '../../sim-core/network/standing-exchange.ts';
import { Stage } from '../curriculum/stage.ts';

/**
 * A probe that nothing has changed for is not carried out in full. Whoever lives in the cluster must not be able to tell: a day is lived
 * twice, once with such probes and once without, and everything that can be looked at is compared.
 */

const RUNS = Number(process.env.DAYS ?? 6);

afterEach(() => {
  vi.restoreAllMocks();
});

const PROBE = '{ httpGet: { path: /, port: 80 }, periodSeconds: 2 }';
const SITE = `
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: site }
spec:
  replicas: 2
  selector: { matchLabels: { app: site } }
  template:
    metadata: { labels: { app: site } }
    spec:
      nodeName: worker-1
      containers:
        - name: nginx
          image: nginx:1.27
          readinessProbe: ${PROBE}
          livenessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 3 }
`;

/** What somebody may do, each by the way a learner would. */
const DEEDS: Readonly<Record<string, (stage: Stage) => void>> = {
  'writes another page': (stage) => sh(stage, 'echo other > /usr/share/nginx/html/index.html'),
  'takes the page away': (stage) => sh(stage, 'rm /usr/share/nginx/html/index.html'),
  'writes somewhere else': (stage) => sh(stage, 'echo note > /tmp/note'),
  'has it answer 500': (stage) =>
    sh(
      stage,
      "echo 'server { listen 80; location / { return 500; } }' > /etc/nginx/conf.d/default.conf; nginx -s reload",
    ),
  'has it listen elsewhere': (stage) =>
    sh(stage, "echo 'server { listen 8080; }' > /etc/nginx/conf.d/default.conf; nginx -s reload"),
  'reads the page': (stage) => {
    stage.exec('client', `curl -s ${stage.get('Pod', site(stage)).status.podIP}`);
  },
  'watches packets': (stage) => stage.onNode('worker-1', 'tcpdump -i any -n -c 4 tcp port 80'),
  'claims its address for another Service': (stage) => {
    const externalIPs = [stage.get('Pod', site(stage)).status.podIP];
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'claim' } };
    stage.apply(
      JSON.stringify({
        ...service,
        spec: { selector: { app: 'web' }, externalIPs, ports: [{ port: 80, targetPort: 8080 }] },
      }),
    );
  },
  'gives it free': (stage) => stage.delete('Service', 'claim'),
  'takes the route away': (stage) => stage.onNode('worker-1', 'ip route del 10.244.1.0/24'),
  'puts the route back': (stage) => stage.onNode('worker-1', 'ip route add 10.244.1.0/24 dev cni0'),
  'takes the bridge down': (stage) => stage.onNode('worker-1', 'ip link set cni0 down'),
  'raises the bridge': (stage) => stage.onNode('worker-1', 'ip link set cni0 up'),
  'connects from the node': (stage) =>
    stage.onNode('worker-1', `curl -s ${stage.get('Pod', site(stage)).status.podIP}`),
  'changes the ports of near ends': (stage) =>
    stage.onNode('worker-1', 'sysctl -w net.ipv4.ip_local_port_range="40000 40009"'),
  'scales up': (stage) => stage.patch('Deployment', 'site', { spec: { replicas: 3 } }),
  'scales down': (stage) => stage.patch('Deployment', 'site', { spec: { replicas: 1 } }),
  'deletes a pod': (stage) => stage.delete('Pod', site(stage)),
  'cuts the power': (stage) => stage.cluster.inject({ type: 'node-power', node: 'worker-1', on: false }),
  'gives the power back': (stage) => stage.cluster.inject({ type: 'node-power', node: 'worker-1', on: true }),
};

function site(stage: Stage): string {
  return stage.list('Pod', 'app=site')[0]!.metadata.name;
}

function sh(stage: Stage, command: string): void {
  stage.exec(site(stage), `sh -c '${command.replaceAll("'", "'\\''")}'`);
}

type Day = readonly (readonly [deed: string, seconds: number])[];

/** Lives a day, and tells all that can be seen of it afterwards. */
function live(day: Day): readonly unknown[] {
  const stage = new Stage('three-workers', SITE);
  stage.wait(60);
  const seen: unknown[] = [];
  for (const [deed, seconds] of day) {
    seen.push(attempt(() => DEEDS[deed]!(stage)));
    stage.wait(seconds);
  }
  for (const pod of stage.list('Pod')) {
    const { name } = pod.metadata;
    seen.push(
      pod,
      stage.events('Pod', name),
      attempt(() => stage.logs(name, '?timestamps=true')),
    );
  }
  for (const command of ['conntrack -L', 'iptables-save -c', 'ip route', 'df', 'ls -lR /var/log/pods'])
    seen.push(attempt(() => stage.onNode('worker-1', command)));
  const { engine } = stage.cluster;
  return [...seen, stage.list('Node'), engine.executed, engine.now];
}

/** What it answers, or what it throws. */
function attempt(deed: () => unknown): unknown {
  try {
    return deed();
  } catch (error) {
    return (error as Error).message;
  }
}

const days = fc.array(fc.tuple(fc.constantFrom(...Object.keys(DEEDS)), fc.integer({ min: 1, max: 40 })), {
  minLength: 1,
  maxLength: 8,
});

it('nobody can tell a probe that nothing has changed for from one that is made in full', () => {
  let spared = 0;
  fc.assert(
    fc.property(days, (day) => {
      const standing = vi.spyOn(StandingExchange.prototype, 'again');
      const short = live(day);
      spared += standing.mock.results.filter(({ value }) => value === true).length;
      standing.mockReturnValue(false);
      const full = live(day);
      standing.mockRestore();
      expect(short).toEqual(full);
    }),
    { numRuns: RUNS },
  );
  // It is about them that this is.
  expect(spared).toBeGreaterThan(20 * RUNS);
});
