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
      const fractions: number[] = [];
      for (const { name } of resources) {
        const capacity = node.allocatable.get(name);
        if (capacity === 0) continue;
        fractions.push(Math.min(1, (node.requested.get(name) + pod.requests.get(name)) / capacity));
      }
      const deviation = deviationOf(fractions);
      return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
    },
  };
}

/** The standard deviation. */
function deviationOf(values: readonly number[]): number {
  const count = values.length;
  if (count < 2) return 0;
  if (count === 2) return Math.abs((values[0]! - values[1]!) / 2);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / count);
}
