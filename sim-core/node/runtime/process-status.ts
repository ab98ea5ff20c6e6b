import type { LinuxContainerSecurityContext } from '../cri/linux.ts';

/** Linux capabilities in the order of their bits. */
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  );
/** What containerd gives to containers that ask for nothing else. */
const DEFAULT =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'.split(
    ' ',
  );
const NONE = '0'.repeat(16);

/** The capabilities of a container, as the kernel writes a set of them. */
function capabilitySet(security: LinuxContainerSecurityContext | undefined): string {
  const has = new Set(security?.privileged === true ? CAPABILITIES : DEFAULT);
  const named = (names: readonly string[] = []) =>
    names.flatMap((name) => (name === 'ALL' ? CAPABILITIES : [name.replace(/^CAP_/, '')]));
  const { addCapabilities, dropCapabilities } = security ?? {};
  // ALL comes first, whichever list it is in: what is named beside it counts more.
  if (addCapabilities?.includes('ALL')) for (const name of CAPABILITIES) has.add(name);
  if (dropCapabilities?.includes('ALL')) has.clear();
  for (const name of named(addCapabilities?.filter((each) => each !== 'ALL'))) has.add(name);
  for (const name of named(dropCapabilities?.filter((each) => each !== 'ALL'))) has.delete(name);
  let digits = '';
  for (let low = 60; low >= 0; low -= 4) {
    let digit = 0;
    for (let bit = 0; bit < 4; bit++) if (has.has(CAPABILITIES[low + bit] ?? '')) digit += 2 ** bit;
    digits += digit.toString(16);
  }
  return digits;
}

/** Who a process is, for `/proc/<pid>/status`. */
export interface StatusSubject {
  readonly pid: number;
  readonly parent: number;
  readonly user: number;
  readonly group: number;
  readonly groups: readonly number[];
}

/** `/proc/<pid>/status`, as far as people look at it: who the process is and what it may do. */
export function processStatus(
  name: string,
  { pid, parent, user, group, groups }: StatusSubject,
  security: LinuxContainerSecurityContext | undefined,
): string {
  const bounding = capabilitySet(security);
  // Who is not root has none but those that its program's file brings.
  const effective = user === 0 ? bounding : NONE;
  const four = (id: number) => `${id}\t${id}\t${id}\t${id}`;
  const lines: [string, string | number][] = [
    ['Name', name],
    ['Umask', '0022'],
    ['State', 'S (sleeping)'],
    ['Tgid', pid],
    ['Ngid', 0],
    ['Pid', pid],
    ['PPid', parent],
    ['TracerPid', 0],
    ['Uid', four(user)],
    ['Gid', four(group)],
    ['FDSize', 64],
    ['Groups', [...new Set([group, ...groups])].sort((a, b) => a - b).join(' ')],
    ['Threads', 1],
    ['CapInh', NONE],
    ['CapPrm', effective],
    ['CapEff', effective],
    ['CapBnd', bounding],
    ['CapAmb', NONE],
    ['NoNewPrivs', security?.allowPrivilegeEscalation === false ? 1 : 0],
    ['Seccomp', security?.seccomp === undefined ? 0 : 2],
    ['Seccomp_filters', security?.seccomp === undefined ? 0 : 1],
  ];
  return lines.map(([key, value]) => `${key}:\t${value}\n`).join('');
}
