import { expect, test } from 'vitest';
import type { ClusterSnapshot } from './explain.ts';
import { explainScheduling } from './explain.ts';
import { explanationText } from './explanation-text.ts';
import { testNode, testPod } from './testing.ts';

function snapshot(count: number): ClusterSnapshot {
  const nodes = Array.from({ length: count }, (_, index) =>
    testNode(`n${index + 1}`, ({ status, spec }) => {
      status.allocatable = { cpu: index === 0 ? '500m' : '4', memory: '8Gi', pods: '110' };
      if (index === 1) spec.taints = [{ key: 'gpu', effect: 'NoSchedule' }];
    }),
  );
  return { list: (resource) => (resource.plural === 'nodes' ? nodes : []) as never };
}

test('a table of plugins by nodes, then why, then the best', () => {
  const text = explanationText(explainScheduling(snapshot(3), testPod('web', { cpu: '1' })));
  expect(text).toMatch(/^FILTER +n1 +n2 +n3$/m);
  expect(text).toMatch(/^TaintToleration +ok +no +ok$/m);
  expect(text).toMatch(/^NodeResourcesFit +no +ok +ok$/m);
  expect(text).toMatch(/^fits +no +no +yes$/m);
  expect(text).toMatch(/^TaintToleration × 3 +- +- +300$/m);
  expect(text).toMatch(/^total +- +- +\d+$/m);
  expect(text).toContain('n1: NodeResourcesFit: Insufficient cpu\n');
  expect(text).toContain('n2: TaintToleration: node(s) had untolerated taint {gpu: }\n');
  expect(text).toContain('\nBest: n3.\n');
});

test('a pod that fits nowhere ends with the message of its event', () => {
  const text = explanationText(explainScheduling(snapshot(2), testPod('web', { cpu: '1' })));
  expect(text).toContain('0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: }.');
});

test('many nodes are told one below the other', () => {
  const text = explanationText(explainScheduling(snapshot(20), testPod('web', { cpu: '1' })));
  expect(text).not.toContain('FILTER');
  expect(text).toContain('n1: does not fit\n  NodeResourcesFit: Insufficient cpu\n');
});
