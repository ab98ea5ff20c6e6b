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
 * Keeps the profiles of a new pod's fields and of the annotations of old in step, so that kubelets of any version enforce them: v1.33 is the
 * last that writes fields into annotations (applyAppArmorVersionSkew). Changes.
 */
export function syncAppArmor(pod: Pod): void {
  const { metadata, spec } = pod;
  if (spec.os?.name === 'windows') return;
  const ofPod = (spec.securityContext as WithProfile)?.appArmorProfile;
  const told: string[] = [];
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  for (const container of containers as CoreV1.Container[]) {
    const key = APP_ARMOR + container.name;
    const own = (container.securityContext as WithProfile)?.appArmorProfile;
    const annotation = metadata.annotations?.[key];
    if (annotation === undefined) {
      const text = textOf(own ?? ofPod);
      if (text !== undefined) metadata.annotations = { ...metadata.annotations, [key]: text };
    } else if (own === undefined) {
      const profile = profileOf(annotation);
      if (profile === undefined || deepEqual(profile, ofPod)) continue;
      container.securityContext = { ...container.securityContext, appArmorProfile: profile } as CoreV1.SecurityContext;
      told.push(key);
    }
  }
  outdated.set(pod, told);
}

/** What the author of a pod is told of annotations that `syncAppArmor` has made fields. */
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

/** The annotation that says the same as a profile; undefined where there is none. */
function textOf(profile: AppArmorProfile | undefined): string | undefined {
  switch (profile?.type) {
    case 'Unconfined':
      return 'unconfined';
    case 'RuntimeDefault':
      return 'runtime/default';
    case 'Localhost':
      return profile.localhostProfile === undefined ? undefined : LOCALHOST + profile.localhostProfile;
    default:
      return undefined;
  }
}
