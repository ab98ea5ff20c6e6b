import { type Coroutine, SECOND, sleep } from '../../engine/index.ts';
import { type ImageRepository, layer } from '../image.ts';
import type { Process } from '../process.ts';
import { flag, untilSignal } from '../programs/server.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS } from './bases.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Bytes of `250M`. */
function bytes(text: string): number {
  const match = /^(\d+)([BKMG]?)$/i.exec(text);
  return match === null ? 0 : Number(match[1]) * UNITS[match[2]!.toUpperCase()]!;
}

/** `stress --cpu N --vm N --vm-bytes B --timeout T`: uses so many cores and so much memory. */
function* stress(process: Process): Coroutine<number> {
  const { argv } = process;
  const short = (letter: string, name: string) => flag(argv, name) ?? flag(argv, letter);
  const cpus = Number(short('c', 'cpu') ?? '0');
  const workers = Number(short('m', 'vm') ?? '0');
  const size = bytes(flag(argv, 'vm-bytes') ?? '256M');
  const timeout = /^(\d+)([smh]?)$/.exec(short('t', 'timeout') ?? '');
  if (cpus === 0 && workers === 0) {
    process.stdout.write(
      '`stress` imposes certain types of compute stress on your system\n\nUsage: stress [--cpu N] [--vm N] [--vm-bytes B] [--timeout T]\n',
    );
    return 0;
  }
  process.stdout.write(`stress: info: [${process.pid}] dispatching hogs: ${cpus} cpu, 0 io, ${workers} vm, 0 hdd\n`);
  const milliCpu = (cpus + workers) * 1000;
  process.use({ milliCpu, memory: 1024 * 1024 });
  if (workers > 0) {
    // Memory is touched page by page: it grows over the first second.
    const steps = 10;
    for (let step = 1; step <= steps; step++) {
      yield* sleep(SECOND / steps);
      process.use({ memory: Math.floor((workers * size * step) / steps) });
    }
  }
  if (timeout === null) {
    const signal = yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
    return signal === 'SIGTERM' ? 143 : 130;
  }
  yield* sleep(Number(timeout[1]) * { '': 1, s: 1, m: 60, h: 3600 }[timeout[2]!]! * SECOND);
  process.stdout.write(`stress: info: [${process.pid}] successful run completed in ${timeout[1]}s\n`);
  return 0;
}

const release = {
  layers: [ALPINE_LAYER, layer('stress', 1.1)],
  programs: { ...ALPINE_PROGRAMS, '/usr/bin/stress': stress },
};

export const stressImage: ImageRepository = {
  name: 'docker.io/polinux/stress',
  releases: [{ ...release, tags: ['latest', '1.0.4'], command: ['stress'] }],
};

/** `jotasu/crasher`: prints, waits DELAY seconds (1) and exits with CODE (1). */
function* crasher(process: Process): Coroutine<number> {
  process.stdout.write('crasher: starting\n');
  yield* sleep(Number(process.env.DELAY ?? '1') * SECOND);
  const code = Number(process.env.CODE ?? '1');
  process.stderr.write(`crasher: giving up with exit code ${code}\n`);
  return code;
}

export const crasherImage: ImageRepository = {
  name: 'docker.io/jotasu/crasher',
  releases: [
    {
      tags: ['1.0', 'latest'],
      layers: [ALPINE_LAYER, layer('crasher', 0.4)],
      entrypoint: ['/crasher'],
      programs: { ...ALPINE_PROGRAMS, '/crasher': crasher },
    },
  ],
};
