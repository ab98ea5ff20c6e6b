import { KUBERNETES_VERSION } from '../api/version.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { ServiceRange } from '../apiserver/service-range.ts';
import type { RestRequest, RestResponse } from '../client/rest.ts';
import { controllers } from '../controllers/index.ts';
import { type Coroutine, type Engine, SECOND, sleep, suspend } from '../engine/index.ts';
import { type ImageRepository, layer } from '../images/image.ts';
import {
  type Certificate,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type Process,
  type Program,
} from '../images/process.ts';
import type { Components } from '../learner/components.ts';
import { klog } from '../network/daemon.ts';
import { profilesOf } from '../scheduler/configuration.ts';
import { defaultProfile } from '../scheduler/default-profile.ts';
import type { Profile } from '../scheduler/framework.ts';
import { CLUSTER_AUTHORITY, componentCertificate } from './authority.ts';
import { bootstrapApiServer } from './bootstrap.ts';
import {
  logApiServerStart,
  logApiServing,
  logControllers,
  logEtcd,
  logGivingUp,
  logNoEtcd,
  logStart,
} from './component-logs.ts';
import { elected } from './elected.ts';
import { DATABASE_FILE, type Etcd } from './etcd/etcd.ts';
import { authorityPack, programPack } from './packs.ts';
import type { ClusterPreset } from './presets.ts';
import { tokenSigner } from './sign-token.ts';
import { type Identity, inProcessTransport } from './transport.ts';

/** What the control plane's programs work on. */
export interface ControlPlaneParts {
  readonly engine: Engine;
  readonly server: ApiServer;
  readonly etcd: Etcd;
  readonly preset: ClusterPreset;
  /** Address of the control-plane node. */
  readonly address: string;
  /** Whether a node can reach the API server, as its processes see it; undefined: it can. */
  blocked(node: string): string | undefined;
  /** The API as HTTP serves it. */
  answer(request: RestRequest): RestResponse;
  readonly without: ReadonlySet<string>;
  readonly components: Components;
}

const ETCD_VERSION = '3.5.21-0';
const ETCD_DATA = '/var/lib/etcd';
/** How long the API server waits for etcd before it gives up starting (storagebackend's time-out of creation). */
const ETCD_PATIENCE = 20 * SECOND;

/** What a component serves, and by which certificate; without one, in plain HTTP. */
interface Serve {
  readonly certificate?: Certificate;
  handle(request: HttpRequest): Coroutine<HttpResponse>;
}

const OK: HttpResponse = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' };

// biome-ignore lint/correctness/useYield: answers at once
function* healthy(): Coroutine<HttpResponse> {
  return OK;
}

/** etcd wants to see certificates, which nobody shows it here: its clients use the store itself. */
function* refuse(): Coroutine {
  yield* [];
}

/** Health over TLS, with a certificate that the component has signed itself. */
function secureHealth(name: string): Serve {
  const { notBefore, notAfter } = componentCertificate(name, []);
  return {
    certificate: { subject: `CN=${name}@1`, issuer: `CN=${name}-ca@1`, names: ['localhost'], notBefore, notAfter },
    handle: healthy,
  };
}

/** The API server as pods reach it: a request in HTTP, an answer in JSON. What goes on without end (watch, logs -f) is not served this way. */
function apiService(answer: ControlPlaneParts['answer'], certificate: Certificate): Serve {
  return {
    certificate,
    // biome-ignore lint/correctness/useYield: answers at once
    *handle({ method, path, headers, body, tls }) {
      const type = { 'content-type': 'text/plain; charset=utf-8' };
      if (tls === undefined)
        return { status: 400, headers: type, body: 'Client sent an HTTP request to an HTTPS server.\n' };
      const response = answer({
        method: method as RestRequest['method'],
        path,
        headers,
        ...(body === '' ? {} : { body }),
      });
      const text =
        typeof response.body === 'string' ? response.body : `${JSON.stringify(response.body, undefined, 2)}\n`;
      return { status: response.status, headers: { ...type, ...response.headers }, body: text };
    },
  };
}

/**
 * A program that is a component of the control plane: it starts with the process and stops with it, whatever ends the process. Its health
 * endpoint answers as long as it runs. One that will not start answers its exit code. `footprint` is what it uses in a small cluster: MiB, and
 * thousandths of a core.
 */
