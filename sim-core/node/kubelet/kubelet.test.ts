import { describe, expect, it } from 'vitest';
import { pods } from '../../resources/pod.ts';
import { TestKubelets } from './testing.ts';

describe('a pod', () => {
  it('is pulled, created, started and told of', () => {
    const cluster = new TestKubelets();
    cluster.pod('web', { name: 'web', image: 'nginx' });
    cluster.settle();
    console.log(JSON.stringify(cluster.get('web').status, null, 1));
    console.log(cluster.events('web').join('\n'));
    console.log(JSON.stringify(cluster.node(), null, 1));
    console.log(cluster.events('worker-1').join('\n'));
    cluster.client.delete(pods, 'default', 'web');
    const took = cluster.until(() => cluster.find('web') === undefined);
    console.log(took, cluster.events('web').join('\n'));
    expect(1).toBe(1);
  });
});
