/** The stdio door: a cluster as a Node program, spoken to by lines on its input and output (`json-lines.ts`). It ends when its input does. */
import './programs.ts';
import { DoorHost } from './door-host.ts';
import { serveStdio } from './stdio-platform.ts';

serveStdio((platform) => new DoorHost(platform));
