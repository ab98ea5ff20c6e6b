import type { Container } from 'kubernetes-types/core/v1';
import { deepEqual } from '../../api/equality.ts';
import type { Pod } from '../../api/objects.ts';
import type { ContainerStatus } from '../cri/container.ts';
import type { LinuxContainerResources } from '../cri/linux.ts';
import { insufficientResource, type NodeUsage } from './admission.ts';
import type { NewCondition } from './pod-conditions.ts';
import { podRequests } from './resources.ts';

/** Why a pod goes on with the resources that it has (PodResizePending). */
export interface PendingResize {
  readonly reason: 'Deferred' | 'Infeasible';
  readonly message: string;
}

/** What the node has given a pod, and why that is not yet what its spec asks for. */
export interface Allocation {
  readonly pod: Pod;
  readonly pending: PendingResize | undefined;
}

/**
 * A pod whose spec asks for other resources than before, as its node runs it: with the new ones if there is room for them, else with those that
 * it has (allocation.Manager). `usage` and `allocatable` are the node's, the pod's old requests among the former.
 */
export function allocate(
  wanted: Pod,
  running: Pod,
  usage: NodeUsage,
  allocatable: ReadonlyMap<string, number>,
): Allocation {
  const old = podRequests(running);
  let pending: PendingResize | undefined;
  for (const name of ['memory', 'cpu']) {
    const requested = podRequests(wanted).get(name) ?? 0;
    const capacity = allocatable.get(name) ?? Number.POSITIVE_INFINITY;
    if (requested > capacity) {
      const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`;
      return keep(wanted, running, { reason: 'Infeasible', message });
    }
    const used = (usage.requests.get(name) ?? 0) - (old.get(name) ?? 0);
    if (used + requested > capacity)
      pending = { reason: 'Deferred', message: insufficientResource(name, requested, used, capacity) };
  }
  return pending === undefined ? { pod: wanted, pending } : keep(wanted, running, pending);
}

/**
 * A pod that ran before the kubelet started, with the resources that it had been given: the API server was told of them. (Upstream's kubelet
 * keeps them in a file, allocated_pods_state.)
 */
export function lastAllocated(pod: Pod): Pod {
  const { spec, status } = pod;
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const given = (containers: readonly Container[]) =>
    containers.map((container) => {
      const known = statuses.find(({ name }) => name === container.name);
      if (known?.allocatedResources === undefined) return container;
      const limits = known.resources?.limits;
      const resources = {
        ...container.resources,
        requests: known.allocatedResources,
        ...(limits === undefined ? {} : { limits }),
      };
      return { ...container, resources };
    });
  const { initContainers } = spec;
  const allocated = {
    ...pod,
    spec: {
      ...spec,
      containers: given(spec.containers),
      ...(initContainers === undefined ? {} : { initContainers: given(initContainers) }),
    },
  };
  return sameResources(pod, allocated) ? pod : allocated;
}

function keep(wanted: Pod, running: Pod, pending: PendingResize): Allocation {
  const as = (containers: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    containers?.map((container) => {
      const { resources } = before?.find(({ name }) => name === container.name) ?? container;
      return { ...container, resources };
    });
  const { spec } = wanted;
  const containers = as(spec.containers, running.spec.containers)!;
  const initContainers = as(spec.initContainers, running.spec.initContainers);
  return {
    pod: { ...wanted, spec: { ...spec, containers, ...(initContainers === undefined ? {} : { initContainers }) } },
    pending,
  };
}

/** Whether two states of a pod ask for the same resources. */
export function sameResources(a: Pod, b: Pod): boolean {
  if (a.spec === b.spec) return true;
  const same = (some: readonly Container[] | undefined, others: readonly Container[] | undefined) =>
    some === others ||
    (some ?? []).every(({ resources }, index) => {
      const other = others?.[index]?.resources;
      return resources === other || deepEqual(resources ?? {}, other ?? {});
    });
  return same(a.spec.containers, b.spec.containers) && same(a.spec.initContainers, b.spec.initContainers);
}

/** What of a running container's resources is not as it should be. */
export interface ResourceDifference {
  readonly cpu: boolean;
  readonly memory: boolean;
}

export function differenceOf({ resources }: ContainerStatus, wanted: LinuxContainerResources): ResourceDifference {
  const { cpuShares, cpuQuota = 0, memoryLimitInBytes = 0 } = resources;
  return {
    cpu: cpuShares !== wanted.cpuShares || cpuQuota !== (wanted.cpuQuota ?? 0),
    memory: memoryLimitInBytes !== (wanted.memoryLimitInBytes ?? 0),
  };
}

/** Whether a container must be started anew to get what it should have (resizePolicy). */
export function needsRestart({ resizePolicy }: Container, difference: ResourceDifference): boolean {
  return (resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && difference[resourceName as keyof ResourceDifference] === true,
  );
}

/** What a pod's status says of its resize. */
export function resizeConditions(pending: PendingResize | undefined, inProgress: boolean): NewCondition[] {
  return [
    ...(pending === undefined ? [] : [{ type: 'PodResizePending', status: 'True', ...pending }]),
    ...(inProgress ? [{ type: 'PodResizeInProgress', status: 'True' }] : []),
  ];
}
