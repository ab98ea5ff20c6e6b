import { type ErrorList, forbidden, invalid } from '../../../api/field-error.ts';
import { APP_ARMOR } from '../app-armor.ts';
import { isBlank } from '../checks.ts';
import { checkDescendingPath } from './paths.ts';
import type { PodSpec } from './types.ts';
import { containersOf } from './visit.ts';

export const MIRROR = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const LOCALHOST = 'localhost/';
const SECCOMP_NAMES = ['runtime/default', 'docker/default', 'unconfined'];

type Annotations = Readonly<Record<string, string>> | undefined;

/** Annotations that mean something to pods (ValidatePodSpecificAnnotations). */
export function checkPodAnnotations(annotations: Annotations, spec: PodSpec, at: string, errors: ErrorList): void {
  if (annotations === undefined) return;
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && isBlank(spec.nodeName))
    errors.push(invalid(`${at}[${MIRROR}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set'));
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isDeletionCost(cost))
    errors.push(invalid(`${at}[${DELETION_COST}]`, cost, 'must be a 32bit integer'));
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) {
      if (SECCOMP_NAMES.includes(value)) continue;
      if (value.startsWith(LOCALHOST)) checkDescendingPath(value.slice(LOCALHOST.length), `${at}.${key}`, errors);
      else errors.push(invalid(`${at}.${key}`, value, 'must be a valid seccomp profile'));
    } else if (key.startsWith(APP_ARMOR)) {
      const name = key.slice(APP_ARMOR.length);
      if (![...containersOf(spec, '')].some(([container]) => container.name === name))
        errors.push(invalid(`${at}[${key}]`, name, 'container not found'));
      if (value !== '' && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith(LOCALHOST))
        errors.push(invalid(`${at}[${key}]`, value, `invalid AppArmor profile name: "${value}"`));
    }
  }
}

/** helper.GetDeletionCostFromPodAnnotations: a number of 32 bits without leading `+` or zeros. */
function isDeletionCost(text: string): boolean {
  if (!/^(?:0|-?[1-9][0-9]*)$/.test(text)) return false;
  const value = Number(text);
  return value >= -2_147_483_648 && value <= 2_147_483_647;
}

/** Annotations that only ever come with the pod (ValidatePodSpecificAnnotationUpdates). */
export function checkPodAnnotationChanges(annotations: Annotations, old: Annotations, errors: ErrorList): void {
  if (annotations === old) return;
  const at = 'metadata.annotations';
  const cost = annotations?.[DELETION_COST];
  if (cost !== undefined && !isDeletionCost(cost) && isDeletionCost(old?.[DELETION_COST] ?? '0'))
    errors.push(invalid(`${at}[${DELETION_COST}]`, cost, 'must be a 32bit integer'));
  const isAppArmor = (key: string) => key.startsWith(APP_ARMOR);
  for (const key of Object.keys(old ?? {}).sort()) {
    if (annotations?.[key] === old![key]) continue;
    if (isAppArmor(key)) errors.push(forbidden(`${at}[${key}]`, 'may not remove or update AppArmor annotations'));
    if (key === MIRROR) errors.push(forbidden(`${at}[${key}]`, 'may not remove or update mirror pod annotation'));
  }
  for (const key of Object.keys(annotations ?? {}).sort()) {
    if (old?.[key] !== undefined) continue;
    if (isAppArmor(key)) errors.push(forbidden(`${at}[${key}]`, 'may not add AppArmor annotations'));
    if (key === MIRROR) errors.push(forbidden(`${at}[${key}]`, 'may not add mirror pod annotation'));
  }
}

/** The old annotations and the fields that took their place must not disagree (validateSeccompAnnotationsAndFields and its twin). */
export function checkAnnotationsMatchFields(
  annotations: Annotations,
  spec: PodSpec,
  at: string,
  errors: ErrorList,
): void {
  if (annotations === undefined) return;
  const ofPod = spec.securityContext;
  if (ofPod?.seccompProfile !== undefined)
    checkMatch(
      annotations[SECCOMP_POD],
      ofPod.seccompProfile,
      'seccomp',
      `${at}.securityContext.seccompProfile`,
      errors,
    );
  for (const [container, path] of containersOf(spec, at)) {
    const own = container.securityContext;
    const seccomp = own?.seccompProfile;
    if (seccomp !== undefined)
      checkMatch(
        annotations[SECCOMP_CONTAINER + container.name],
        seccomp,
        'seccomp',
        `${path}.securityContext.seccompProfile`,
        errors,
      );
    const appArmor = own?.appArmorProfile ?? ofPod?.appArmorProfile;
    if (appArmor !== undefined && spec.os?.name !== 'windows')
      checkMatch(
        annotations[APP_ARMOR + container.name],
        appArmor,
        'apparmor',
        `${path}.securityContext.appArmorProfile`,
        errors,
      );
  }
}

function checkMatch(
  annotation: string | undefined,
  { type, localhostProfile }: { type: string; localhostProfile?: string },
  what: 'seccomp' | 'apparmor',
  at: string,
  errors: ErrorList,
): void {
  if (annotation === undefined) return;
  const matches =
    type === 'Unconfined'
      ? annotation === 'unconfined'
      : type === 'RuntimeDefault'
        ? annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default')
        : type !== 'Localhost' || annotation.startsWith(LOCALHOST);
  if (!matches) errors.push(forbidden(`${at}.type`, `${what} type in annotation and field must match`));
  else if (type === 'Localhost' && annotation.slice(LOCALHOST.length) !== localhostProfile)
    errors.push(forbidden(`${at}.localhostProfile`, `${what} profile in annotation and field must match`));
}
