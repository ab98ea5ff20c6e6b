import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { StandingExchange } from '../../sim-core/network/standing-exchange.ts';
import { StandingRound } from '../../sim-core/network/standing-round.ts';
import { Stage } from '../curriculum/stage.ts';

/**
 * A probe that nothing has changed for is not carried out in full, and many of them are made at once. Whoever lives in the cluster must not be
 * able to tell: a day is lived three times, with such probes, with each of them made by itself, and without, and everything that can be
 * looked at is compared.
 */

const RUNS = Number(process.env.DAYS ?? 6);

afterEach(() => {
  vi.restoreAllMocks();
});

const PROBE = '{ httpGet: { path: /, port: 80 }, periodSeconds: 1 }';
/** The liveness probes: with the readiness probes, of another page, or at times of their own. */
const LIVENESS = [PROBE, '{ httpGet: { path: /50x.html, port: 80 }, periodSeconds: 1 }', PROBE.replace('1 }', '3 }')];
const site = (liveness: string) => `
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
          command:
            - sh
            - -c
            - >-
              echo 'server { listen 80; location / { root /usr/share/nginx/html; } location /n { stub_status; } }' >
              /etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'
          readinessProbe: ${PROBE}
          livenessProbe: ${liveness}
`;

/** What somebody may do, each by the way a learner would. */
const DEEDS: Readonly<Record<string, (stage: Stage) => unknown>> = {
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
    stage.exec('client', `curl -s ${stage.get('Pod', nameOf(stage)).status.podIP}`);
  },
  'watches packets': (stage) => stage.onNode('worker-1', 'tcpdump -i any -n -c 4 tcp port 80'),
  'claims its address for another Service': (stage) => {
    const externalIPs = [stage.get('Pod', nameOf(stage)).status.podIP];
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
    stage.onNode('worker-1', `curl -s ${stage.get('Pod', nameOf(stage)).status.podIP}`),
  'changes the ports of near ends': (stage) =>
    stage.onNode('worker-1', 'sysctl -w net.ipv4.ip_local_port_range="40000 40009"'),
  'scales up': (stage) => stage.patch('Deployment', 'site', { spec: { replicas: 3 } }),
  'scales down': (stage) => stage.patch('Deployment', 'site', { spec: { replicas: 1 } }),
  'deletes a pod': (stage) => stage.delete('Pod', nameOf(stage)),
  'asks how many came': (stage) =>
    stage.exec('client', `curl -s ${stage.get('Pod', nameOf(stage)).status.podIP}/n`).stdout,
  'looks at the log': (stage) => stage.logs(nameOf(stage), '?timestamps=true&tailLines=30'),
  'follows the log': (stage) => follow(stage, `log?follow=true&timestamps=true`),
  attaches: (stage) => follow(stage, 'attach?stdout=true&stderr=true'),
  'writes half a line into the log': (stage) =>
    sh(stage, 'printf half > /proc/1/fd/1; sleep 4; printf half > /proc/1/fd/1'),
  'writes a line into the log': (stage) => sh(stage, 'echo whole > /proc/1/fd/1'),
  'looks at the connections': (stage) => stage.onNode('worker-1', 'conntrack -L'),
  'looks at the counters': (stage) => stage.onNode('worker-1', 'iptables-save -c'),
  'looks at the disk': (stage) => stage.onNode('worker-1', 'df; ls -lR /var/log/pods'),
  'fills the disk': (stage) =>
    stage.onNode('worker-1', `fallocate -l $(( $(df | awk '/vda1/ { print $4 }') * 1024 - 3000 )) /var/big; df`),
  'makes room': (stage) => stage.onNode('worker-1', 'rm /var/big'),
  'asks for its use': (stage) => stage.onNode('worker-1', 'crictl stats -o json'),
  'reserves ports': (stage) =>
    stage.onNode('worker-1', 'sysctl -w net.ipv4.ip_local_reserved_ports="32800-33000,33100-33300"'),
  'restarts the kubelet': (stage) => stage.onNode('worker-1', 'systemctl restart kubelet'),
  'cuts the power': (stage) => stage.cluster.inject({ type: 'node-power', node: 'worker-1', on: false }),
  'gives the power back': (stage) => stage.cluster.inject({ type: 'node-power', node: 'worker-1', on: true }),
};

function nameOf(stage: Stage): string {
  return stage.list('Pod', 'app=site')[0]!.metadata.name;
}

function sh(stage: Stage, command: string): void {
  stage.exec(nameOf(stage), `sh -c '${command.replaceAll("'", "'\\''")}'`);
}

/** Reads along what a pod says until the day ends. */
function follow(stage: Stage, what: string): () => string {
  let text = '';
  const path = `/api/v1/namespaces/default/pods/${nameOf(stage)}/${what}`;
  const headers = { authorization: `Bearer ${adminToken(1)}` };
  stage.cluster.rest.stream(
    { method: 'GET', path, headers },
    {},
    {
      head: ({ status }) => {
        text += `${status}\n`;
      },
      chunk: (chunk) => {
        if (chunk.kind === 'data') text += `${stage.cluster.engine.now} ${chunk.data}`;
      },
      end: () => {
        text += 'end';
      },
    },
  );
  return () => text;
}

type Day = readonly (readonly [deed: string, seconds: number])[];

/** Lives a day, and tells all that can be seen of it afterwards. */
function live(day: Day, liveness: string): readonly unknown[] {
  const stage = new Stage('three-workers', site(liveness));
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
  const told = seen.map((one) => (typeof one === 'function' ? one() : one));
  return [...told, stage.list('Node'), engine.executed, engine.now];
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
  let together = 0;
  const succeeded = (spy: { readonly mock: { readonly results: readonly { readonly value?: unknown }[] } }) =>
    spy.mock.results.filter(({ value }) => value === true).length;
  fc.assert(
    fc.property(days, fc.constantFrom(...LIVENESS), (day, liveness) => {
      const rounds = vi.spyOn(StandingRound.prototype, 'again');
      const short = live(day, liveness);
      together += succeeded(rounds);
      const noRounds = vi.spyOn(StandingRound, 'of').mockReturnValue(undefined);
      const standing = vi.spyOn(StandingExchange.prototype, 'again');
      const single = live(day, liveness);
      spared += succeeded(standing);
      standing.mockReturnValue(false);
      const full = live(day, liveness);
      for (const spy of [rounds, noRounds, standing]) spy.mockRestore();
      expect(single).toEqual(full);
      expect(short).toEqual(full);
    }),
    { numRuns: RUNS },
  );
  // It is about them that this is.
  expect(spared).toBeGreaterThan(40 * RUNS);
  expect(together).toBeGreaterThan(20 * RUNS);
});
