/// <reference lib="webworker" />
import './programs.ts';
import type { ToHost } from './door.ts';
import { DoorHost } from './door-host.ts';

/** The Worker door: a cluster in a Web Worker, spoken to by posted messages. */
const host = new DoorHost({
  post: (message) => postMessage(message),
  wall: () => Math.floor(performance.now() * 1000),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  report: (error) => console.error(error),
});

addEventListener('message', (event: MessageEvent<ToHost>) => host.receive(event.data));
