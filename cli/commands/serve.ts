import path from 'node:path';
import type { Command } from 'commander';
import { adminToken, UnknownPreset } from '../../sim-core/cluster/cluster.ts';
import { presets } from '../../sim-core/cluster/presets.ts';
import { makeCertificates } from '../../sim-core/host/http/certificates.ts';
import { type HttpDoor, openHttpDoor } from '../../sim-core/host/http/http-door.ts';
import {
  checkKubeconfig,
  defaultKubeconfig,
  kubeconfigText,
  removeKubeconfigFile,
  writeKubeconfigFile,
} from '../../sim-core/host/http/kubeconfig-file.ts';
import { ServedCluster } from '../../sim-core/host/http/served-cluster.ts';
import { loadSandbox } from '../../sim-core/host/load-sandbox.ts';
import { parseSpeed, parseWhole } from '../options.ts';

interface ServeFlags {
  preset: string;
  port: number;
  kubeconfig?: string;
  seed: number;
  speed: number | 'max';
  insecure?: true;
  kubelet: boolean;
  scheduler: boolean;
  admission?: string;
  force?: true;
}

export function command(program: Command): void {
  program
    .command('serve')
    .description('serve a mini-cluster as a Kubernetes API on this machine, for kubectl and other clients')
    .option('--preset <name>', `which cluster: ${Object.keys(presets).join(', ')}`, 'three-workers')
    .option('--port <number>', 'port on 127.0.0.1; 0 takes any that is free', parseWhole('a port', 0, 65_535), 6443)
    .option('--kubeconfig <file>', `where to write the kubeconfig (default: ${defaultKubeconfig()})`)
    .option('--seed <number>', 'what everything random follows from', parseWhole('a seed', 0, 2 ** 32 - 1), 1)
    .option('--speed <factor>', 'virtual seconds per second, or max: always run until settled', parseSpeed, 1)
    .option('--insecure', 'plain HTTP: clients send no credentials, so everyone is the administrator')
    .option('--no-kubelet', 'leave the nodes out')
    .option('--no-scheduler', 'leave the scheduler out')
    .option('--admission <plugins>', 'the admission plugins to run, separated by commas')
    .option('--force', 'overwrite a kubeconfig that jotasu did not write')
    .action((flags: ServeFlags) => serve(flags));
}

async function serve(flags: ServeFlags): Promise<void> {
  const file = path.resolve(flags.kubeconfig ?? defaultKubeconfig());
  checkKubeconfig(file, flags.force === true);
  if (!Object.hasOwn(presets, flags.preset)) {
    throw new UnknownPreset(
      `there is no cluster preset "${flags.preset}"; there are: ${Object.keys(presets).join(', ')}`,
    );
  }
  const { seed, preset, speed } = flags;
  await loadSandbox();
  const cluster = new ServedCluster({
    cluster: { preset, seed, ...partsOf(flags) },
    speed,
    report: (actor, error) => process.stderr.write(`jotasu: a defect in ${actor}: ${describe(error)}\n`),
  });
  const token = adminToken(seed);
  const certificates = flags.insecure === true ? undefined : await makeCertificates();
  let door: HttpDoor;
  try {
    door = await openHttpDoor({ cluster, token, ...(certificates === undefined ? {} : { certificates }) }, flags.port);
  } catch (error) {
    cluster.close();
    throw new Error(portProblem(flags.port, error as NodeJS.ErrnoException));
  }
  const authority = certificates?.authority;
  const text = kubeconfigText({ server: door.url, token, ...(authority === undefined ? {} : { authority }) });
  try {
    writeKubeconfigFile(file, text);
    announce(flags, door.url, file);
    await interrupted();
  } finally {
    removeKubeconfigFile(file, text);
    cluster.close();
    await door.close();
  }
}

function partsOf({ kubelet, scheduler, admission }: ServeFlags) {
  const without: ('kubelet' | 'scheduler')[] = [];
  if (!kubelet) without.push('kubelet');
  if (!scheduler) without.push('scheduler');
  const plugins = admission?.split(',').map((name) => name.trim());
  return { without, ...(plugins === undefined ? {} : { admission: plugins.filter((name) => name !== '') }) };
}

function announce({ preset, seed, speed }: ServeFlags, url: string, file: string): void {
  process.stdout.write(
    [
      `Serving a Kubernetes v1.33 API at ${url} (preset ${preset}, seed ${seed}, speed ${speed}).`,
      '',
      `  export KUBECONFIG=${/^[\w./+-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`}`,
      '  kubectl get nodes',
      '',
      'Press Ctrl-C to stop. The cluster is gone then.',
      '',
    ].join('\n'),
  );
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function portProblem(port: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return `port ${port} is in use: choose another with --port, or --port 0 for any free one`;
  if (code === 'EACCES') return `port ${port} may not be used by you: choose one above 1023 with --port`;
  return `cannot listen on port ${port}: ${message}`;
}

function describe(error: unknown): string {
  const debug = process.env.JOTASU_DEBUG !== undefined;
  return error instanceof Error ? ((debug ? error.stack : undefined) ?? error.message) : String(error);
}
