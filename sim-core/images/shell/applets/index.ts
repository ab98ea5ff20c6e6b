import type { Program } from '../../process.ts';
import { jq } from '../jq/jq.ts';
import { sh } from '../sh.ts';
import { chroot } from './chroot.ts';
import { CURL } from './curl.ts';
import { DISK_APPLETS } from './disk.ts';
import { FILE_APPLETS } from './files.ts';
import { HASH_APPLETS } from './hash.ts';
import { MORE_TEXT_APPLETS } from './more-text.ts';
import { NETWORK_APPLETS } from './network.ts';
import { PERMISSION_APPLETS } from './permissions.ts';
import { PROCESS_APPLETS } from './processes.ts';
import { SYSTEM_APPLETS } from './system.ts';
import { TAR } from './tar.ts';
import { TEXT_APPLETS } from './text.ts';
import { applet } from './tool.ts';
import { watch } from './watch.ts';

/** All small programs by name, without the shell. */
export const APPLETS: Readonly<Record<string, Program>> = {
  ...FILE_APPLETS,
  ...DISK_APPLETS,
  chroot,
  ...TEXT_APPLETS,
  ...SYSTEM_APPLETS,
  ...PERMISSION_APPLETS,
  ...PROCESS_APPLETS,
  ...HASH_APPLETS,
  ...NETWORK_APPLETS,
  ...MORE_TEXT_APPLETS,
  tar: TAR,
  watch: applet(watch),
};

/** Directory of an image in which an applet stands, as Alpine and busybox have it. */
export function appletPrograms(
  names: readonly string[] = Object.keys(APPLETS),
  directory = '/bin',
): Record<string, Program> {
  return Object.fromEntries(names.map((name) => [`${directory}/${name}`, APPLETS[name]!]));
}

/** The applets of a Debian image without network tools: coreutils, grep, sed, awk. */
const DEBIAN_LACKS = new Set([
  'arp',
  'ip',
  'nc',
  'netstat',
  'nslookup',
  'ping',
  'route',
  'sysctl',
  'traceroute',
  'wget',
  'ps',
  'top',
  'free',
  'vi',
  'uptime',
  'kill',
  'killall',
  'pgrep',
  'pkill',
  'column',
  'hexdump',
]);

/** The programs of an Alpine or busybox image: `sh` is busybox ash. */
export function alpinePrograms(): Record<string, Program> {
  return { '/bin/sh': sh('ash'), '/bin/ash': sh('ash'), '/bin/busybox': busybox, ...appletPrograms() };
}

/** The programs of a slim Debian image: `sh` is dash, and there is neither ps nor wget. */
export function debianPrograms(): Record<string, Program> {
  const names = Object.keys(APPLETS).filter((name) => !DEBIAN_LACKS.has(name));
  return { '/usr/bin/sh': sh('dash'), '/usr/bin/dash': sh('dash'), ...appletPrograms(names, '/usr/bin') };
}

/** jq, in images that have it. */
export const JQ: Program = applet(jq);

export { CURL };

/** `busybox ls`: the applet named by the first argument. */
const busybox: Program = function* main(process) {
  const [, name, ...args] = process.argv;
  if (name === undefined) {
    process.stdout.write(
      `BusyBox v1.37.0 multi-call binary, as simulated by sim-core.\n\nCurrently defined functions:\n\t${Object.keys(APPLETS).join(', ')}, sh\n`,
    );
    return 0;
  }
  const program =
    name === 'sh' || name === 'ash' ? sh('ash') : Object.hasOwn(APPLETS, name) ? APPLETS[name] : undefined;
  if (program === undefined) {
    process.stderr.write(`${name}: applet not found\n`);
    return 127;
  }
  return yield* process.exec({ argv: [name, ...args], program });
};
