import { expect, test } from 'vitest';
import { Directory } from '../../images/file-node.ts';
import type { ContainerConfig } from '../cri/container.ts';
import type { LinuxContainerSecurityContext } from '../cri/linux.ts';
import { TestNode } from './testing.ts';

const sleep = { command: ['sleep', '3600'] };

function statusOf(securityContext?: LinuxContainerSecurityContext): Record<string, string> {
  const node = new TestNode();
  const id = node.start('busybox', { ...sleep, ...(securityContext === undefined ? {} : { securityContext }) });
  const { stdout } = node.run(node.runtime.execSync(id, ['cat', '/proc/1/status'], 0));
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/:\t/) as [string, string]));
}

test.each<[string, LinuxContainerSecurityContext | undefined, string, string]>([
  ['as containerd has it', undefined, '00000000a80425fb', '00000000a80425fb'],
  ['with two more', { addCapabilities: ['NET_ADMIN', 'SYS_TIME'] }, '00000000aa0435fb', '00000000aa0435fb'],
  [
    'with none but one',
    { dropCapabilities: ['ALL'], addCapabilities: ['CAP_CHOWN'] },
    '0'.repeat(15) + 1,
    '0'.repeat(15) + 1,
  ],
  ['privileged', { privileged: true }, '000001ffffffffff', '000001ffffffffff'],
  ['of another user', { runAsUser: 1000 }, '0'.repeat(16), '00000000a80425fb'],
])('/proc/1/status tells the capabilities of a container %s', (_name, context, effective, bounding) => {
  expect(statusOf(context)).toMatchObject({ CapPrm: effective, CapEff: effective, CapBnd: bounding });
});

test('/proc/1/status tells who runs, and what is forbidden', () => {
  expect(
    statusOf({ runAsUser: 7, runAsGroup: 8, supplementalGroups: [3], allowPrivilegeEscalation: false }),
  ).toMatchObject({
    Name: 'sleep',
    Uid: '7\t7\t7\t7',
    Gid: '8\t8\t8\t8',
    Groups: '3 8',
    NoNewPrivs: '1',
    Seccomp: '0',
  });
  expect(statusOf({ seccomp: 'RuntimeDefault' }).Seccomp).toBe('2');
});

test('/proc/<pid>/root shows the files of a container that shares its processes, and find does not follow it', () => {
  const node = new TestNode();
  const shared = {
    metadata: { name: 'both', namespace: 'default', uid: 'u', attempt: 0 },
    namespaces: { pid: 'POD' } as const,
  };
  const sandboxId = node.run(node.runtime.runPodSandbox({ ...shared, hostname: 'both' }));
  const start = (name: string, image: string, config: Partial<ContainerConfig>) =>
    node.run(
      (function* () {
        yield* node.images.pullImage({ image });
        const id = yield* node.runtime.createContainer(sandboxId, {
          metadata: { name, attempt: 0 },
          image: { image },
          ...config,
        });
        yield* node.runtime.startContainer(id);
        return id;
      })(),
    );
  start('web', 'nginx', {});
  const id = start('shell', 'busybox', sleep);
  const run = (script: string) => node.run(node.runtime.execSync(id, ['sh', '-c', script], 0)).stdout;
  expect(run('head -1 /proc/2/root/etc/nginx/nginx.conf')).toBe('user  nginx;\n');
  expect(run('find /proc -name nginx.conf')).toBe('');
});

test('runc makes the working directory, and does not put a directory where the image has a file', () => {
  const node = new TestNode();
  const id = node.start('busybox', { ...sleep, workingDir: '/a/b' });
  expect(node.run(node.runtime.execSync(id, ['sh', '-c', 'pwd; ls -d /a/b'], 0)).stdout).toBe('/a/b\n/a/b\n');
  const mounts = [{ containerPath: '/etc/passwd', hostPath: '/var/x', open: () => new Directory() }];
  expect(() => node.start('busybox', { ...sleep, mounts })).toThrow(
    /error mounting "\/var\/x" to rootfs at "\/etc\/passwd": create mountpoint for \/etc\/passwd mount: cannot create subdirectories in "\/run\/containerd\/.*\/rootfs\/etc\/passwd": not a directory: unknown$/,
  );
});

test('/proc/1 tells how gladly the kernel kills it, and that its cgroup is the root of those it sees', () => {
  const node = new TestNode();
  const id = node.start('busybox', { ...sleep, resources: { oomScoreAdj: -997 } });
  const { stdout } = node.run(node.runtime.execSync(id, ['cat', '/proc/1/oom_score_adj', '/proc/1/cgroup'], 0));
  expect(stdout).toBe('-997\n0::/\n');
});
