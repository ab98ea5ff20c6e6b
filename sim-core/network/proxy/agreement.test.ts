import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Rule } from '../netfilter/rule.ts';
import { TestServices } from '../testing/test-services.ts';
import { serviceChains } from './chain-names.ts';

/** Addresses that the rules of a chain lead to. */
function targets(all: TestServices, node: string, chain: string): string[] {
  const { nat } = all.network.node(node).machine.namespace.netfilter.tables;
  const found: string[] = [];
  for (const { target } of nat.get(chain)?.rules ?? ([] as Rule[])) {
    if (target.kind === 'jump' && target.chain.startsWith('KUBE-SEP-')) {
      for (const own of nat.get(target.chain)!.rules) {
        if (own.target.kind === 'dnat') found.push(`${own.target.address & 255}`);
      }
    }
  }
  return found.sort();
}

const endpoint = fc.record({ last: fc.integer({ min: 2, max: 9 }), ready: fc.boolean() });
const step = fc.record({
  service: fc.constantFrom('a', 'b'),
  endpoints: fc.uniqueArray(endpoint, { selector: ({ last }) => last }),
});

it('rules and EndpointSlices agree once settled, whatever came in between', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const all = new TestServices();
      all.service('a', { clusterIP: '10.96.0.1' });
      all.service('b', { clusterIP: '10.96.0.2' });
      const last = new Map<string, string[]>([
        ['a', []],
        ['b', []],
      ]);
      for (const { service, endpoints } of steps) {
        all.endpoints(
          service,
          endpoints.map((one) => ({ address: `10.244.1.${one.last}`, ready: one.ready })),
        );
        last.set(
          service,
          endpoints
            .filter(({ ready }) => ready)
            .map((one) => String(one.last))
            .sort(),
        );
        all.network.engine.runUntil(all.network.engine.now + 300_000);
      }
      all.settle();
      for (const node of ['worker-1', 'worker-2']) {
        for (const [service, expected] of last) {
          expect(targets(all, node, serviceChains(`default/${service}`, 'tcp').cluster)).toEqual(expected);
        }
      }
    }),
    { seed: 6, numRuns: 40 },
  );
});
