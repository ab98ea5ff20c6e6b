import { type Coroutine, SECOND, sleep } from '../../engine/index.ts';
import { type ImageRepository, layer } from '../image.ts';
import type { Process } from '../process.ts';
import { answer, serveUntilSignal } from '../programs/server.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS } from './bases.ts';

const MEMORY = 12 * 1024 * 1024;

/**
 * The course's own web application. `/` tells version and pod; `/healthz` and `/readyz` say ok; `/env` tells its environment;
 * `/slow?seconds=N` waits. PORT (8080) and GREETING are environment variables.
 */
function hello(version: string) {
  return function* main(process: Process): Coroutine<number> {
    const port = Number(process.env.PORT ?? '8080');
    const greeting = process.env.GREETING ?? 'Hello';
    process.use({ memory: MEMORY });
    process.stdout.write(`hello ${version} listening on :${port}\n`);
    return yield* serveUntilSignal(
      process,
      port,
      function* handle(request) {
        const [path = '/', query = ''] = request.path.split('?');
        process.stdout.write(`${request.method} ${request.path} from ${request.remoteAddress}\n`);
        if (path === '/healthz' || path === '/readyz') return answer(process, 200, 'ok\n');
        if (path === '/env')
          return answer(
            process,
            200,
            Object.entries(process.env)
              .map(([name, value]) => `${name}=${value}\n`)
              .join(''),
          );
        if (path === '/slow') yield* sleep(Math.min(600, Number(/seconds=(\d+)/.exec(query)?.[1] ?? '5')) * SECOND);
        else if (path !== '/') return answer(process, 404, 'not found\n');
        return answer(process, 200, `${greeting}, version ${version}, from ${process.network.hostname}\n`);
      },
      () => {
        process.stdout.write('stopping\n');
        return 0;
      },
    );
  };
}

/** A release that cannot start: it finds no configuration, says so, and fails. */
function* broken(process: Process): Coroutine<number> {
  process.stdout.write('hello broken starting\n');
  yield* process.compute(20_000);
  process.stderr.write('fatal: open /etc/hello/config.yaml: no such file or directory\n');
  return 1;
}

/** A release that starts well and dies of something five seconds later: what nobody notices who only looks at the start. */
function* unstable(process: Process): Coroutine<number> {
  process.use({ memory: MEMORY });
  process.stdout.write('hello unstable: warming up\n');
  yield* sleep(5 * SECOND);
  process.stderr.write('fatal: warm-up failed: price list: connection refused\n');
  return 1;
}

export const helloApp: ImageRepository = {
  name: 'docker.io/jotasu/hello',
  releases: [
    ...['1.0', '2.0', '3.0'].map((version) => ({
      tags: version === '3.0' ? [version, 'latest'] : [version],
      layers: [ALPINE_LAYER, layer(`hello ${version}`, 4.2)],
      entrypoint: ['/hello'],
      exposedPorts: [8080],
      programs: { ...ALPINE_PROGRAMS, '/hello': hello(version) },
    })),
    {
      tags: ['broken'],
      layers: [ALPINE_LAYER, layer('hello broken', 4.2)],
      entrypoint: ['/hello'],
      exposedPorts: [8080],
      programs: { ...ALPINE_PROGRAMS, '/hello': broken },
    },
    {
      tags: ['unstable'],
      layers: [ALPINE_LAYER, layer('hello unstable', 4.2)],
      entrypoint: ['/hello'],
      exposedPorts: [8080],
      programs: { ...ALPINE_PROGRAMS, '/hello': unstable },
    },
  ],
};

/** The same application in a registry that wants credentials, and one built for arm64 only. */
export const privateHello: ImageRepository = {
  name: 'registry.example.com/team/hello',
  releases: helloApp.releases,
};

export const armHello: ImageRepository = {
  name: 'docker.io/jotasu/hello-arm64',
  releases: [{ ...helloApp.releases[0]!, tags: ['1.0', 'latest'], architectures: ['arm64'] }],
};
