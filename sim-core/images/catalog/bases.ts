import { layer } from '../image.ts';
import { alpinePrograms, debianPrograms } from '../shell/applets/index.ts';
import { sh } from '../shell/sh.ts';

const ALPINE_FILES = {
  '/etc/alpine-release': '3.22.1\n',
  '/etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
  '/etc/group': 'root:x:0:root\nnobody:x:65534:\n',
  '/home/': '',
  '/var/log/': '',
};
const DEBIAN_FILES = {
  '/etc/debian_version': '12.11\n',
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  '/home/': '',
  '/var/log/': '',
};

/** The layer and the programs that images built on Alpine share. */
export const ALPINE_LAYER = layer('alpine 3.22', 3.8, { files: ALPINE_FILES });
export const ALPINE_PROGRAMS = alpinePrograms();

/** The layer and the programs that images built on slim Debian share. */
export const DEBIAN_LAYER = layer('debian bookworm-slim', 28.2, { files: DEBIAN_FILES });
export const DEBIAN_PROGRAMS = { ...debianPrograms(), '/bin/bash': sh('bash') };
