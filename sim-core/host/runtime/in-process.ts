import '../programs.ts';
import type { FromHost } from '../door.ts';
import type { Port } from '../door-client.ts';
import { DoorHost } from '../door-host.ts';

/** A cluster in this very process, behind a door all the same: what it answers comes in a later turn, as from anywhere else. */
export function inProcessPort(report: (error: unknown) => void = () => {}): Port {
  let listener: (message: FromHost) => void = () => {};
  let open = true;
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const host = new DoorHost({
    post: (message) => queueMicrotask(() => open && listener(message)),
    wall: () => Math.floor(performance.now() * 1000),
    after(milliseconds, run) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, milliseconds);
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    },
    report,
  });
  return {
    postMessage(message) {
      queueMicrotask(() => open && host.receive(message));
    },
    onMessage(next) {
      listener = next;
    },
    close() {
      open = false;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
