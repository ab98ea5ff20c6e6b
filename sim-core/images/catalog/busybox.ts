import { type ImageRepository, layer } from '../image.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS, APPLET_LINKS } from './bases.ts';
import { busyboxUsers } from './users.ts';

const BUSYBOX_LAYER = layer('busybox 1.37', 2.2, {
  files: {
    ...busyboxUsers(),
    '/home/': '',
    '/var/': '',
  },
  links: APPLET_LINKS,
});

/** busybox: a shell and the small tools in 2 MB. */
export const busybox: ImageRepository = {
  name: 'docker.io/library/busybox',
  releases: [
    {
      tags: [
        '1.37.0',
        '1.37',
        '1',
        'latest',
        'stable',
        '1.36',
        '1.36.1',
        '1.35',
        '1.34',
        '1.33',
        '1.32',
        '1.31',
        '1.30',
        '1.29',
        '1.28',
        '1.28.4',
        '1.27',
        'glibc',
        'musl',
        'uclibc',
      ],
      layers: [BUSYBOX_LAYER],
      command: ['sh'],
      programs: ALPINE_PROGRAMS,
    },
  ],
};

/** Alpine Linux: the same tools, as a base for others. */
export const alpine: ImageRepository = {
  name: 'docker.io/library/alpine',
  releases: [
    {
      tags: ['3.22.1', '3.22', '3', 'latest', '3.21', '3.20', '3.19', '3.18', '3.17', '3.16', '3.14', '3.12', 'edge'],
      layers: [ALPINE_LAYER],
      command: ['/bin/sh'],
      programs: ALPINE_PROGRAMS,
    },
  ],
};
