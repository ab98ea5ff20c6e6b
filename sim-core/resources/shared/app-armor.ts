import type * as CoreV1 from 'kubernetes-types/core/v1';
import { deepEqual } from '../../api/equality.ts';
import type { Pod } from '../../api/objects.ts';

/** An AppArmor profile; the type package is older than the field. */
interface AppArmorProfile {
  readonly type: string;
  readonly localhostProfile?: string;
}
type WithProfile = { appArmorProfile?: AppArmorProfile } | undefined;

/** What the annotations are called that said what the field says today, up to the name of the container. */
export const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const LOCALHOST = 'localhost/';
const MAX_PROFILE = 4095;

/** The annotations that have been made fields, by the pod: its author is told of them. */
const outdated = new WeakMap<object, string[]>();

/**
 * Writes the profiles that a new pod's annotations name into its containers, where they say nothing themselves
 * (applyAppArmorVersionSkew). Changes.
 */
export function profilesFromAnnotations(pod: Pod): void {
  const { annotations } = pod.metadata;
  const { spec } = pod;
  if (annotations === undefined || spec.os?.name === 'windows') return;
  const ofPod = (spec.securityContext as WithProfile)?.appArmorProfile;
  const told: string[] = [];
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  for (const container of containers as CoreV1.Container[]) {
    const key = APP_ARMOR + container.name;
    if (!Object.hasOwn(annotations, key)) continue;
    if ((container.securityContext as WithProfile)?.appArmorProfile !== undefined) continue;
    const profile = profileOf(annotations[key]!);
    if (profile === undefined || deepEqual(profile, ofPod)) continue;
    container.securityContext = { ...container.securityContext, appArmorProfile: profile } as CoreV1.SecurityContext;
    told.push(key);
  }
  outdated.set(pod, told);
}

/** What the author of a pod is told of annotations that `profilesFromAnnotations` has made fields. */
export function appArmorWarnings(pod: object): string[] {
  return (outdated.get(pod) ?? []).map((key) => appArmorAdvice(key));
}

/** `at`: the path of the metadata's owner, with a dot at its end; empty for the object itself. */
export function appArmorAdvice(key: string, at = ''): string {
  return `${at}metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`;
}

/** The profile that an annotation names; undefined for one that names none. */
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith(LOCALHOST)) return undefined;
  const localhostProfile = annotation.slice(LOCALHOST.length);
  const valid = localhostProfile.trim() === localhostProfile && localhostProfile.length <= MAX_PROFILE;
  return valid && localhostProfile !== '' ? { type: 'Localhost', localhostProfile } : undefined;
}
