import type { Coroutine } from '../../engine/index.ts';
import { type ImageRelease, type ImageRepository, layer } from '../image.ts';
import type { HttpRequest, Process, Program } from '../process.ts';
import { commonLogTime } from '../programs/http.ts';
import { answer, flag, serveUntilSignal } from '../programs/server.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS } from './bases.ts';

/** The small web applications of other people's tutorials: each tells who answers, and how the request looked. */

type Page = (process: Process, request: HttpRequest) => string;

interface Sample {
  readonly port: number | ((process: Process) => number);
  readonly memory?: number;
  /** What it writes when it starts, and for each request. */
  readonly hello?: string;
  log?(process: Process, request: HttpRequest): string;
  readonly page: Page;
  readonly type?: string;
}

function program({ port, memory = 8, hello, log, page, type = 'text/plain; charset=utf-8' }: Sample): Program {
  return function* main(process) {
    const number = typeof port === 'number' ? port : port(process);
    process.use({ memory: memory * 1024 * 1024 });
    if (hello !== undefined) process.stdout.write(`${hello.replace('%p', String(number))}\n`);
    return yield* serveUntilSignal(
      process,
      number,
      // biome-ignore lint/correctness/useYield: answers at once
      function* handle(request): Coroutine<ReturnType<typeof answer>> {
        if (log !== undefined) process.stdout.write(`${log(process, request)}\n`);
        return answer(process, 200, page(process, request), { 'content-type': type });
      },
      () => 0,
    );
  };
}

function release(tags: readonly string[], sample: Sample, megabytes: number, name: string): ImageRelease {
  return {
    tags,
    layers: [ALPINE_LAYER, layer(`${name} ${tags[0]}`, megabytes)],
    entrypoint: ['/app'],
    exposedPorts: typeof sample.port === 'number' ? [sample.port] : [8080],
    programs: { ...ALPINE_PROGRAMS, '/app': program(sample) },
  };
}

const port = (process: Process) => Number(process.env.PORT ?? '8080');

const helloApp = (version: string): Sample => ({
  port,
  hello: 'Server listening on port %p',
  log: (_process, { path }) => `Serving request: ${path}`,
  page: (process) => `Hello, world!\nVersion: ${version}\nHostname: ${process.network.hostname}\n`,
});

/** gcr.io/google-samples/hello-app */
export const googleHello: ImageRepository = {
  name: 'gcr.io/google-samples/hello-app',
  releases: ['1.0', '2.0'].map((tag) => release([tag], helloApp(`${tag}.0`), 7, 'hello-app')),
};

/** The same where Google keeps it today. */
export const googleHelloPkgDev: ImageRepository = {
  name: 'us-docker.pkg.dev/google-samples/containers/gke/hello-app',
  releases: googleHello.releases,
};

const bootcampPage = (version: number): Sample => ({
  port: 8080,
  hello: 'Kubernetes Bootcamp App Started At: now | Running On: this pod',
  log: (process, { path }) => `Running On: ${process.network.hostname} | Path: ${path}`,
  page: (process) => `Hello Kubernetes bootcamp! | Running on: ${process.network.hostname} | v=${version}\n`,
});

/** The application of "Learn Kubernetes Basics". */
export const bootcamp: ImageRepository = {
  name: 'gcr.io/google-samples/kubernetes-bootcamp',
  releases: [release(['v1'], bootcampPage(1), 82, 'bootcamp'), release(['v2'], bootcampPage(2), 82, 'bootcamp')],
};

export const bootcampHub: ImageRepository = {
  name: 'docker.io/jocatalin/kubernetes-bootcamp',
  releases: bootcamp.releases,
};

const demoText: Page = (process, { path }) =>
  `Server address: ${process.network.address}:80\nServer name: ${process.network.hostname}\nDate: ${commonLogTime(process.now())}\nURI: ${path}\nRequest ID: ${process.random.hex(32)}\n`;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** nginxdemos/hello: who answers, as a page or as plain text. */
export const nginxDemo: ImageRepository = {
  name: 'docker.io/nginxdemos/hello',
  releases: [
    release(
      ['latest', '0.4'],
      {
        port: 80,
        type: 'text/html',
        page: (process, request) =>
          `<!DOCTYPE html>\n<html>\n<head><title>Hello World</title></head>\n<body>\n<pre>${escaped(demoText(process, request))}</pre>\n</body>\n</html>\n`,
      },
      9.3,
      'nginx-demo',
    ),
    release(['plain-text'], { port: 80, page: demoText }, 9.3, 'nginx-demo'),
  ],
};

