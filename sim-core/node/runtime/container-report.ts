import type { Container, ContainerStatus } from '../cri/container.ts';
import type { ContainerStats } from '../cri/container-stats.ts';
import type { RuntimeContainer } from './container.ts';

const NO_LABELS = Object.freeze({});

/** A container as CRI lists it. */
export function containerSummary(container: RuntimeContainer): Container {
  const { config, image } = container;
  return {
    id: container.id,
    podSandboxId: container.sandbox.id,
    metadata: config.metadata,
    image: config.userSpecifiedImage ?? config.image.image,
    imageRef: container.imageRef,
    imageId: image.id,
    state: container.state,
    createdAt: container.createdAt,
    labels: config.labels ?? NO_LABELS,
    annotations: config.annotations ?? NO_LABELS,
  };
}

/** What CRI tells of one container. */
export function containerStatus(container: RuntimeContainer): ContainerStatus {
  const { config, sandbox } = container;
  return {
    ...containerSummary(container),
    startedAt: container.startedAt,
    finishedAt: container.finishedAt,
    exitCode: container.exitCode,
    reason: container.reason,
    message: container.message,
    mounts: config.mounts ?? [],
    logPath: `${sandbox.config.logDirectory ?? ''}/${config.logPath ?? ''}`,
    resources: container.cgroup.resources,
    user: container.user,
    group: container.group,
    supplementalGroups: container.groups,
  };
}

/** What a container uses up now. */
export function containerStats(container: RuntimeContainer): ContainerStats {
  const { cgroup, layer } = container;
  const limit = Number.isFinite(cgroup.memoryLimit) ? cgroup.memoryLimit - cgroup.memory : 0;
  return {
    id: container.id,
    podSandboxId: container.sandbox.id,
    metadata: container.config.metadata,
    timestamp: container.engine.now,
    cpu: { usageCoreNanoSeconds: cgroup.usage * 1000, usageNanoCores: Math.floor(cgroup.milliCpu * 1_000_000) },
    memory: { workingSetBytes: cgroup.memory, usageBytes: cgroup.memory, availableBytes: limit },
    writableLayer: { usedBytes: layer?.used ?? 0, inodesUsed: layer?.inodes ?? 0 },
    logBytes: container.log.size,
    throttling: cgroup.throttling,
  };
}
