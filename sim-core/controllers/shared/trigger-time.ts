import type { Pod, Service } from '../../api/objects.ts';
import { formatTime, type Micros, parseTime } from '../../engine/index.ts';
import { podCondition } from './pods.ts';

/** Annotation from which the time between a change and its arrival at the nodes is measured. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  readonly service: Micros;
  readonly pods: ReadonlyMap<string, Micros>;
}

/**
 * Finds when the oldest change happened that endpoints do not show yet (TriggerTimeTracker): the earliest time at which one of
 * the pods last became or ceased to be ready, of those that differ from what was seen at the last look.
 */
export class TriggerTimes {
  private readonly seen = new Map<string, Seen>();

  /** The trigger time as the annotation has it; undefined when nothing relevant has changed. */
  next(key: string, service: Service, pods: readonly Pod[]): string | undefined {
    const before = this.seen.get(key);
    const times = new Map<string, Micros>();
    let earliest: Micros | undefined;
    for (const pod of pods) {
      const time = parseTime(podCondition(pod, 'Ready')?.lastTransitionTime ?? pod.metadata.creationTimestamp) ?? 0;
      times.set(pod.metadata.uid, time);
      if (before === undefined || time > (before.pods.get(pod.metadata.uid) ?? 0)) {
        if (earliest === undefined || time < earliest) earliest = time;
      }
    }
    const created = parseTime(service.metadata.creationTimestamp) ?? 0;
    if (before === undefined || created > before.service)
      earliest = earliest === undefined ? created : Math.min(earliest, created);
    this.seen.set(key, { service: created, pods: times });
    return earliest === undefined ? undefined : formatTime(earliest);
  }

  forget(key: string): void {
    this.seen.delete(key);
  }
}
