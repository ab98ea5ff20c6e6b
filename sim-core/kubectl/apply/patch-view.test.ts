import { expect, test } from 'vitest';
import { createTwoWayPatch } from '../../api/patch/strategic-diff.ts';
import { patchView } from './patch-view.ts';

test('a variable that is gone from a container is deleted by its name', () => {
  const deployment = (env: readonly unknown[]) => ({
    kind: 'Deployment',
    spec: { template: { spec: { containers: [{ name: 'nginx', env }] } } },
  });
  const [a, b] = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ];
  expect(createTwoWayPatch(deployment([a, b]), deployment([b]), patchView('Deployment'))).toEqual({
    spec: {
      template: {
        spec: {
          '$setElementOrder/containers': [{ name: 'nginx' }],
          containers: [
            { name: 'nginx', '$setElementOrder/env': [{ name: 'B' }], env: [{ name: 'A', $patch: 'delete' }] },
          ],
        },
      },
    },
  });
});
