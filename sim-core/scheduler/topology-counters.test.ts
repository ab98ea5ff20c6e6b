import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Node, Pod } from '../api/objects.ts';
import { labelName } from '../client/index.ts';
import { SchedulerCache } from './cache.ts';
import type { PodInfo } from './pod-info.ts';

const ZONE = 'topology.kubernetes.io/zone';

const node = (name: string, zone: string) =>
  ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, labels: { [ZONE]: zone } },
    spec: {},
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } },
  }) as unknown as Node;

const pod = (uid: string, app: string, nodeName: string) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: uid, uid, namespace: 'default', labels: { app } },
    spec: { nodeName, containers: [{ name: 'main', image: 'nginx' }] },
    status: {},
  }) as unknown as Pod;

type Step =
  | { readonly kind: 'node' | 'no-node'; readonly node: number; readonly zone: number }
  | { readonly kind: 'pod' | 'no-pod'; readonly pod: number; readonly node: number; readonly app: number }
  | { readonly kind: 'ask'; readonly app: number };

const small = (most: number) => fc.integer({ min: 0, max: most });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('node' as const, 'no-node' as const), node: small(3), zone: small(1) }),
  fc.record({ kind: fc.constantFrom('pod' as const, 'no-pod' as const), pod: small(7), node: small(3), app: small(2) }),
  fc.record({ kind: fc.constant('ask' as const), app: small(2) }),
);

it('count what a count of all pods would, whatever came before the first question', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = new SchedulerCache();
      const nodes = new Map<string, string>();
      const pods = new Map<string, { app: string; node: string }>();
      for (const one of steps) {
        if (one.kind === 'node') {
          nodes.set(`n${one.node}`, `z${one.zone}`);
          cache.setNode(node(`n${one.node}`, `z${one.zone}`));
        } else if (one.kind === 'no-node') {
          nodes.delete(`n${one.node}`);
          cache.removeNode(`n${one.node}`);
        } else if (one.kind === 'pod') {
          pods.set(`p${one.pod}`, { app: `a${one.app}`, node: `n${one.node}` });
          cache.setPod(pod(`p${one.pod}`, `a${one.app}`, `n${one.node}`));
        } else if (one.kind === 'no-pod') {
          pods.delete(`p${one.pod}`);
          cache.removePod(`p${one.pod}`);
        } else if (one.kind === 'ask') {
          const app = `a${one.app}`;
          const counter = cache.counter(`zones of ${app}`, () => ({
            topologyKey: ZONE,
            label: labelName('default', 'app', app),
            countsPod: (other: PodInfo) => other.pod.metadata.labels?.app === app,
          }));
          for (const [name, zone] of nodes) {
            const expected = [...pods.values()].filter((each) => each.app === app && nodes.get(each.node) === zone);
            expect(counter.get(counter.domainOf(cache.get(name)!))).toBe(expected.length);
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});
