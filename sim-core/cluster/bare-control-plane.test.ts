import '../host/programs.ts';
import { expect, it } from 'vitest';
import { SECOND } from '../engine/index.ts';
import { createCluster } from './cluster.ts';

it('without kubelets there are no nodes, and a control plane all the same', () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first' } };
  const { engine, server, store } = createCluster({
    preset: 'three-workers',
    without: ['kubelet', 'scheduler'],
    setup: [map],
  });
  engine.runUntil(engine.now + 5 * SECOND);
  const names = (table: string) => store.list(table).map(({ metadata }) => metadata.name);
  expect(server.serving).toBe(true);
  expect(names('namespaces')).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  expect(names('nodes')).toEqual([]);
  expect(names('pods')).toEqual([]);
  expect(names('services')).toEqual(['kubernetes']);
  // The controllers work: each namespace has its account. So does what was to be set up.
  expect(names('serviceaccounts')).toContain('default');
  expect(names('configmaps')).toContain('first');
});
