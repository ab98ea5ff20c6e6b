import type * as CoreV1 from 'kubernetes-types/core/v1';
import {
  duplicate,
  type ErrorList,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../api/field-error.ts';
import { byteLength } from '../../../api/go-format.ts';
import * as names from '../../../api/names.ts';
import { addInvalid, checkEnum, isBlank } from '../checks.ts';
import { checkDescendingPath } from './paths.ts';
import type { PodSpec } from './types.ts';
import { checkWindowsOptions } from './windows.ts';

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const PROC_MOUNTS = ['Default', 'Unmasked'];
const SYSCTL_PATTERN = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = /^[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;
const NET_SYSCTL = /^net[./]/;
const IPC_SYSCTL = /^(?:kernel[./](?:shm|msg)|kernel[./]sem$|fs[./]mqueue[./])/;

/** Fields that came after the type package. */
type PodSecurity = CoreV1.PodSecurityContext & { supplementalGroupsPolicy?: string; seLinuxChangePolicy?: string };

/** ValidateSecurityContext */
export function checkSecurityContext(
  context: CoreV1.SecurityContext,
  hostUsers: boolean,
  at: string,
  errors: ErrorList,
): void {
  const { runAsUser, runAsGroup, procMount, privileged, allowPrivilegeEscalation } = context;
  if (runAsUser !== undefined) addInvalid(errors, `${at}.runAsUser`, runAsUser, names.isValidUnixId(runAsUser));
  if (runAsGroup !== undefined) addInvalid(errors, `${at}.runAsGroup`, runAsGroup, names.isValidUnixId(runAsGroup));
  if (procMount !== undefined) {
    checkEnum(procMount, PROC_MOUNTS, `${at}.procMount`, errors);
    if (hostUsers && procMount === 'Unmasked')
      errors.push(invalid(`${at}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  checkSeccomp(context.seccompProfile, `${at}.seccompProfile`, errors);
  if (allowPrivilegeEscalation === false) {
    if (privileged === true)
      errors.push(invalid(at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN') === true)
      errors.push(
        invalid(at, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'),
      );
  }
  checkWindowsOptions(context.windowsOptions, `${at}.windowsOptions`, errors);
  checkAppArmor(context.appArmorProfile, `${at}.appArmorProfile`, errors);
}

/** validatePodSpecSecurityContext */
export function checkPodSecurityContext(spec: PodSpec, at: string, errors: ErrorList): void {
  const context = spec.securityContext as PodSecurity | undefined;
  const path = `${at}.securityContext`;
  if (context === undefined) return;
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup'] as const) {
    const id = context[field];
    if (id !== undefined) addInvalid(errors, `${path}.${field}`, id, names.isValidUnixId(id));
  }
  for (const [index, id] of (context.supplementalGroups ?? []).entries())
    addInvalid(errors, `${path}.supplementalGroups[${index}]`, id, names.isValidUnixId(id));
  if (spec.shareProcessNamespace === true && spec.hostPID === true)
    errors.push(
      invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'),
    );
  if (context.sysctls !== undefined) checkSysctls(context.sysctls, spec, `${path}.sysctls`, errors);
  if (context.fsGroupChangePolicy !== undefined)
    checkEnum(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${path}.fsGroupChangePolicy`, errors);
  checkSeccomp(context.seccompProfile, `${path}.seccompProfile`, errors);
  checkWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors);
  checkAppArmor(context.appArmorProfile, `${path}.appArmorProfile`, errors);
  if (context.supplementalGroupsPolicy !== undefined)
    checkEnum(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${path}.supplementalGroupsPolicy`, errors);
  if (context.seLinuxChangePolicy !== undefined)
    checkEnum(context.seLinuxChangePolicy, ['MountOption', 'Recursive'], `${path}.seLinuxChangePolicy`, errors);
}

/** validateSysctls */
function checkSysctls(sysctls: readonly CoreV1.Sysctl[], spec: PodSpec, at: string, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, { name }] of sysctls.entries()) {
    const path = `${at}[${index}].name`;
    if (isBlank(name)) errors.push(required(path));
    else if (byteLength(name) > 253 || !name.split(/[./]/).every((part) => SYSCTL.test(part)))
      errors.push(invalid(path, name, `must have at most 253 characters and match regex ^${SYSCTL_PATTERN}$`));
    else if (seen.has(name)) errors.push(duplicate(path, name));
    if (spec.hostNetwork === true && NET_SYSCTL.test(name))
      errors.push(invalid(path, name, "may not be specified when 'hostNetwork' is true"));
    else if (spec.hostIPC === true && IPC_SYSCTL.test(name))
      errors.push(invalid(path, name, "may not be specified when 'hostIPC' is true"));
    seen.add(name);
  }
}

/** validateSeccompProfileField */
function checkSeccomp(profile: CoreV1.SeccompProfile | undefined, at: string, errors: ErrorList): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (isBlank(type)) errors.push(required(`${at}.type`, 'type is required when seccompProfile is set'));
  else if (!PROFILE_TYPES.includes(type)) errors.push(notSupported(`${at}.type`, type, PROFILE_TYPES));
  if (type === 'Localhost') {
    if (localhostProfile === undefined)
      errors.push(required(`${at}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    else checkDescendingPath(localhostProfile, `${at}.localhostProfile`, errors);
  } else if (localhostProfile !== undefined) {
    const shown = { Type: type, LocalhostProfile: localhostProfile };
    errors.push(invalid(`${at}.localhostProfile`, shown, 'can only be set when seccomp type is Localhost'));
  }
}

/** ValidateAppArmorProfileField */
function checkAppArmor(profile: CoreV1.AppArmorProfile | undefined, at: string, errors: ErrorList): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  const path = `${at}.localhostProfile`;
  if (isBlank(type)) errors.push(required(`${at}.type`, 'type is required when appArmorProfile is set'));
  else if (!PROFILE_TYPES.includes(type)) errors.push(notSupported(`${at}.type`, type, PROFILE_TYPES));
  else if (type !== 'Localhost') {
    if (localhostProfile !== undefined)
      errors.push(invalid(path, localhostProfile, 'can only be set when AppArmor type is Localhost'));
  } else if (localhostProfile === undefined || localhostProfile === '')
    errors.push(required(path, 'must be set when AppArmor type is Localhost'));
  else {
    if (localhostProfile.trim() !== localhostProfile)
      errors.push(invalid(path, localhostProfile, 'must not be padded with whitespace'));
    if (byteLength(localhostProfile) > 4095) errors.push(tooLong(path, 4095));
  }
}

/** validateHostUsers: user namespaces do not go with the host's other namespaces. */
export function checkHostUsers(spec: PodSpec, at: string, errors: ErrorList): void {
  if (spec.hostUsers !== false) return;
  const why = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork === true) errors.push(forbidden(`${at}.hostNetwork`, why));
  if (spec.hostPID === true) errors.push(forbidden(`${at}.HostPID`, why));
  if (spec.hostIPC === true) errors.push(forbidden(`${at}.HostIPC`, why));
}
