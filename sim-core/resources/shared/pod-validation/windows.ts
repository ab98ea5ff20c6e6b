import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, forbidden, invalid } from '../../../api/field-error.ts';
import { byteLength } from '../../../api/go-format.ts';
import { checkDnsSubdomain } from '../checks.ts';
import type { PodSpec } from './types.ts';
import { containersOf } from './visit.ts';

const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

function hasControlCharacter(text: string): boolean {
  for (const character of text) if (character < ' ' || character === '\x7f') return true;
  return false;
}

/** validateWindowsSecurityContextOptions */
export function checkWindowsOptions(
  options: CoreV1.WindowsSecurityContextOptions | undefined,
  at: string,
  errors: ErrorList,
): void {
  if (options === undefined) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined)
    checkDnsSubdomain(gmsaCredentialSpecName, `${at}.gmsaCredentialSpecName`, errors);
  if (gmsaCredentialSpec === '')
    errors.push(
      invalid(`${at}.gmsaCredentialSpec`, gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'),
    );
  else if (gmsaCredentialSpec !== undefined && byteLength(gmsaCredentialSpec) > 65_536)
    errors.push(
      invalid(`${at}.gmsaCredentialSpec`, gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 64 KiB'),
    );
  if (runAsUserName !== undefined) checkUserName(runAsUserName, `${at}.runAsUserName`, errors);
}

function checkUserName(name: string, at: string, errors: ErrorList): void {
  const refuse = (why: string) => errors.push(invalid(at, name, `runAsUserName${why}`));
  if (name === '') return void refuse(' cannot be an empty string');
  if (hasControlCharacter(name)) return void refuse(' cannot contain control characters');
  const parts = name.split('\\');
  if (parts.length > 2) return void refuse(' cannot contain more than one backslash');
  const user = parts[parts.length - 1]!;
  const domain = parts.length === 2 ? parts[0]! : undefined;
  if (domain !== undefined) {
    if (byteLength(domain) >= 256) refuse("'s Domain length must be under 256 characters");
    if (!NET_BIOS.test(domain) && !domain.split('.').every((label) => DNS_LABEL.test(label)))
      refuse("'s Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') refuse("'s User cannot be empty");
  else if (byteLength(user) > 104) refuse("'s User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) refuse("'s User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) refuse('\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
}

/** validateWindowsHostProcessPod */
export function checkHostProcess(spec: PodSpec, at: string, errors: ErrorList): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let containers = 0;
  let hostProcesses = 0;
  for (const [container, path] of containersOf(spec, at)) {
    containers++;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own)
      errors.push(
        invalid(
          `${path}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
        ),
      );
    if (own ?? ofPod) hostProcesses++;
  }
  if (hostProcesses === 0) return;
  if (hostProcesses !== containers)
    errors.push(
      invalid(at, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'),
    );
  if (spec.hostNetwork !== true)
    errors.push(
      invalid(`${at}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers'),
    );
}

const POD_FIELDS_NOT_ON_WINDOWS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
];
const CONTAINER_FIELDS_NOT_ON_WINDOWS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

/** validateLinux, validateWindows: what does not exist on the system that the pod asks for. */
export function checkSystemFields(spec: PodSpec, at: string, errors: ErrorList): void {
  if (spec.os?.name === 'linux') {
    const why = 'windows options cannot be set for a linux pod';
    if (spec.securityContext?.windowsOptions !== undefined)
      errors.push(forbidden(`${at}.securityContext.windowsOptions`, why));
    for (const [container, path] of containersOf(spec, at))
      if (container.securityContext?.windowsOptions !== undefined)
        errors.push(forbidden(`${path}.securityContext.windowsOptions`, why));
    return;
  }
  const why = 'cannot be set for a windows pod';
  const refuseSet = (context: object | undefined, fields: readonly string[], path: string) => {
    for (const field of fields)
      if ((context as Record<string, unknown> | undefined)?.[field] !== undefined)
        errors.push(forbidden(`${path}.${field}`, why));
  };
  for (const field of ['hostUsers', 'shareProcessNamespace'] as const)
    if (spec[field] !== undefined) errors.push(forbidden(`${at}.${field}`, why));
  for (const field of ['hostPID', 'hostIPC'] as const)
    if (spec[field] === true) errors.push(forbidden(`${at}.${field}`, why));
  refuseSet(spec.securityContext, POD_FIELDS_NOT_ON_WINDOWS, `${at}.securityContext`);
  for (const [container, path] of containersOf(spec, at))
    refuseSet(container.securityContext, CONTAINER_FIELDS_NOT_ON_WINDOWS, `${path}.securityContext`);
}
