import { Client, type Transport } from '../../client/index.ts';
import { type Coroutine, type Engine, SECOND, suspend } from '../../engine/index.ts';
import {
  type Certificate,
  type HttpResponse,
  type Listener,
  NetworkError,
  type Program,
} from '../../images/process.ts';
import { flag, untilSignal } from '../../images/programs/server.ts';
import { accountOf, klog, nodeOf } from '../daemon.ts';
import { formatIPv4 } from '../ipv4.ts';
import { stackOf } from '../stack.ts';
import { IngressController } from './controller.ts';
import { serverFor } from './routes.ts';

const MEMORY = 90 * 1024 * 1024;
const HEALTH_PORT = 10_254;
const YEAR = 365 * 86_400 * SECOND;
/** Time it answers on after it was told to stop (--shutdown-grace-period), and the longest it waits for requests under way. */
const DRAIN_POLL = SECOND / 4;
const LONGEST_DRAIN = 240 * SECOND;
const NAME = 'Kubernetes Ingress Controller Fake Certificate';

/** ingress-nginx: `/nginx-ingress-controller` of registry.k8s.io/ingress-nginx/controller. */
export function ingressNginx(
  version: string,
  engine: Engine,
  connect: (node: string, identity: { username: string; userAgent: string }) => Transport,
): Program {
  return function* controller(process) {
    const fatal = (text: string) => {
      process.stderr.write(`${klog(process, 'F', 'main.go:94')} ${text}\n`);
      return 255;
    };
    process.stderr.write(banner(version));
    const username = accountOf(process);
    if (username === undefined)
      return fatal(
        'error while initiating a connection to the Kubernetes API server: open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory',
      );
    process.stderr.write(`${klog(process, 'I', 'nginx.go:273')} "Starting NGINX Ingress controller"\n`);
    const stack = stackOf(process.network);
    const running = new IngressController({
      engine,
      process,
      client: new Client(connect(nodeOf(process), { username, userAgent: `nginx-ingress-controller/${version}` })),
      controllerClass: flag(process.argv, 'controller-class') ?? 'k8s.io/ingress-nginx',
      ingressClass: flag(process.argv, 'ingress-class') ?? 'nginx',
      withoutClass: flag(process.argv, 'watch-ingress-without-class') === 'true',
      publishService: flag(process.argv, 'publish-service'),
      nodeAddress: formatIPv4(stack.namespace.machine.address),
    });
    const { proxy } = running;
    const fake = fakeCertificate(process.now());
    const listeners: Listener[] = [];
    try {
      try {
        listeners.push(
          process.network.serveHttp(80, (request) => proxy.handle(request, false)),
          process.network.serveHttp(
            443,
            (request) => proxy.handle(request, true),
            (name) => serverFor(proxy.servers, name).certificate ?? fake,
          ),
          process.network.serveHttp(HEALTH_PORT, () => health(running.ready)),
        );
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        return fatal('port 80 is already in use. Please check the flag --http-port');
      }
      process.use({ memory: MEMORY });
      yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
      process.stderr.write(`${klog(process, 'I', 'sigterm.go:36')} "Received SIGTERM, shutting down"\n`);
      process.stderr.write(`${klog(process, 'I', 'nginx.go:393')} "Stopping NGINX process"\n`);
      for (const listener of listeners) listener.close();
      for (let waited = 0; proxy.active > 0 && waited < LONGEST_DRAIN; waited += DRAIN_POLL) yield* wait(DRAIN_POLL);
      process.stderr.write(`${klog(process, 'I', 'nginx.go:407')} "NGINX process has stopped"\n`);
      return 0;
    } finally {
      running.stop();
    }
  };
}

/** What a server shows that has no certificate of its own. */
function fakeCertificate(now: number): Certificate {
  const name = `CN=${NAME},O=Acme Co`;
  return { subject: name, issuer: name, names: ['ingress.local'], notBefore: now, notAfter: now + YEAR };
}

// biome-ignore lint/correctness/useYield: answers at once
function* health(ready: boolean): Coroutine<HttpResponse> {
  const body = ready ? 'ok' : 'the ingress controller is not ready';
  return { status: ready ? 200 : 500, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function* wait(time: number): Coroutine {
  yield* suspend<void>((resume, _fail, engine) => {
    const timer = engine.after(time, resume);
    return () => engine.cancel(timer);
  });
}

function banner(version: string): string {
  const line = '-'.repeat(79);
  return `${line}
NGINX Ingress controller
  Release:       ${version}
  Repository:    https://github.com/kubernetes/ingress-nginx
  nginx version: nginx/1.25.5

${line}

`;
}
