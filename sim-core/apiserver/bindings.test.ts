import { expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../api/objects.ts';
import { Lab, pod } from './testing/lab.ts';

it('a pod is bound by POST of a Binding, which is not kept', () => {
  const lab = new Lab();
  lab.create(pod('waiting', { schedulerName: 'nobody' }));
  const binding = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { kind: 'Node', name: 'worker-2' },
  });
  const path = '/api/v1/namespaces/default/bindings';
  expect(lab.send('POST', path, binding('waiting'))).toMatchObject({ status: 201, body: { status: 'Success' } });
  const bound = lab.get('/api/v1/namespaces/default/pods/waiting');
  expect(bound).toMatchObject({ spec: { nodeName: 'worker-2' } });
  // Whoever bound it, nobody manages the node's name.
  const { managedFields } = bound.metadata as { managedFields: ManagedFieldsEntry[] };
  expect(managedFields.map(({ manager, subresource }) => [manager, subresource])).toEqual([['kubectl', undefined]]);
  expect(JSON.stringify(managedFields)).not.toContain('f:nodeName');
  expect(lab.send('POST', path, binding('absent'))).toMatchObject({ status: 404 });
  expect(lab.send('GET', path)).toMatchObject({ status: 405 });
});

it('the scale of what is not there is missing itself', () => {
  const lab = new Lab();
  expect(lab.get('/apis/apps/v1/namespaces/default/deployments/absent/scale').message).toBe(
    'deployments/scale.apps "absent" not found',
  );
});
