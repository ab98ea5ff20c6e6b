import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectls, type Kubectl } from './find-kubectl.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const all = findKubectls();
/** The newest and the oldest; every one with JOTASU_ALL_KUBECTL=1. */
const tried =
  process.env.JOTASU_ALL_KUBECTL === '1' ? all : [...new Set([all[0], all.at(-1)])].filter((one) => one !== undefined);

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: 1
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: "nginx:1.27" }]
`;

/** `jotasu serve` in a process of its own, as a user starts it. */
async function serve(folder: string): Promise<{ kubeconfig: string; stop(): void }> {
  const kubeconfig = join(folder, 'config');
  const child = spawn(
    process.execPath,
    ['cli/main.ts', 'serve', '--preset', 'three-workers', '--port', '0', '--kubeconfig', kubeconfig, '--speed', '20'],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('Press Ctrl-C')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`jotasu serve ended with ${code}: ${text}`)));
  });
  return { kubeconfig, stop: () => child.kill('SIGTERM') };
}

describe.each(tried)('kubectl $version on a served cluster', ({ path }: Kubectl) => {
  const folder = mkdtempSync(join(tmpdir(), 'jotasu-kubectl-'));
  let served: Awaited<ReturnType<typeof serve>>;

  const kubectl = (args: string, input?: string): string =>
    execFileSync(path, args.split(' '), {
      encoding: 'utf8',
      timeout: 60_000,
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: served.kubeconfig },
      ...(input === undefined ? {} : { input }),
    });
  const refused = (args: string): string => {
    try {
      kubectl(args);
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
    throw new Error(`kubectl ${args} succeeded`);
  };

  beforeAll(async () => {
    served = await serve(folder);
    writeFileSync(join(folder, 'api.yaml'), MANIFEST);
  });
  afterAll(() => {
    served.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('talks to a v1.33 server', () => {
    // 1.27 prints whole structures.
    expect(kubectl('version')).toMatch(/Server Version: (v1\.33\.|.*GitVersion:"v1\.33\.)/);
    expect(kubectl('api-resources')).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
  });

  it('sees nodes and the pods of the control plane', () => {
    expect(kubectl('get nodes').trimEnd().split('\n')).toHaveLength(5);
    expect(kubectl('get pods -n kube-system -o name')).toContain('pod/kube-apiserver-control-plane');
    expect(kubectl('get nodes -o jsonpath={.items[*].metadata.name}')).toBe('control-plane worker-1 worker-2 worker-3');
    expect(JSON.parse(kubectl('get node worker-1 -o json')).status.nodeInfo.kubeletVersion).toMatch(/^v1\.33\./);
    expect(kubectl('get ns default -o yaml')).toContain('name: default');
    expect(kubectl('get pods -A -o wide')).toContain('NOMINATED NODE');
  });

  it('creates, waits for, scales, labels and describes a Deployment', () => {
    expect(kubectl('create deployment web --image=nginx:1.27')).toBe('deployment.apps/web created\n');
    expect(kubectl('rollout status deployment/web --timeout=60s')).toContain('successfully rolled out');
    expect(kubectl('scale deployment web --replicas=3')).toBe('deployment.apps/web scaled\n');
    expect(kubectl('wait --for=jsonpath={.status.readyReplicas}=3 deployment/web --timeout=60s')).toContain(
      'condition met',
    );
    expect(kubectl('label deployment web tier=front')).toBe('deployment.apps/web labeled\n');
    expect(kubectl('annotate deployment web note=hello')).toMatch(/^deployment\.apps\/web annotated?\n$/);
    const described = kubectl('describe deployment web');
    expect(described).toContain('3 desired | 3 updated | 3 total | 3 available | 0 unavailable');
    expect(described).toContain('Scaled up replica set web-');
    expect(kubectl('get events --field-selector reason=Scheduled')).toContain('Successfully assigned default/web-');
    expect(kubectl('explain deployment.spec.replicas')).toContain('Number of desired pods');
  });

  it('applies a manifest: created, unchanged, configured', () => {
    expect(kubectl('apply -f api.yaml')).toBe('deployment.apps/api created\n');
    expect(kubectl('apply -f api.yaml')).toBe('deployment.apps/api unchanged\n');
    expect(kubectl('apply -f -', MANIFEST.replace('replicas: 1', 'replicas: 2'))).toBe(
      'deployment.apps/api configured\n',
    );
    expect(kubectl('get deployment api -o jsonpath={.spec.replicas}')).toBe('2');
    expect(kubectl('apply --server-side --force-conflicts -f api.yaml')).toBe(
      'deployment.apps/api serverside-applied\n',
    );
  });

  it('reads logs, and runs a command in a container', () => {
    expect(kubectl('logs deployment/web')).toContain('start worker process');
    expect(kubectl('exec deployment/web -- sh -c hostname')).toMatch(/^web-/);
    expect(kubectl('exec -i deployment/web -- tr a-z A-Z', 'through the wire\n')).toBe('THROUGH THE WIRE\n');
    expect(refused('exec deployment/web -- false')).toContain('command terminated with exit code 1');
  });

  it('copies a file into a container and back', () => {
    const pod = kubectl('get pods -l app=web -o jsonpath={.items[0].metadata.name}');
    kubectl(`cp api.yaml ${pod}:/tmp/copied.yaml`);
    kubectl(`cp ${pod}:/tmp/copied.yaml back.yaml`);
    expect(readFileSync(join(folder, 'back.yaml'), 'utf8')).toBe(MANIFEST);
  });

  it('forwards a port', async () => {
    const forward = spawn(path, ['port-forward', 'deployment/web', ':80'], {
      cwd: folder,
      env: { ...process.env, KUBECONFIG: served.kubeconfig, HOME: folder },
    });
    try {
      const port = await new Promise<string>((resolve, reject) => {
        forward.stdout.on('data', (data: Buffer) => {
          const found = /127\.0\.0\.1:(\d+) -> 80/.exec(data.toString());
          if (found !== null) resolve(found[1]!);
        });
        forward.stderr.on('data', (data: Buffer) => reject(new Error(data.toString())));
      });
      const answers = await Promise.all(
        ['/', '/absent'].map((where) =>
          fetch(`http://127.0.0.1:${port}${where}`, { headers: { connection: 'close' } }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 404]);
      expect(await answers[0]!.text()).toContain('Welcome to nginx!');
    } finally {
      forward.kill();
    }
  });

  it('asks who it is and what it may do', () => {
    expect(kubectl('auth can-i delete nodes')).toBe('yes\n');
    expect(refused('get pods --as=someone')).toContain('pods is forbidden: User "someone" cannot list resource "pods"');
  });

  it('is told what is wrong, as by a real server', () => {
    expect(refused('get pod nothing')).toBe('Error from server (NotFound): pods "nothing" not found\n');
    expect(refused('get nothings')).toContain('the server doesn\'t have a resource type "nothings"');
    expect(refused('create deployment web --image=nginx')).toContain('deployments.apps "web" already exists');
    expect(refused('create deployment Bad_Name --image=nginx')).toContain('metadata.name: Invalid value: "Bad_Name"');
  });

  it('deletes, and what was owned goes too', () => {
    expect(kubectl('delete deployment web api')).toContain('deployment.apps "web" deleted');
    kubectl('wait --for=delete pod -l app=web --timeout=120s');
    expect(kubectl('get pods -o name')).toBe('');
  });
});
