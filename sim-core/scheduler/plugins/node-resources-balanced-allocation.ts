import { MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import { skip } from '../status.ts';
import type { ResourceWeight } from './node-resources-fit.ts';

const cpuAndMemory: readonly ResourceWeight[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

/** Prefers nodes on which the pod would leave cpu and memory used in equal measure. */
export function nodeResourcesBalancedAllocation(resources: readonly ResourceWeight[] = cpuAndMemory): Plugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    local: true,
    preScore: (_state, pod) => (resources.every(({ name }) => pod.requests.get(name) === 0) ? skip : undefined),
    score(_state, pod, node) {
      let count = 0;
      let first = 0;
      let second = 0;
      let sum = 0;
      let squares = 0;
      for (const { name } of resources) {
        const capacity = node.allocatable.get(name);
        if (capacity === 0) continue;
        const fraction = Math.min(1, (node.requested.get(name) + pod.requests.get(name)) / capacity);
        if (count === 0) first = fraction;
        else if (count === 1) second = fraction;
        count++;
        sum += fraction;
        squares += fraction * fraction;
      }
      let deviation = 0;
      if (count === 2) deviation = Math.abs((first - second) / 2);
      else if (count > 2) deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
      return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
    },
  };
}
