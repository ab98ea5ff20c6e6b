import { expect, it } from 'vitest';
import type { Pod } from '../../api/objects.ts';
import { computeQos } from './qos.ts';
import { cpuQuota, cpuShares, oomScoreAdjust, podMemoryLimit, podRequests } from './resources.ts';

type Resources = { requests?: Record<string, string>; limits?: Record<string, string> };

function pod(containers: Resources[], initContainers: (Resources & { restartPolicy?: string })[] = []): Pod {
  const container = ({ restartPolicy, ...resources }: Resources & { restartPolicy?: string }, index: number) => ({
    name: `c${index}`,
    resources,
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });
  return {
    spec: { containers: containers.map(container), initContainers: initContainers.map(container) },
  } as unknown as Pod;
}

const full = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });

it.each([
  ['BestEffort', pod([{}])],
  ['BestEffort', pod([{ requests: { cpu: '0' } }])],
  ['Burstable', pod([{ requests: { cpu: '100m' } }])],
  ['Burstable', pod([full('1', '1Gi'), {}])],
  ['Burstable', pod([full('1', '1Gi')], [{}])],
  ['Guaranteed', pod([full('1', '1Gi')])],
  ['Guaranteed', pod([{ requests: { cpu: '1000m', memory: '1024Mi' }, limits: { cpu: '1', memory: '1Gi' } }])],
])('%s', (wanted, given) => {
  expect(computeQos(given)).toBe(wanted);
});

it('requests of init containers count at their peak, those of sidecars all the time', () => {
  const requests = (cpu: string, restartPolicy?: string) => ({
    requests: { cpu },
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });
  expect(podRequests(pod([requests('1')], [requests('3')])).get('cpu')).toBe(3000);
  expect(podRequests(pod([requests('1')], [requests('500m', 'Always'), requests('2')])).get('cpu')).toBe(2500);
  expect(podRequests(pod([requests('2')], [requests('500m', 'Always'), requests('1')])).get('cpu')).toBe(2500);
});

it('requests and limits become shares, quotas and OOM scores', () => {
  expect([cpuShares(0), cpuShares(250), cpuShares(1000)]).toEqual([2, 256, 1024]);
  expect([cpuQuota(0), cpuQuota(1), cpuQuota(250)]).toEqual([0, 1000, 25_000]);
  const half = pod([{ requests: { memory: '4Gi' } }]);
  const eight = 8 * 1024 ** 3;
  expect(oomScoreAdjust(half, half.spec.containers[0]!, 'Burstable', eight)).toBe(500);
  expect(oomScoreAdjust(half, half.spec.containers[0]!, 'BestEffort', eight)).toBe(1000);
  expect(oomScoreAdjust(half, half.spec.containers[0]!, 'Guaranteed', eight)).toBe(-997);
});

it('a pod is limited as a whole by what its containers and sidecars may use together, if each has a limit', () => {
  const limited = (name: string, memory: string) => ({ name, image: 'a', resources: { limits: { memory } } });
  const pod = (...initContainers: object[]) =>
    ({ metadata: { uid: '1' }, spec: { containers: [limited('main', '10Mi')], initContainers } }) as unknown as Pod;
  const sidecar = { ...limited('side', '6Mi'), restartPolicy: 'Always' };
  expect(podMemoryLimit(pod())).toBe(10 * 2 ** 20);
  expect(podMemoryLimit(pod(sidecar))).toBe(16 * 2 ** 20);
  expect(podMemoryLimit(pod(sidecar, limited('init', '20Mi')))).toBe(26 * 2 ** 20);
  expect(podMemoryLimit(pod({ name: 'init', image: 'a' }))).toBe(0);
});
