import type { PluginEntry, Profile } from './framework.ts';
import { defaultBinder } from './plugins/default-binder.ts';
import { defaultPreemption } from './plugins/default-preemption.ts';
import { imageLocality } from './plugins/image-locality.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { nodeVolumeLimits } from './plugins/node-volume-limits.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';
import { prioritySort } from './plugins/priority-sort.ts';
import { schedulingGates } from './plugins/scheduling-gates.ts';
import { taintToleration } from './plugins/taint-toleration.ts';
import { volumeBinding } from './plugins/volume-binding.ts';
import { volumeRestrictions } from './plugins/volume-restrictions.ts';
import { volumeZone } from './plugins/volume-zone.ts';

/** The plugins of v1.33 in their order, with their weights (getDefaultPlugins). */
export const defaultPlugins: readonly PluginEntry[] = [
  { plugin: schedulingGates },
  { plugin: prioritySort },
  { name: 'NodeUnschedulable', plugin: nodeUnschedulable },
  { plugin: nodeName },
  { name: 'TaintToleration', plugin: taintToleration, weight: 3 },
  { plugin: nodeAffinity, weight: 2 },
  { plugin: nodePorts },
  { plugin: nodeResourcesFit(), weight: 1 },
  { name: 'VolumeRestrictions', plugin: volumeRestrictions },
  { name: 'NodeVolumeLimits', plugin: nodeVolumeLimits },
  { name: 'VolumeBinding', plugin: (handle) => volumeBinding(handle) },
  { name: 'VolumeZone', plugin: volumeZone },
  { name: 'PodTopologySpread', plugin: (handle) => podTopologySpread(handle), weight: 2 },
  { name: 'InterPodAffinity', plugin: (handle) => interPodAffinity(handle), weight: 2 },
  { name: 'DefaultPreemption', plugin: (handle) => defaultPreemption(handle) },
  { plugin: nodeResourcesBalancedAllocation(), weight: 1 },
  { name: 'ImageLocality', plugin: imageLocality, weight: 1 },
  { name: 'DefaultBinder', plugin: defaultBinder },
];

export const defaultProfile: Profile = { schedulerName: 'default-scheduler', plugins: defaultPlugins };
