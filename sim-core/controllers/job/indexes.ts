import type { Job, Pod } from '../../api/objects.ts';

export const INDEX = 'batch.kubernetes.io/job-completion-index';

/** Sorted ranges of indexes, as the status writes them: `0,2-4` (orderedIntervals). */
export class Indexes {
  private readonly members: Set<number>;

  constructor(members: Iterable<number> = []) {
    this.members = new Set(members);
  }

  /** Reads `0,2-4`, ignoring what is not below `completions`. */
  static parse(text: string | undefined, completions: number): Indexes {
    const members = new Set<number>();
    for (const part of (text ?? '').split(',')) {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part);
      if (match === null) continue;
      const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
      for (let index = Number(match[1]); index <= last; index++) members.add(index);
    }
    return new Indexes(members);
  }

  get total(): number {
    return this.members.size;
  }

  has(index: number): boolean {
    return this.members.has(index);
  }

  with(more: Iterable<number>): Indexes {
    return new Indexes([...this.members, ...more]);
  }

  toString(): string {
    const sorted = [...this.members].sort((a, b) => a - b);
    const parts: string[] = [];
    for (let start = 0; start < sorted.length; ) {
      let end = start;
      while (end + 1 < sorted.length && sorted[end + 1] === sorted[end]! + 1) end++;
      const [first, last] = [sorted[start]!, sorted[end]!];
      parts.push(first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`);
      start = end + 1;
    }
    return parts.join(',');
  }
}

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed';
}

/** The completion index of a pod; undefined when it has none. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The first `count` indexes that have neither succeeded nor failed nor a pod (firstPendingIndexes). */
export function pendingIndexes(completions: number, taken: (index: number) => boolean, count: number): number[] {
  const pending: number[] = [];
  for (let index = 0; index < completions && pending.length < count; index++) if (!taken(index)) pending.push(index);
  return pending;
}
