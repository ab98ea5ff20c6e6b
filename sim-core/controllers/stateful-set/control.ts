import type { StatefulSetStatus } from 'kubernetes-types/apps/v1';
import type { NewObject, Pod, StatefulSet } from '../../api/objects.ts';
import type { Micros } from '../../engine/index.ts';
import { REVISION_HASH } from '../shared/history.ts';
import { isPodAvailable, isPodReady, isTerminating } from '../shared/pods.ts';
import { identityMatches, ordinalOf, startOrdinal, statefulPod } from './identity.ts';
import type { StatefulPods } from './pods.ts';
import { type Revisions, templateOf } from './revisions.ts';

/** The places of a set: a pod that is there, or the one to be made. */
type Place = { readonly pod: Pod } | { readonly draft: NewObject<Pod>; readonly revision: string };

/**
 * Takes the next step towards what the set should be, and reports (updateStatefulSet). In this order: replace ended pods and
 * make missing ones, first to last; remove those beyond the number, last to first; replace those of an old version, last to
 * first. With OrderedReady, the first pod that is not as it should be ends the step: order matters more than speed.
 */
export function converge(
  set: StatefulSet,
  revisions: Revisions,
  pods: readonly Pod[],
  control: StatefulPods,
  now: Micros,
): { status: StatefulSetStatus; failure?: unknown } {
  const counts = new Counts(set, revisions, pods, now);
  try {
    if (!isTerminating(set)) new Step(set, revisions, pods, control, counts, now).run();
    return { status: counts.status() };
  } catch (failure) {
    return { status: counts.status(), failure };
  }
}

class Step {
  private readonly set: StatefulSet;
  private readonly revisions: Revisions;
  private readonly control: StatefulPods;
  private readonly counts: Counts;
  private readonly now: Micros;
  /** Whether pods come and go one at a time. */
  private readonly ordered: boolean;
  private readonly places: Place[] = [];
  /** Pods beyond the wanted number, last first. */
  private readonly condemned: Pod[] = [];

  constructor(
    set: StatefulSet,
    revisions: Revisions,
    pods: readonly Pod[],
    control: StatefulPods,
    counts: Counts,
    now: Micros,
  ) {
    this.set = set;
    this.revisions = revisions;
    this.control = control;
    this.counts = counts;
    this.now = now;
    this.ordered = set.spec.podManagementPolicy !== 'Parallel';
    this.sortPods(pods);
  }

  run(): void {
    if (this.fill() || this.shrink()) return;
    if (this.set.spec.updateStrategy?.type !== 'OnDelete') this.update();
  }

  private sortPods(pods: readonly Pod[]): void {
    const { set } = this;
    const start = startOrdinal(set);
    const replicas = set.spec.replicas ?? 1;
    const byOrdinal = new Map<number, Pod>();
    for (const pod of pods) {
      const ordinal = ordinalOf(set, pod)!;
      if (ordinal >= start && ordinal < start + replicas) byOrdinal.set(ordinal, pod);
      else this.condemned.push(pod);
    }
    for (let ordinal = start; ordinal < start + replicas; ordinal++) {
      const pod = byOrdinal.get(ordinal);
      this.places.push(pod === undefined ? this.draft(ordinal) : { pod });
    }
    this.condemned.sort((a, b) => ordinalOf(set, b)! - ordinalOf(set, a)!);
  }

  /** During an update, pods below the partition, or not yet reached, come back in the version that they had. */
  private draft(ordinal: number): Place {
    const { set } = this;
    const { current, update } = this.revisions;
    const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    const { currentReplicas = 0 } = set.status;
    const kept = partition > 0 ? partition : currentReplicas;
    const old = set.spec.updateStrategy?.type !== 'OnDelete' && ordinal < startOrdinal(set) + kept;
    const version = old ? current : update;
    const revision = version.metadata.name;
    return { draft: statefulPod(set, templateOf(version), revision, ordinal), revision };
  }

  /** Answers whether the step ends here. */
  private fill(): boolean {
    const { set, control, ordered } = this;
    const start = startOrdinal(set);
    for (const [index, place] of this.places.entries()) {
      const ordinal = start + index;
      if ('draft' in place) {
        control.create(set, place.draft, ordinal);
        this.counts.created(place.revision);
        if (ordered) return true;
        continue;
      }
      const { pod } = place;
      if (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') {
        this.recreate(pod);
        // The next of that name can only be made when this one is gone.
        return true;
      }
      if (pod.status.phase === 'Pending') control.ensureClaims(set, ordinal);
      if (isTerminating(pod) || !this.isAvailable(pod)) {
        if (ordered) return true;
        continue;
      }
      control.applyRetention(set, ordinal, pod, false);
      if (!identityMatches(set, pod, ordinal)) control.restoreIdentity(set, pod, ordinal);
    }
    return false;
  }

