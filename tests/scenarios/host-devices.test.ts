import { expect, test } from 'vitest';
import { desk } from './desk.ts';

const pod = (name: string, volumes: Readonly<Record<string, string>>) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  nodeName: worker-1
  volumes:
${Object.entries(volumes)
  .map(([path, type], at) => `  - { name: v${at}, hostPath: { path: ${path}, type: ${type} } }\n`)
  .join('')}  containers:
  - name: c
    image: busybox:1.36
    command: [sleep, "100000"]
    volumeMounts:
${Object.keys(volumes)
  .map((_path, at) => `    - { name: v${at}, mountPath: /v${at} }\n`)
  .join('')}`;

test("hostPath volumes of the types CharDevice, BlockDevice and Socket find the node's devices and containerd's socket", async () => {
  const { shell } = desk('one-worker', {
    'found.yaml': pod('found', {
      '/dev/null': 'CharDevice',
      '/dev/vda': 'BlockDevice',
      '/run/containerd/containerd.sock': 'Socket',
      '/var/run/containerd': 'Directory',
    }),
    'wrong.yaml': pod('wrong', {
      '/dev/vda': 'CharDevice',
      '/dev/sdz': 'BlockDevice',
      '/var/run/docker.sock': 'Socket',
    }),
  });
  const run = async (line: string) => {
    const { stdout, stderr } = await shell.run(line);
    return stdout + stderr;
  };
  await run('kubectl apply -f found.yaml -f wrong.yaml; sleep 30');
  expect(await run("kubectl exec found -- sh -c 'test -c /v0 && test -b /v1 && test -S /v2 && ls -l /v1 /v3'")).toMatch(
    /^brw-rw---- .* \/v1\n\n?\/v3:\ntotal 0\nsrw-rw---- .* containerd\.sock\n$/,
  );
  const events = await run('kubectl describe pod wrong');
  for (const why of [
    '/dev/vda is not a character device',
    '/dev/sdz is not a block device',
    '/var/run/docker.sock is not a socket',
  ])
    expect(events).toContain(`hostPath type check failed: ${why}\n`);
  shell.close();
});