function component(
  port: number,
  footprint: { readonly memory: number; readonly milliCpu: number },
  start: (process: Process) => Coroutine<((killed: boolean) => void) | number>,
  serve: Serve = { handle: healthy },
): Program {
  return function* run(process) {
    const ended = suspend<number>((resume) => {
      process.onSignal('SIGTERM', () => resume(0));
      process.onSignal('SIGINT', () => resume(0));
      return undefined;
    });
    process.use({ memory: footprint.memory * 1024 * 1024, milliCpu: footprint.milliCpu });
    // The API server listens when it can answer, the others before they begin.
    const early = port !== 6443;
    if (early && !listens(process, securePort(process, port), serve, early)) return 1;
    const stop = yield* start(process);
    if (typeof stop === 'number') return stop;
    let killed = true;
    try {
      if (!early && !listens(process, port, serve, early)) return 1;
      const code = yield* ended;
      killed = false;
      return code;
    } finally {
      stop(killed);
    }
  };
}

/** The port that `--secure-port` names. */
function securePort({ argv }: Process, usual: number): number {
  const flag = '--secure-port=';
  const given = argv.find((word) => word.startsWith(flag))?.slice(flag.length);
  return given !== undefined && /^\d{1,5}$/.test(given) ? Number(given) : usual;
}

/** Opens a component's port, on 127.0.0.1 alone or on all addresses; its log says so when somebody has it already. */
function listens(process: Process, port: number, { certificate, handle }: Serve, local: boolean): boolean {
  try {
    process.network.serveHttp(port, handle, certificate && (() => certificate), local);
    return true;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const at = `${local ? '127.0.0.1' : '0.0.0.0'}:${port}`;
    const why = `failed to create listener: failed to listen on ${at}: listen tcp ${at}: bind: ${error.message.toLowerCase()}`;
    process.stderr.write(`${klog(process, 'E', 'run.go:72')} "command failed" err=${JSON.stringify(why)}\n`);
    return false;
  }
}

/** The scheduler's profiles, by the file that `--config` names; undefined when it makes no sense, which the log then says. */
function configuredProfiles(process: Process): readonly Profile[] | undefined {
  const { argv, files, stderr } = process;
  const flag = '--config=';
  const path = argv.find((word) => word.startsWith(flag))?.slice(flag.length);
  if (path === undefined) return [defaultProfile];
  try {
    return profilesOf(programPack().network.parseYaml(files.read(path)));
  } catch (error) {
    if (!(error instanceof Error) || !['FileError', 'ConfigurationError', 'YAMLParseError'].includes(error.name))
      throw error;
    const why = error.name === 'FileError' ? `open ${path}: ${error.message}` : error.message;
    stderr.write(`${klog(process, 'E', 'run.go:72')} "command failed" err=${JSON.stringify(why)}\n`);
    return undefined;
  }
}