  private recreate(pod: Pod): void {
    const { set, control } = this;
    const { namespace, name } = pod.metadata;
    if (isTerminating(pod)) return;
    const subject = `StatefulSet ${namespace}/${set.metadata.name} is recreating`;
    if (pod.status.phase === 'Failed')
      control.events.warning(set, 'RecreatingFailedPod', `${subject} failed Pod ${name}`);
    else control.events.normal(set, 'RecreatingTerminatedPod', `${subject} terminated Pod ${name}`);
    control.delete(set, pod);
  }

  private shrink(): boolean {
    const { set, control, ordered, condemned } = this;
    const firstUnhealthy = this.firstUnhealthy();
    for (const pod of condemned) {
      if (isTerminating(pod)) {
        if (ordered) return true;
        continue;
      }
      // An unhealthy pod in the middle would be left behind by the ones above it; only the lowest of those may go.
      if (ordered && !this.isAvailable(pod) && pod !== firstUnhealthy) return true;
      control.applyRetention(set, ordinalOf(set, pod)!, pod, true);
      control.delete(set, pod);
      this.counts.removed(pod);
      if (ordered) return true;
    }
    return false;
  }

  private firstUnhealthy(): Pod | undefined {
    const there = this.places.flatMap((place) => ('pod' in place ? [place.pod] : []));
    return [...there, ...[...this.condemned].reverse()].find((pod) => !this.isHealthy(pod));
  }

  /** The last pod of an old version goes, if all above it have the new one and are well. */
  private update(): void {
    const { set, control } = this;
    const { update } = this.revisions;
    const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (let index = this.places.length - 1; index >= partition; index--) {
      const place = this.places[index]!;
      if (!('pod' in place)) return;
      const { pod } = place;
      if (pod.metadata.labels?.[REVISION_HASH] !== update.metadata.name && !isTerminating(pod)) {
        control.delete(set, pod);
        this.counts.removed(pod);
        return;
      }
      if (!this.isHealthy(pod)) return;
    }
  }

  private isHealthy(pod: Pod): boolean {
    return isRunningAndReady(pod) && !isTerminating(pod);
  }

  private isAvailable(pod: Pod): boolean {
    return isRunningAndReady(pod) && isPodAvailable(pod, this.set.spec.minReadySeconds ?? 0, this.now);
  }
}

function isRunningAndReady(pod: Pod): boolean {
  return pod.status.phase === 'Running' && isPodReady(pod);
}

/** The numbers of the status, kept in step with what the step does (updateStatus). */
class Counts {
  private readonly set: StatefulSet;
  private readonly revisions: Revisions;
  private replicas = 0;
  private ready = 0;
  private available = 0;
  private current = 0;
  private updated = 0;

  constructor(set: StatefulSet, revisions: Revisions, pods: readonly Pod[], now: Micros) {
    this.set = set;
    this.revisions = revisions;
    const { minReadySeconds = 0 } = set.spec;
    for (const pod of pods) {
      this.replicas++;
      if (isRunningAndReady(pod)) {
        this.ready++;
        if (isPodAvailable(pod, minReadySeconds, now)) this.available++;
      }
      if (!isTerminating(pod)) this.count(pod.metadata.labels?.[REVISION_HASH], 1);
    }
  }

  created(revision: string): void {
    this.replicas++;
    this.count(revision, 1);
  }

  removed(pod: Pod): void {
    this.count(pod.metadata.labels?.[REVISION_HASH], -1);
  }

  status(): StatefulSetStatus {
    const { set, revisions } = this;
    const { current, update, collisionCount } = revisions;
    const { conditions } = set.status;
    const numbers = { readyReplicas: this.ready, currentReplicas: this.current, updatedReplicas: this.updated };
    const status: StatefulSetStatus = {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: this.replicas,
      availableReplicas: this.available,
      currentRevision: current.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: collisionCount ?? 0,
      ...(conditions === undefined ? {} : { conditions }),
    };
    for (const [field, value] of Object.entries(numbers)) if (value > 0) Object.assign(status, { [field]: value });
    return status;
  }

  private count(revision: string | undefined, by: number): void {
    if (revision === this.revisions.current.metadata.name) this.current += by;
    if (revision === this.revisions.update.metadata.name) this.updated += by;
  }
}