const echoPage: Page = (process, { method, path, headers, body, remoteAddress }) => {
  const [real = '/', query = ''] = path.split('?');
  const lines = Object.entries(headers).map(([name, value]) => `\t${name}=${value}`);
  return `\n\nHostname: ${process.network.hostname}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\nRequest Information:\n\tclient_address=${remoteAddress}\n\tmethod=${method}\n\treal path=${real}\n\tquery=${query}\n\trequest_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://${headers.host ?? ''}:8080${path}\n\nRequest Headers:\n${lines.join('\n')}\n\nRequest Body:\n${body === '' ? '\t-no body in request-' : body}\n\n`;
};

/** registry.k8s.io/echoserver: the request, back to who sent it. */
export const echoServer: ImageRepository = {
  name: 'registry.k8s.io/echoserver',
  releases: [release(['1.10', '1.4', '1.9', '1.8'], { port: 8080, page: echoPage }, 35, 'echoserver')],
};

const whoamiPage: Page = (process, { method, path, headers, remoteAddress, remotePort }) =>
  `Hostname: ${process.network.hostname}\nIP: 127.0.0.1\nIP: ${process.network.address}\nRemoteAddr: ${remoteAddress}:${remotePort}\n${method} ${path} HTTP/1.1\n${Object.entries(
    headers,
  )
    .map(([name, value]) => `${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${value}\n`)
    .join('')}\n`;

/** traefik/whoami: who answers, and the request. */
export const whoami: ImageRepository = {
  name: 'docker.io/traefik/whoami',
  releases: [
    release(
      ['v1.11', 'v1.10', 'latest'],
      {
        port: (process) => Number(flag(process.argv, 'port') ?? process.env.WHOAMI_PORT_NUMBER ?? '80'),
        page: whoamiPage,
        hello: 'Starting up on port %p',
      },
      2.9,
      'whoami',
    ),
  ],
};

/** The servers of exercise collections that tell their host's name. */
const namesItsHost = (name: string, tags: readonly string[], text: (process: Process) => string): ImageRepository => ({
  name: `docker.io/${name}`,
  releases: [release(tags, { port: 8080, hello: 'Listening on port %p', page: text }, 25, name)],
});

export const exerciseServers: readonly ImageRepository[] = [
  namesItsHost(
    'dgkanatsios/simpleapp',
    ['latest'],
    (process) => `Hello world from ${process.network.hostname} and version 2.0\n`,
  ),
  namesItsHost(
    'kodekloud/webapp-color',
    ['latest', 'v1', 'v2', 'v3'],
    (process) => `<h1>Hello from ${process.network.hostname}!</h1>\n`,
  ),
  namesItsHost(
    'kodekloud/simple-webapp',
    ['latest'],
    (process) => `<h1>Hello from ${process.network.hostname}!</h1>\n`,
  ),
];

/** One request's work: a million square roots, on one core. */
const ROOTS = 20_000;

function* phpApache(process: Process): Coroutine<number> {
  process.use({ memory: 12 * 1024 * 1024 });
  process.stderr.write("AH00558: apache2: Could not reliably determine the server's fully qualified domain name\n");
  return yield* serveUntilSignal(
    process,
    80,
    function* handle(request) {
      yield* process.compute(ROOTS);
      process.stdout.write(
        `${request.remoteAddress} - - [${commonLogTime(process.now())}] "${request.method} ${request.path} HTTP/1.1" 200 3\n`,
      );
      return answer(process, 200, 'OK!', { 'content-type': 'text/html; charset=UTF-8' });
    },
    () => 0,
  );
}

/** registry.k8s.io/hpa-example: each request costs CPU. */
export const hpaExample: ImageRepository = {
  name: 'registry.k8s.io/hpa-example',
  releases: [
    {
      tags: ['latest'],
      layers: [ALPINE_LAYER, layer('hpa-example', 127)],
      command: ['apache2-foreground'],
      exposedPorts: [80],
      programs: { ...ALPINE_PROGRAMS, '/usr/local/bin/apache2-foreground': phpApache },
    },
  ],
};
