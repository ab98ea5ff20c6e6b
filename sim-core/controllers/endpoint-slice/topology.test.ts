import type { Endpoint } from 'kubernetes-types/discovery/v1';
import { expect, it } from 'vitest';
import type { Node } from '../../api/objects.ts';
import { addHints } from './topology.ts';

const node = (zone: string | undefined, cpu = '4', labels = {}, ready = 'True') =>
  ({
    metadata: {
      name: 'n',
      labels: { ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }), ...labels },
    },
    status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: ready }] },
  }) as unknown as Node;
const endpoints = (zones: string) =>
  [...zones].map(
    (zone): Endpoint => ({ addresses: ['10.0.0.1'], conditions: { ready: true }, ...(zone === '-' ? {} : { zone }) }),
  );
/** The zones that endpoints in certain zones are hinted at, or why they are not. */
const hints = (zones: string, nodes: readonly Node[]): string => {
  const list = endpoints(zones);
  return addHints(list, nodes) ?? list.map((endpoint) => endpoint.hints!.forZones![0]!.name).join('');
};

it('gives each zone a part of the endpoints like its part of the CPU, its own where it can', () => {
  expect(hints('aabb', [node('a'), node('b')])).toBe('aabb');
  expect(hints('aaaa', [node('a'), node('b')])).toBe('bbaa');
  expect(hints('aaab', [node('a'), node('b')])).toBe('baab');
  expect(hints('aaaabb', [node('a', '2'), node('b', '2'), node('c', '2')])).toBe('ccaabb');
  // Three quarters of the CPU are in a.
  expect(hints('aabb', [node('a', '6'), node('b', '2')])).toBe('aaab');
});

it('counts nodes that are ready and no control plane', () => {
  const control = node('c', '64', { 'node-role.kubernetes.io/control-plane': '' });
  expect(hints('ab', [node('a'), node('b'), control, node('d', '4', {}, 'False')])).toBe('ab');
});

it('says why there can be no hints', () => {
  const none = 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  expect(hints('aa', [node('a'), node('a')])).toBe(none);
  expect(hints('ab', [node('a'), node('b'), node(undefined)])).toBe(none);
  expect(hints('a', [node('a'), node('b')])).toBe('Insufficient number of endpoints (1 endpoints, 2 zones)');
  expect(hints('a-', [node('a'), node('b')])).toBe('One or more endpoints do not have a zone specified');
  expect(hints('aab', [node('a', '4'), node('b', '4')])).toBe(
    'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 2 zones)',
  );
});