/** The images of the control plane: their programs are the components themselves. */
export function controlPlaneImages(parts: ControlPlaneParts): ImageRepository[] {
  const { engine, server, etcd, preset, address, without, components } = parts;
  const connectFrom = (node: string) => (identity: Identity) =>
    inProcessTransport(server, { ...identity, blocked: () => parts.blocked(node) });
  let bootstrapped = false;

  const serviceAddress = new ServiceRange(preset.serviceCidr).address(1);
  const listening: number[] = [];
  const healthy = (port: number) => listening.includes(port);
  server.componentHealth = () => [
    { name: 'controller-manager', url: 'https://127.0.0.1:10257/healthz', healthy: healthy(10_257) },
    { name: 'scheduler', url: 'https://127.0.0.1:10259/healthz', healthy: healthy(10_259) },
    { name: 'etcd-0', url: 'https://127.0.0.1:2379/health', healthy: etcd.running },
  ];
  const bootstrap = () => bootstrapApiServer(server, address, serviceAddress, preset.serviceCidr);

  /** `elected`, and known to those who ask for its health: the API server asks on its own node. */
  const answering = (process: Process, port: number, options: Parameters<typeof elected>[1]) => {
    const stop = elected(process, options);
    if (process.network.hostname !== preset.nodes[0]!.name) return stop;
    listening.push(port);
    return (killed: boolean) => {
      listening.splice(listening.indexOf(port), 1);
      stop(killed);
    };
  };

  const etcdServer = component(2381, { memory: 45, milliCpu: 15 }, function* start(process) {
    logEtcd(process, 'etcdmain/etcd.go:73', 'Running: ', { args: process.argv });
    logEtcd(process, 'embed/etcd.go:311', 'starting an etcd server', {
      'etcd-version': ETCD_VERSION.replace(/-.*/, ''),
      'max-cpu-set': process.machine.cpus,
      'data-dir': dataDirectory(process),
    });
    const directory = dataDirectory(process);
    const file = `${directory}/${DATABASE_FILE}`;
    const { files } = process;
    server.setStorage(true);
    const content = files.stat(file) === undefined ? undefined : files.read(file);
    const name = etcd.open(content, bootstrap);
    etcd.running = true;
    for (const port of [2379, 2380]) process.network.listen(port, refuse);
    files.makeDirectory(`${directory}/member/snap`, { parents: true, mode: 0o700 });
    files.makeDirectory(`${directory}/member/wal`, { parents: true, mode: 0o700 });
    files.write(file, name, { mode: 0o600 });
    logEtcd(process, 'embed/serve.go:124', 'ready to serve client requests');
    return (killed) => {
      etcd.running = false;
      server.setStorage(false);
      if (killed) return;
      logEtcd(process, 'osutil/interrupt_unix.go:64', 'received signal; shutting down', { signal: 'terminated' });
      logEtcd(process, 'embed/etcd.go:426', 'closed etcd server', { name: preset.nodes[0]!.name });
    };
  });

  const apiServer = component(
    6443,
    { memory: 230, milliCpu: 40 },
    function* start(process) {
      logApiServerStart(process, address);
      const deadline = engine.now + ETCD_PATIENCE;
      for (let pause = SECOND; !etcd.running; pause = Math.floor(1.6 * pause)) {
        if (engine.now >= deadline) {
          logGivingUp(process);
          return 255;
        }
        logNoEtcd(process);
        yield* sleep(Math.min(pause, deadline - engine.now));
      }
      server.setServing(true);
      logApiServing(process);
      if (!bootstrapped) bootstrap();
      bootstrapped = true;
      return () => server.setServing(false);
    },
    apiService(parts.answer, apiServerCertificate(address, serviceAddress)),
  );

  const controllerManager = component(
    10_257,
    { memory: 50, milliCpu: 12 },
    function* start(process) {
      if (without.has('controllers')) return () => {};
      const name = 'kube-controller-manager';
      const port = securePort(process, 10_257);
      logStart(process, ['controllermanager.go', 188], '"Starting"', port);
      const connect = connectFrom(process.network.hostname);
      return answering(process, port, {
        engine,
        transport: connect({ username: `system:${name}`, userAgent: `${name}/leader-election` }),
        name,
        start: () => {
          logControllers(
            process,
            controllers.map((controller) => controller.name),
          );
          return components.startControllerManager({
            engine,
            connect,
            controllers,
            settings: {
              clusterCIDR: preset.podCidr,
              signToken: tokenSigner(server),
              rootCA: CLUSTER_AUTHORITY,
              authority: authorityPack,
            },
            discover: () => server.resources.all(),
          });
        },
      });
    },
    secureHealth('kube-controller-manager'),
  );

  const scheduler = component(
    10_259,
    { memory: 20, milliCpu: 3 },
    function* start(process) {
      if (without.has('scheduler')) return () => {};
      const profiles = configuredProfiles(process);
      if (profiles === undefined) return 1;
      const name = 'kube-scheduler';
      const port = securePort(process, 10_259);
      logStart(process, ['server.go', 171], '"Starting Kubernetes Scheduler"', port);
      const connect = connectFrom(process.network.hostname);
      const discover = () => server.resources.all();
      return answering(process, port, {
        engine,
        transport: connect({ username: `system:${name}`, userAgent: `${name}/leader-election` }),
        name,
        eventSource: profiles[0]?.schedulerName,
        releaseOnStop: true,
        start: () => components.startScheduler({ engine, connect, profiles, discover }),
      });
    },
    secureHealth('kube-scheduler'),
  );

  const clients = () => programPack().etcdPrograms(etcd, { name: preset.nodes[0]!.name, address });
  return [
    image('etcd', ETCD_VERSION, 58, '/usr/local/bin/etcd', etcdServer, {
      '/usr/local/bin/etcdctl': (process) => clients().etcdctl(process),
      '/usr/local/bin/etcdutl': (process) => clients().etcdutl(process),
    }),
    image('kube-apiserver', KUBERNETES_VERSION, 30, '/usr/local/bin/kube-apiserver', apiServer),
    image(
      'kube-controller-manager',
      KUBERNETES_VERSION,
      28,
      '/usr/local/bin/kube-controller-manager',
      controllerManager,
    ),
    image('kube-scheduler', KUBERNETES_VERSION, 21, '/usr/local/bin/kube-scheduler', scheduler),
  ];
}

