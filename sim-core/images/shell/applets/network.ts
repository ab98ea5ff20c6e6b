import { nslookup } from '../../../network/tools/dns-lookup.ts';
import { NETWORK_TOOLS } from '../../../network/tools/programs.ts';
import type { Program } from '../../process.ts';
import { nc } from './nc.ts';
import { applet } from './tool.ts';
import { wget } from './wget.ts';

export const NETWORK_APPLETS: Readonly<Record<string, Program>> = {
  ip: NETWORK_TOOLS.ip!,
  arp: NETWORK_TOOLS.arp!,
  nc: applet(nc),
  netstat: NETWORK_TOOLS.netstat!,
  nslookup: nslookup('busybox'),
  ping: NETWORK_TOOLS.ping!,
  route: NETWORK_TOOLS.route!,
  sysctl: NETWORK_TOOLS.sysctl!,
  traceroute: NETWORK_TOOLS.traceroute!,
  wget: applet(wget),
};
