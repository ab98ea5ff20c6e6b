import { type ImageRepository, layer } from '../image.ts';
import { CURL } from '../shell/applets/index.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS } from './bases.ts';
import { alpineUsers } from './users.ts';

/** curl on Alpine; runs as user 100, as the real one. */
export const curl: ImageRepository = {
  name: 'docker.io/curlimages/curl',
  releases: [
    {
      tags: ['8.12.1', 'latest', '8.11.0', '8.10.1'],
      layers: [
        ALPINE_LAYER,
        layer('curlimages entrypoint', 5.7, {
          files: {
            ...alpineUsers(['curl_user 100 101 /home/curl_user /sbin/nologin'], ['curl_group 101']),
            '/entrypoint.sh':
              // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
              '#!/bin/sh\nset -e\nif [ "${1#-}" != "$1" ]; then set -- curl "$@"; fi\ncase "$1" in http*) set -- curl "$@";; esac\nexec "$@"\n',
          },
        }),
      ],
      entrypoint: ['/entrypoint.sh'],
      command: ['curl', '--help'],
      user: 100,
      programs: { ...ALPINE_PROGRAMS, '/usr/bin/curl': CURL },
    },
  ],
};
