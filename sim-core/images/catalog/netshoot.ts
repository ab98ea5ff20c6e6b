import { NETWORK_TOOLS } from '../../network/tools/programs.ts';
import { type ImageRepository, layer } from '../image.ts';
import { CURL, JQ } from '../shell/applets/index.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS } from './bases.ts';

/** netshoot: what one needs to look at a network, in one image: ip, ss, iptables, ipvsadm, ping, traceroute, dig, curl. */
export const netshoot: ImageRepository = {
  name: 'docker.io/nicolaka/netshoot',
  releases: [
    {
      tags: ['v0.13', 'latest'],
      layers: [ALPINE_LAYER, layer('netshoot v0.13', 180)],
      command: ['sh'],
      programs: {
        ...ALPINE_PROGRAMS,
        '/usr/bin/curl': CURL,
        '/usr/bin/jq': JQ,
        ...Object.fromEntries(Object.entries(NETWORK_TOOLS).map(([name, program]) => [`/usr/sbin/${name}`, program])),
      },
    },
  ],
};
