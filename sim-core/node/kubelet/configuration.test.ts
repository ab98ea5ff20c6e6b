import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../engine/index.ts';
import { leases } from '../../resources/lease.ts';
import { pods } from '../../resources/pod.ts';
import { KUBEADM_CONFIGURATION, type KubeletConfiguration } from './configuration.ts';
import { SLEEPER, TestKubelets } from './testing.ts';

const GIB = 1024 ** 3;

/** One node, whose kubelet has found this in its file. */
function configured(changes: Partial<KubeletConfiguration>): TestKubelets {
  const configuration = { ...KUBEADM_CONFIGURATION, ...changes };
  const cluster = new TestKubelets({ node: { startup: () => ({ configuration }) } });
  cluster.wait(5);
  return cluster;
}

describe('a node as its kubelet is configured', () => {
  it('takes so many pods for each core, but no more than maxPods', () => {
    expect(configured({ podsPerCore: 2 }).node().status.capacity!.pods).toBe('8');
    expect(configured({ podsPerCore: 50 }).node().status.capacity!.pods).toBe('110');
  });

  it('registers with taints', () => {
    const taint = { key: 'team', value: 'blue', effect: 'NoSchedule' };
    expect(configured({ registerWithTaints: [taint] }).node().spec.taints).toEqual([taint]);
  });

  it('has a lease of that length, renewed four times within it', () => {
    const cluster = configured({ nodeLeaseDurationSeconds: 200 });
    const lease = () => cluster.client.get(leases, 'kube-node-lease', 'worker-1').spec!;
    expect(lease().leaseDurationSeconds).toBe(200);
    const before = lease().renewTime;
    cluster.wait(40);
    expect(lease().renewTime).toBe(before);
    cluster.wait(15);
    expect(lease().renewTime).not.toBe(before);
  });

  it('tells of itself as often, and of so many images', () => {
    const cluster = configured({
      nodeStatusUpdateFrequency: 60 * SECOND,
      nodeStatusReportFrequency: 60 * SECOND,
      nodeStatusMaxImages: 1,
    });
    const heard = () => cluster.node().status.conditions!.find(({ type }) => type === 'Ready')!.lastHeartbeatTime;
    const before = heard();
    cluster.pod('a', SLEEPER);
    cluster.pod('b', { image: 'nginx:1.27' });
    cluster.wait(50);
    expect(heard()).toBe(before);
    cluster.wait(20);
    expect(heard()).not.toBe(before);
    expect(cluster.node().status.images).toHaveLength(1);
    const after = heard();
    cluster.wait(60);
    expect(heard()).not.toBe(after);
  });
});

describe('images as the kubelet is configured', () => {
  /** For each pod, whether it waited for the pull of another's image. */
  const waits = (limit: number) => {
    const cluster = configured({ maxParallelImagePulls: limit });
    const images = ['nginx:1.27', 'redis:7', 'python:3.12'];
    for (const [index, image] of images.entries()) cluster.pod(`pod-${index}`, { image });
    cluster.wait(120);
    return images.map((_, index) => {
      const pulled = cluster.events(`pod-${index}`).find((event) => event.includes('Successfully pulled'))!;
      const [, own, total] = / in (\S+) \((\S+) including waiting\)/.exec(pulled)!;
      return own !== total;
    });
  };

  it('are pulled so many at a time', () => {
    expect(waits(1)).toEqual([false, true, true]);
    expect(waits(2)).toEqual([false, false, true]);
    expect(waits(Number.POSITIVE_INFINITY)).toEqual([false, false, false]);
  });

  /** Whether an image that nobody uses any more is still there, some minutes later. */
  const stays = (changes: Partial<KubeletConfiguration>, free: number, minutes: number) => {
    const cluster = configured(changes);
    cluster.pod('app', { image: 'nginx:1.27' }, { terminationGracePeriodSeconds: 1 });
    cluster.until(() => cluster.state('app') === 'running');
    cluster.client.delete(pods, 'default', 'app', { gracePeriodSeconds: 0 });
    if (free > 0) cluster.machine.fillDisk(free * GIB);
    cluster.wait(minutes * 60);
    return cluster.machine.images.listImages().some(({ repoTags }) => repoTags.some((tag) => tag.includes('nginx')));
  };

  it('go when the disk is as full as imageGCHighThresholdPercent says', () => {
    expect(stays({}, 40, 11)).toBe(true);
    expect(stays({ imageGcHighThresholdPercent: 50, imageGcLowThresholdPercent: 40 }, 40, 11)).toBe(false);
    expect(stays({ imageGcHighThresholdPercent: 100, evictionThresholds: [] }, 11, 11)).toBe(true);
  });

  it('go when they are old enough, and not before', () => {
    const thresholds = { imageGcHighThresholdPercent: 50, imageGcLowThresholdPercent: 40 };
    expect(stays({ ...thresholds, imageMinimumGcAge: 30 * MINUTE }, 40, 20)).toBe(true);
    expect(stays({ ...thresholds, imageMinimumGcAge: 30 * MINUTE }, 40, 45)).toBe(false);
    expect(stays({ imageMaximumGcAge: 20 * MINUTE }, 0, 15)).toBe(true);
    expect(stays({ imageMaximumGcAge: 20 * MINUTE }, 0, 35)).toBe(false);
  });
});
