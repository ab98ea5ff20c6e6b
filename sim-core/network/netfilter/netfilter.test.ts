import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../engine/index.ts';
import { type Packet, TCP, UDP } from '../packet.ts';
import { Chain } from './chain.ts';
import { Netfilter, type Surroundings } from './netfilter.ts';
import { Rule } from './rule.ts';

const around: Surroundings = {
  now: 0,
  random: new RandomStream(1, 'test'),
  isLocal: () => false,
  addressOf: () => 1,
};

const packet = (destination: number, destinationPort: number): Packet => ({
  protocol: TCP,
  source: 7,
  sourcePort: 1000,
  destination,
  destinationPort,
  mark: 0,
  translated: false,
  ttl: 64,
});

describe('a chain', () => {
  it('decides alike with and without its index', () => {
    const rule = fc.record({
      bits: fc.constantFrom(0, 30, 32),
      network: fc.integer({ min: 0, max: 12 }),
      not: fc.boolean(),
      port: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      protocol: fc.constantFrom(undefined, TCP, UDP),
      verdict: fc.constantFrom('accept' as const, 'drop' as const, 'reject' as const, 'return' as const),
    });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 40 }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        (specs, to, port) => {
          const rules = specs.map(({ bits, network, not, port: destinationPort, protocol, verdict }) => {
            const destination = { network: bits === 30 ? network & ~3 : bits === 0 ? 0 : network, bits };
            return new Rule(
              {
                destination,
                notDestination: not,
                ...(destinationPort === undefined ? {} : { destinationPort }),
                ...(protocol === undefined ? {} : { protocol }),
              },
              { kind: verdict },
            );
          });
          const whole = new Netfilter();
          whole.chain('filter', 'FORWARD').rules = rules;
          // Eight rules a chain are never indexed: the same rules, chained one after the other.
          const pieces = new Netfilter();
          let verdict: string = 'accept';
          for (const one of rules) {
            pieces.chain('filter', 'FORWARD').rules = [one];
            const stop = one.target.kind === 'return' && matches(one, to, port);
            const outcome = stop ? 'accept' : pieces.run('filter', 'FORWARD', packet(to, port), '', '', around);
            const accepted = one.target.kind === 'accept' && matches(one, to, port);
            if (stop || accepted || outcome !== 'accept') {
              verdict = outcome;
              break;
            }
          }
          expect(whole.run('filter', 'FORWARD', packet(to, port), '', '', around)).toBe(verdict);
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });

  it('keeps the order of rules for one address and rules for many', () => {
    const chain = new Chain('x');
    const rules = Array.from(
      { length: 20 },
      (_, index) =>
        new Rule(index % 3 === 0 ? {} : { destination: { network: index % 2, bits: 32 } }, { kind: 'return' }),
    );
    chain.rules = rules;
    expect(chain.rulesFor(1)).toEqual(rules.filter((rule, index) => index % 3 === 0 || rule.destination === 1));
    expect(chain.rulesFor(99)).toEqual(rules.filter((_, index) => index % 3 === 0));
  });
});

it('ends chains that call each other for ever', () => {
  const netfilter = new Netfilter();
  netfilter.chain('filter', 'A').rules = [new Rule({}, { kind: 'jump', chain: 'B' })];
  netfilter.chain('filter', 'B').rules = [new Rule({}, { kind: 'jump', chain: 'A' })];
  netfilter.chain('filter', 'FORWARD').rules = [new Rule({}, { kind: 'jump', chain: 'A' })];
  expect(netfilter.run('filter', 'FORWARD', packet(1, 1), '', '', around)).toBe('drop');
});

function matches({ match, destination, destinationMask }: Rule, to: number, port: number): boolean {
  if (match.protocol !== undefined && match.protocol !== TCP) return false;
  if (match.destinationPort !== undefined && match.destinationPort !== port) return false;
  return ((to & destinationMask) >>> 0 === destination) !== (match.notDestination === true);
}
