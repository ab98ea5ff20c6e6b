import { type Coroutine, SECOND } from '../../engine/index.ts';
import { type ImageRepository, layer } from '../image.ts';
import { TextOutput } from '../pipe.ts';
import type { Process } from '../process.ts';
import { statusText } from '../programs/http.ts';
import { answer, flag, serveUntilSignal, untilSignal } from '../programs/server.ts';
import { ALPINE_PROGRAMS } from './bases.ts';

/** hashicorp/http-echo: answers every request with `-text`. */
function* httpEcho(process: Process): Coroutine<number> {
  const text = flag(process.argv, 'text') ?? process.env.ECHO_TEXT;
  const port = Number((flag(process.argv, 'listen') ?? ':5678').replace(/^.*:/, ''));
  if (text === undefined || text === '') {
    process.stderr.write('Missing -text option!\n');
    return 127;
  }
  process.use({ memory: 4 * 1024 * 1024 });
  process.stdout.write(`[INFO] server is listening on :${port}\n`);
  return yield* serveUntilSignal(
    process,
    port,
    // biome-ignore lint/correctness/useYield: it answers at once
    function* handle(request) {
      process.stdout.write(
        `${request.headers.host ?? ''} ${request.remoteAddress} "${request.method} ${request.path} HTTP/1.1" 200 ${text.length + 1} "${request.headers['user-agent'] ?? ''}"\n`,
      );
      return answer(process, 200, `${text}\n`, { 'x-app-name': 'http-echo' });
    },
    () => 0,
  );
}

export const httpEchoImage: ImageRepository = {
  name: 'docker.io/hashicorp/http-echo',
  releases: [
    {
      tags: ['1.0.0', '1.0', 'latest', '0.2.3'],
      layers: [layer('http-echo 1.0.0', 3.8)],
      entrypoint: ['/http-echo'],
      user: 65_532,
      exposedPorts: [5678],
      programs: { '/http-echo': httpEcho },
    },
  ],
};

/** agnhost: the commands `netexec`, `serve-hostname`, `grpc-health-checking`, `pause` of Kubernetes' own test image. */
function* agnhost(process: Process): Coroutine<number> {
  const [, command = 'pause', ...rest] = process.argv;
  process.use({ memory: 10 * 1024 * 1024 });
  if (command === 'pause') {
    process.stdout.write('Paused\n');
    yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
    return 0;
  }
  if (command === 'grpc-health-checking') return yield* grpcHealth(process, rest);
  if (command !== 'netexec' && command !== 'serve-hostname') {
    process.stderr.write(
      `Error: agnhost ${command} is not simulated by sim-core (netexec, serve-hostname, grpc-health-checking and pause are)\n`,
    );
    return 1;
  }
  const port = Number(
    flag(rest, command === 'netexec' ? 'http-port' : 'port') ?? (command === 'netexec' ? '8080' : '9376'),
  );
  const name = process.network.hostname;
  if (command === 'netexec') process.stderr.write(`Started HTTP server on port ${port}\n`);
  let healthy = true;
  return yield* serveUntilSignal(
    process,
    port,
    function* handle(request) {
      if (command === 'serve-hostname') return answer(process, 200, name);
      const [path = '/', query = ''] = request.path.split('?');
      const parameter = (key: string) => new RegExp(`(?:^|&)${key}=([^&]*)`).exec(query)?.[1];
      process.stderr.write(`GET ${request.path}\n`);
      if (path === '/hostname' || path === '/hostName') return answer(process, 200, name);
      if (path === '/echo')
        return answer(process, Number(parameter('code') ?? '200'), decodeURIComponent(parameter('msg') ?? ''));
      if (path === '/clientip') return answer(process, 200, `${request.remoteAddress}:${request.remotePort}`);
      if (path === '/healthz') return answer(process, healthy ? 200 : 412, '');
      if (path === '/make-unhealthy') healthy = false;
      if (path === '/exit') process.exit(Number(parameter('code') ?? '0'));
      if (path === '/shell') return yield* runShell(process, decodeURIComponent(parameter('cmd') ?? ''));
      if (path === '/redirect')
        return answer(process, Number(parameter('code') ?? '302'), statusText(302), {
          location: parameter('location') ?? '/',
        });
      return answer(
        process,
        path === '/' ? 200 : 404,
        path === '/' ? `NOW: ${process.now() / SECOND}` : '404 page not found\n',
      );
    },
    () => 0,
  );
}

/** A server of gRPC's health protocol that turns unhealthy after a while, and after a request to /make-not-serving. */
function* grpcHealth(process: Process, args: readonly string[]): Coroutine<number> {
  const delay = Number(flag(args, 'delay-unhealthy-sec') ?? '-1');
  const sick = delay < 0 ? Number.POSITIVE_INFINITY : process.now() + delay * SECOND;
  let serving = true;
  const status = () => (serving && process.now() < sick ? 'SERVING' : 'NOT_SERVING');
  process.stderr.write(`Http server starting to listen on :${flag(args, 'http-port') ?? '8080'}\n`);
  process.network.serveHttp(
    Number(flag(args, 'http-port') ?? '8080'),
    // biome-ignore lint/correctness/useYield: answers at once
    function* control({ path }) {
      if (path === '/make-not-serving') serving = false;
      if (path === '/make-serving') serving = true;
      return answer(process, 200, status());
    },
  );
  return yield* serveUntilSignal(
    process,
    Number(flag(args, 'port') ?? '5000'),
    // biome-ignore lint/correctness/useYield: answers at once
    function* check({ path }) {
      if (path !== '/grpc.health.v1.Health/Check') return answer(process, 200, '', { 'grpc-status': '12' });
      return answer(process, 200, JSON.stringify({ status: status() }), { 'grpc-status': '0' });
    },
    () => 0,
  );
}

function* runShell(process: Process, command: string) {
  const stdout = new TextOutput();
  const { code } = yield* process.spawn({ argv: ['/bin/sh', '-c', command], stdout, stderr: stdout }).wait();
  return answer(
    process,
    200,
    `{"output":${JSON.stringify(stdout.text)}${code === 0 ? '' : `,"error":"exit status ${code}"`}}`,
  );
}

export const agnhostImage: ImageRepository = {
  name: 'registry.k8s.io/e2e-test-images/agnhost',
  releases: [
    {
      tags: ['2.53', '2.52', '2.47', '2.39'],
      layers: [layer('agnhost 2.53', 51.2)],
      entrypoint: ['/agnhost'],
      command: ['pause'],
      exposedPorts: [8080],
      programs: { ...ALPINE_PROGRAMS, '/agnhost': agnhost },
    },
  ],
};
