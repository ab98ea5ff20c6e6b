import type { ImageRepository } from '../image.ts';
import { REGISTRY_HOSTS, Registries, type RegistryHost } from '../registry.ts';
import { alpine, busybox } from './busybox.ts';
import { curl } from './curl.ts';
import { agnhostImage, httpEchoImage } from './echo.ts';
import { armHello, helloApp, privateHello } from './hello.ts';
import { httpdImage } from './httpd.ts';
import { debian, nodeImage, perlImage, pythonImage, ubuntu } from './languages.ts';
import { loadClients } from './load.ts';
import { logging } from './logging.ts';
import { mariadb, mysql } from './mysql.ts';
import { netshoot } from './netshoot.ts';
import { nginx } from './nginx.ts';
import { pause } from './pause.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import {
  bootcamp,
  bootcampHub,
  echoServer,
  exerciseServers,
  googleHello,
  googleHelloPkgDev,
  hpaExample,
  nginxDemo,
  whoami,
} from './samples.ts';
import { standIns } from './stand-ins.ts';
import { crasherImage, stressImage } from './stress.ts';
import { wordpressImage } from './wordpress.ts';

/** The images that a cluster of machines can start without: all but the one of the sandboxes. */
export const LATE_CATALOG: readonly ImageRepository[] = [
  ...loadClients,
  ...logging,
  ...standIns,
  ...exerciseServers,
  agnhostImage,
  alpine,
  armHello,
  busybox,
  crasherImage,
  curl,
  helloApp,
  httpdImage,
  httpEchoImage,
  netshoot,
  nginx,
  privateHello,
  redis,
  stressImage,
  bootcamp,
  bootcampHub,
  debian,
  echoServer,
  googleHello,
  googleHelloPkgDev,
  hpaExample,
  mariadb,
  mysql,
  nginxDemo,
  nodeImage,
  perlImage,
  postgres,
  pythonImage,
  ubuntu,
  whoami,
  wordpressImage,
];

/** Every image that the simulated registries hold. To add one: a file beside this one, and a line above. */
export const CATALOG: readonly ImageRepository[] = [pause, ...LATE_CATALOG];

/** The registries with the catalog, and with what a cluster adds: its control plane's images, an exercise's own. */
export function createRegistries(
  extra: readonly ImageRepository[] = [],
  hosts: readonly RegistryHost[] = [],
): Registries {
  return new Registries([...CATALOG, ...extra], [...REGISTRY_HOSTS, ...hosts]);
}
