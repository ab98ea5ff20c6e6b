import type { Plugin } from '../framework.ts';

/** The more important pod goes first; of equals, the one that has waited longer. */
export const prioritySort: Plugin = {
  name: 'PrioritySort',
  queueSort: (a, b) => b.info.priority - a.info.priority || a.timestamp - b.timestamp,
};
