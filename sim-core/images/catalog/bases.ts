import { layer } from '../image.ts';
import { alpinePrograms, debianPrograms } from '../shell/applets/index.ts';
import { sh } from '../shell/sh.ts';
import { alpineUsers, debianUsers } from './users.ts';

const ALPINE_FILES = {
  '/etc/alpine-release': '3.22.1\n',
  '/etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n',
  ...alpineUsers(),
  '/home/': '',
  '/var/log/': '',
};
const DEBIAN_FILES = {
  '/etc/debian_version': '12.11\n',
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
  ...debianUsers(),
  '/home/': '',
  '/var/log/': '',
};

/** Where busybox has applets beside /bin, which holds all of them here. */
const IN_USR =
  'awk basename cut diff dirname du env expr find free head hexdump id md5sum nc nslookup nproc od pgrep pkill printf readlink seq sha256sum sort split tail tee test time timeout top tr traceroute uniq uptime wc wget which whoami xargs yes'.split(
    ' ',
  );
export const APPLET_LINKS = Object.fromEntries([
  ...IN_USR.map((name) => [`/usr/bin/${name}`, `/bin/${name}`]),
  ...['ip', 'ifconfig', 'route', 'sysctl'].map((name) => [`/sbin/${name}`, `/bin/${name}`]),
]) as Readonly<Record<string, string>>;

/** The layer and the programs that images built on Alpine share. */
export const ALPINE_LAYER = layer('alpine 3.22', 3.8, { files: ALPINE_FILES, links: APPLET_LINKS });
export const ALPINE_PROGRAMS = alpinePrograms();

/** The layer and the programs that images built on slim Debian share. */
export const DEBIAN_LAYER = layer('debian bookworm-slim', 28.2, {
  files: DEBIAN_FILES,
  // /usr is merged: what is in /bin is in /usr/bin.
  links: { '/bin': 'usr/bin', '/sbin': 'usr/sbin', '/lib': 'usr/lib' },
});
export const DEBIAN_PROGRAMS = { ...debianPrograms(), '/usr/bin/bash': sh('bash') };
