import type { Plugin } from '../framework.ts';
import { unresolvable } from '../status.ts';

/** Keeps a pod out of the queue until its `spec.schedulingGates` are gone. */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  preEnqueue(pod) {
    const { schedulingGates: gates = [] } = pod.spec;
    if (gates.length === 0) return undefined;
    return unresolvable(`waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`);
  },
  requeue: [{ on: 'Pod/UpdateSchedulingGates' }],
};
