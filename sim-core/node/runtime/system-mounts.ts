import { SpecialFile } from '../../images/file-node.ts';
import type { FileMount } from '../../images/file-tree.ts';
import type { FileSystem, Machine, NetworkStack } from '../../images/process.ts';
import type { ContainerConfig } from '../cri/container.ts';
import type { LinuxContainerSecurityContext } from '../cri/linux.ts';
import type { DNSConfig } from '../cri/sandbox.ts';
import type { Cgroup } from './cgroup.ts';
import type { PidNamespace } from './process-table.ts';

/** What the files that a runtime mounts into every container tell about it. */
export interface SystemView {
  readonly cgroup: Cgroup;
  readonly namespace: PidNamespace;
  readonly machine: Machine;
  readonly network: Pick<NetworkStack, 'hostname'>;
  /** What a container's /etc/resolv.conf says; a machine has a file of its own. */
  readonly dns?: DNSConfig;
  readonly files: Pick<FileSystem, 'volumes'>;
  /** What a container was made of; a machine has none. */
  readonly config?: ContainerConfig;
  /** What its processes may do. */
  readonly security?: LinuxContainerSecurityContext;
  now(): number;
  /** Writes to a stream of the container's own process: `/proc/1/fd/1`. */
  writeLog(stream: 'stdout' | 'stderr', text: string): void;
}

/** What is in /proc, /dev and /sys: only programs look there, and it comes with them. */
type SystemFiles = typeof import('./system-files.ts');

let late: () => SystemFiles = () => {
  throw new Error('nobody provides the files of /proc');
};

/** Says where the contents of the system's directories come from, once a program looks. */
export function provideSystemFiles(provider: () => SystemFiles): void {
  late = provider;
}

/** The mounts that a runtime adds to every container, which is their owner: /proc, /dev, /sys, /etc/hostname, /etc/resolv.conf. They are made when someone looks. */
export const SYSTEM_MOUNTS: readonly FileMount[] = [
  { path: '/proc', source: (owner) => late().procDirectory(owner as SystemView), readonly: true },
  { path: '/dev', source: () => late().deviceDirectory(), readonly: false },
  { path: '/sys', source: (owner) => late().sysDirectory(owner as SystemView), readonly: true },
  {
    path: '/etc/hostname',
    source: (owner) => new SpecialFile('file', () => `${(owner as SystemView).network.hostname}\n`),
    readonly: true,
  },
  {
    path: '/etc/resolv.conf',
    source: (owner) => new SpecialFile('file', () => late().resolvConf(owner as SystemView)),
    readonly: true,
  },
];
