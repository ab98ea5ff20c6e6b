import { KUBERNETES_VERSION } from '../api/version.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { ServiceRange } from '../apiserver/service-range.ts';
import type { RestRequest, RestResponse } from '../client/rest.ts';
import { controllers } from '../controllers/index.ts';
import { type Coroutine, type Engine, SECOND, sleep } from '../engine/index.ts';
import { type ImageRepository, layer } from '../images/image.ts';
import type { Certificate, Process, Program } from '../images/process.ts';
import type { Components } from '../learner/components.ts';
import { profilesOf } from '../scheduler/configuration.ts';
import { defaultProfile } from '../scheduler/default-profile.ts';
import type { Profile } from '../scheduler/framework.ts';
import { CLUSTER_AUTHORITY, componentCertificate } from './authority.ts';
import { bootstrapApiServer } from './bootstrap.ts';
import {
  logApiServerStart,
  logApiServing,
  logCommandFailed,
  logControllers,
  logEtcd,
  logGivingUp,
  logNoEtcd,
  logStart,
} from './component-logs.ts';
import { component, type Serve, secureHealth, securePort } from './component-program.ts';
import { controlPlaneManifests, ETCD_VERSION } from './control-plane-manifests.ts';
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

/** How long the API server waits for etcd before it gives up starting (storagebackend's time-out of creation). */
const ETCD_PATIENCE = 20 * SECOND;

/** Where the API server finds the etcd of its own machine, beside the machine's address. */
const OWN_ETCD: ReadonlySet<string> = new Set(['https://127.0.0.1:2379', 'https://localhost:2379']);

/** The first of the servers that `--etcd-servers` names. */
function etcdEndpoint({ argv }: Process): string {
  const flag = '--etcd-servers=';
  const given = argv.findLast((word) => word.startsWith(flag))?.slice(flag.length);
  return given === undefined ? 'https://127.0.0.1:2379' : given.split(',')[0]!;
}

/** etcd wants to see certificates, which nobody shows it here: its clients use the store itself. */
function* refuse(): Coroutine {
  yield* [];
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

/** The scheduler's profiles, by the file that `--config` names; undefined when it makes no sense, which the log then says. */
function configuredProfiles(process: Process): readonly Profile[] | undefined {
  const { argv, files } = process;
  const flag = '--config=';
  const path = argv.find((word) => word.startsWith(flag))?.slice(flag.length);
  if (path === undefined) return [defaultProfile];
  try {
    return profilesOf(programPack().network.parseYaml(files.read(path)));
  } catch (error) {
    if (!(error instanceof Error) || !['FileError', 'ConfigurationError', 'YAMLParseError'].includes(error.name))
      throw error;
    const why = error.name === 'FileError' ? `open ${path}: ${error.message.toLowerCase()}` : error.message;
    logCommandFailed(process, why);
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
      const endpoint = etcdEndpoint(process);
      const right = OWN_ETCD.has(endpoint) || endpoint === `https://${address}:2379`;
      for (let pause = SECOND; !right || !etcd.running; pause = Math.floor(1.6 * pause)) {
        if (engine.now >= deadline) {
          logGivingUp(process);
          return 255;
        }
        logNoEtcd(process, endpoint.replace(/^\w+:\/\//, ''));
        yield* sleep(Math.min(pause, deadline - engine.now));
      }
      const port = securePort(process, 6443);
      // Clients know of one port; on another they find nobody.
      server.setServing(port === 6443);
      logApiServing(process, port);
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

  const manifests = controlPlaneManifests(parts);
  /** The program where its command line lets it start. What kubeadm has written does. */
  const checked = (name: string, program: Program): Program =>
    function* run(process) {
      const usual = commandOf(manifests[`${name}.yaml`]!);
      const refused = process.argv.join() === usual.join() ? undefined : programPack().refusal(process, name, address);
      return refused ?? (yield* program(process));
    };

  const clients = () => programPack().etcdPrograms(etcd, { name: preset.nodes[0]!.name, address });
  return [
    image('etcd', ETCD_VERSION, 58, '/usr/local/bin/etcd', checked('etcd', etcdServer), {
      '/usr/local/bin/etcdctl': (process) => clients().etcdctl(process),
      '/usr/local/bin/etcdutl': (process) => clients().etcdutl(process),
    }),
    image(
      'kube-apiserver',
      KUBERNETES_VERSION,
      30,
      '/usr/local/bin/kube-apiserver',
      checked('kube-apiserver', apiServer),
    ),
    image(
      'kube-controller-manager',
      KUBERNETES_VERSION,
      28,
      '/usr/local/bin/kube-controller-manager',
      checked('kube-controller-manager', controllerManager),
    ),
    image(
      'kube-scheduler',
      KUBERNETES_VERSION,
      21,
      '/usr/local/bin/kube-scheduler',
      checked('kube-scheduler', scheduler),
    ),
  ];
}

/** The command line in a manifest of `controlPlaneManifests`. */
function commandOf(manifest: object): readonly string[] {
  return (manifest as { spec: { containers: [{ command: string[] }] } }).spec.containers[0].command;
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