function dataDirectory({ argv }: Process): string {
  const flag = '--data-dir=';
  return argv.find((word) => word.startsWith(flag))?.slice(flag.length) ?? '/default.etcd';
}

function apiServerCertificate(address: string, serviceAddress: string): Certificate {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  return componentCertificate('kube-apiserver', [...service, address, serviceAddress]);
}

/** An image of registry.k8s.io with one program, and perhaps `others`. */
export function image(
  name: string,
  tag: string,
  megabytes: number,
  path: string,
  program: Program,
  others: Readonly<Record<string, Program>> = {},
): ImageRepository {
  const command = path.slice(path.lastIndexOf('/') + 1);
  return {
    name: `registry.k8s.io/${name}`,
    releases: [
      {
        tags: [tag],
        layers: [layer(`${name} ${tag}`, megabytes)],
        entrypoint: [path],
        programs: { [path]: program, [`/usr/local/bin/${command}`]: program, ...others },
      },
    ],
  };
}

/** The names of the images that a control-plane node has before it starts, as kubeadm pulls them first. */
export function controlPlaneImageNames(): string[] {
  return [
    `registry.k8s.io/etcd:${ETCD_VERSION}`,
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(
      (name) => `registry.k8s.io/${name}:${KUBERNETES_VERSION}`,
    ),
  ];
}

/** The manifests of the control plane's static pods, by file name, as kubeadm writes them into /etc/kubernetes/manifests. */
export function controlPlaneManifests({
  preset,
  address,
}: Pick<ControlPlaneParts, 'preset' | 'address'>): Readonly<Record<string, object>> {
  const pod = (
    name: string,
    imageName: string,
    command: string[],
    port: number,
    path: string,
    cpu: string,
    memory?: string,
  ) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'kube-system',
      labels: { component: name, tier: 'control-plane' },
      ...(name === 'kube-apiserver'
        ? { annotations: { 'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': `${address}:6443` } }
        : {}),
      ...(name === 'etcd'
        ? { annotations: { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': `https://${address}:2379` } }
        : {}),
    },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image: imageName,
          imagePullPolicy: 'IfNotPresent',
          command,
          resources: { requests: { cpu, ...(memory === undefined ? {} : { memory }) } },
          livenessProbe: {
            httpGet: { path, port, host: '127.0.0.1', scheme: name === 'etcd' ? 'HTTP' : 'HTTPS' },
            initialDelaySeconds: 10,
            timeoutSeconds: 15,
            periodSeconds: 10,
            failureThreshold: 8,
          },
          ...(name === 'etcd' ? { volumeMounts: [{ mountPath: ETCD_DATA, name: 'etcd-data' }] } : {}),
        },
      ],
      ...(name === 'etcd'
        ? { volumes: [{ hostPath: { path: ETCD_DATA, type: 'DirectoryOrCreate' }, name: 'etcd-data' }] }
        : {}),
    },
  });
  const ours = (name: string) => `registry.k8s.io/${name}:${KUBERNETES_VERSION}`;
  return {
    'etcd.yaml': pod(
      'etcd',
      `registry.k8s.io/etcd:${ETCD_VERSION}`,
      [
        'etcd',
        `--advertise-client-urls=https://${address}:2379`,
        `--data-dir=${ETCD_DATA}`,
        '--listen-metrics-urls=http://127.0.0.1:2381',
        `--name=${preset.nodes[0]!.name}`,
      ],
      2381,
      '/livez',
      '100m',
      '100Mi',
    ),
    'kube-apiserver.yaml': pod(
      'kube-apiserver',
      ours('kube-apiserver'),
      [
        'kube-apiserver',
        `--advertise-address=${address}`,
        '--authorization-mode=Node,RBAC',
        '--etcd-servers=https://127.0.0.1:2379',
        '--secure-port=6443',
        `--service-cluster-ip-range=${preset.serviceCidr}`,
      ],
      6443,
      '/livez',
      '250m',
    ),
    'kube-controller-manager.yaml': pod(
      'kube-controller-manager',
      ours('kube-controller-manager'),
      [
        'kube-controller-manager',
        '--allocate-node-cidrs=true',
        '--bind-address=127.0.0.1',
        `--cluster-cidr=${preset.podCidr}`,
        '--leader-elect=true',
      ],
      10_257,
      '/healthz',
      '200m',
    ),
    'kube-scheduler.yaml': pod(
      'kube-scheduler',
      ours('kube-scheduler'),
      ['kube-scheduler', '--bind-address=127.0.0.1', '--leader-elect=true'],
      10_259,
      '/livez',
      '100m',
    ),
  };
}
