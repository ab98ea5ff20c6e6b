import { nslookup } from '../../../network/tools/dns-lookup.ts';
import { NETWORK_TOOLS } from '../../../network/tools/programs.ts';
import type { Program } from '../../process.ts';
import { nc } from './nc.ts';
import { applet } from './tool.ts';
import { wget } from './wget.ts';

export const NETWORK_APPLETS: Readonly<Record<string, Program>> = {
  ip: NETWORK_TOOLS.ip!,
  nc: applet(nc),
  nslookup: nslookup('busybox'),
  ping: NETWORK_TOOLS.ping!,
  traceroute: NETWORK_TOOLS.traceroute!,
  wget: applet(wget),
};
