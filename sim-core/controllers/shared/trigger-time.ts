import type { Pod, Service } from '../../api/objects.ts';
import { podCondition } from './pods.ts';

/** Annotation from which the time between a change and its arrival at the nodes is measured. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Times as the API writes them: all in UTC and of the same length, so that they compare as text. */
interface Seen {
  readonly service: string;
  readonly pods: ReadonlyMap<string, string>;
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
    const times = new Map<string, string>();
    let earliest: string | undefined;
    const consider = (time: string) => {
      if (earliest === undefined || time < earliest) earliest = time;
    };
    for (const pod of pods) {
      const time = podCondition(pod, 'Ready')?.lastTransitionTime ?? pod.metadata.creationTimestamp;
      times.set(pod.metadata.uid, time);
      if (before === undefined || time > (before.pods.get(pod.metadata.uid) ?? '')) consider(time);
    }
    const created = service.metadata.creationTimestamp;
    if (before === undefined || created > before.service) consider(created);
    this.seen.set(key, { service: created, pods: times });
    return earliest;
  }

  forget(key: string): void {
    this.seen.delete(key);
  }
}
