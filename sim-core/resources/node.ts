import { ageOf } from '../api/duration.ts';
import type { Node } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export const nodes: ResourceDefinition<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  hasStatus: true,
  generation: false,
  fields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable ?? false) },
  applyDefaults(node) {
    node.spec ??= {};
    const { status } = node;
    // What can be used is all there is, until the kubelet says otherwise (SetDefaults_NodeStatus).
    if (status?.capacity !== undefined) status.allocatable ??= { ...status.capacity };
  },
  columns: [
    { name: 'Name', format: 'name', value: ({ metadata }) => metadata.name },
    { name: 'Status', description: 'The status of the node', value: nodeStatus },
    { name: 'Roles', description: 'The roles of the node', value: roles },
    { name: 'Age', value: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) },
    {
      name: 'Version',
      description: 'Kubelet Version reported by the node.',
      value: ({ status }) => status.nodeInfo?.kubeletVersion ?? '',
    },
    { name: 'Internal-IP', priority: 1, value: (node) => address(node, 'InternalIP') },
    { name: 'External-IP', priority: 1, value: (node) => address(node, 'ExternalIP') },
    { name: 'OS-Image', priority: 1, value: ({ status }) => status.nodeInfo?.osImage ?? '<unknown>' },
    { name: 'Kernel-Version', priority: 1, value: ({ status }) => status.nodeInfo?.kernelVersion ?? '<unknown>' },
    {
      name: 'Container-Runtime',
      priority: 1,
      value: ({ status }) => status.nodeInfo?.containerRuntimeVersion ?? '<unknown>',
    },
  ],
};

function nodeStatus({ spec, status }: Node): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  const words = [ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady'];
  if (spec.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function roles({ metadata }: Node): string {
  const found = new Set<string>();
  for (const [label, value] of Object.entries(metadata.labels ?? {})) {
    if (label.startsWith(ROLE_PREFIX) && label.length > ROLE_PREFIX.length) found.add(label.slice(ROLE_PREFIX.length));
    else if (label === ROLE_LABEL && value !== '') found.add(value);
  }
  return found.size === 0 ? '<none>' : [...found].sort().join(',');
}

function address({ status }: Node, type: string): string {
  return status.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';
}
