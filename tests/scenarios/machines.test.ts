import { beforeAll, expect, test } from 'vitest';
import { SECOND } from '../../sim-core/engine/index.ts';
import { desk } from './desk.ts';

/** What an administrator sees on a machine: the processes of containers, their namespaces, the disk. */

const CACHE = `apiVersion: v1
kind: Pod
metadata: { name: cache }
spec:
  containers:
    - name: main
      image: busybox
      command: [sh, -c, "dd if=/dev/zero of=/cache/a bs=1M count=20; cat /sys/fs/cgroup/memory.current; rm /cache/a; cat /sys/fs/cgroup/memory.current; sleep 20; dd if=/dev/zero of=/cache/b bs=1M count=80; sleep 1000"]
      resources: { limits: { memory: 64Mi } }
      volumeMounts: [{ name: cache, mountPath: /cache }]
  volumes: [{ name: cache, emptyDir: { medium: Memory } }]
`;

const SHARED = `apiVersion: v1
kind: Pod
metadata: { name: shared }
spec:
  shareProcessNamespace: true
  containers:
    - { name: web, image: nginx }
    - { name: side, image: busybox, command: [sleep, "1000"] }
`;

const own = desk('one-worker', { 'cache.yaml': CACHE, 'shared.yaml': SHARED });
const { engine, shell } = own;
engine.onFault = (actor, error) => {
  throw new Error(`${actor}: ${String(error)}`);
};
const run = async (line: string) => (await own.run(line)).trim();
const wait = (seconds: number) => engine.runUntil(engine.now + seconds * SECOND);

beforeAll(async () => {
  await run('kubectl apply -f cache.yaml; kubectl create deployment web --image=nginx --replicas=2');
  wait(15);
  return () => shell.close();
});

test('memory that a container writes to a tmpfs is its own, up to its limit', async () => {
  const [before = 0, after = 0] = (await run('kubectl logs cache')).match(/^\d+$/gm)!.map(Number);
  expect(before - after).toBe(20 * 1024 ** 2);
  expect(await run('kubectl exec cache -- df -h /cache')).toMatch(/^tmpfs +64\.0M +0 +64\.0M +0% \/cache$/m);
  wait(20);
  expect(
    await run("kubectl get pod cache -o jsonpath='{.status.containerStatuses[0].lastState.terminated.reason}'"),
  ).toBe('OOMKilled');
});

test('ps shows daemons and the processes of all containers, with PIDs that crictl, nsenter and kill know', async () => {
  const all = await run('ssh worker-1 ps -ef');
  expect(all).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD$/m);
  expect(all).toMatch(/^root +812 +1 .* \/usr\/bin\/kubelet /m);
  const pids = (await run('ssh worker-1 ps -C nginx -o pid --no-headers')).split(/\s+/);
  expect(pids).toHaveLength(2);
  // A container sees its own processes alone, and counts them from 1.
  expect(await run('kubectl exec cache -- ps')).toMatch(/^ +1 root +0:00 sh -c/m);
  expect(await run('kubectl exec cache -- ps')).not.toContain('nginx');

  const name = await run(`ssh worker-1 nsenter -t ${pids[0]} -m cat /etc/hostname`);
  const id = await run(`ssh worker-1 crictl ps -q --name nginx --pod $(ssh worker-1 crictl pods -q --name ${name})`);
  expect(JSON.parse(await run(`ssh worker-1 crictl inspect ${id}`)).info.pid).toBe(Number(pids[0]));
  const ip = await run(`kubectl get pod ${name} -o jsonpath='{.status.podIP}'`);
  expect(await run(`ssh worker-1 nsenter -t ${pids[0]} -n ip addr show eth0`)).toContain(`inet ${ip}/24`);
  expect(await run('ssh worker-1 nsenter -t 4000 -n ip addr')).toContain('No such file or directory');

  await run(`ssh worker-1 kill -9 ${pids[0]}`);
  wait(3);
  expect(await run(`kubectl get pod ${name} -o jsonpath='{.status.containerStatuses[0].restartCount}'`)).toBe('1');
});

test('a kubelet that is killed is started again by systemd, and its pods do not notice', async () => {
  const restarts = "kubectl get pods -l app=web -o jsonpath='{.items[*].status.containerStatuses[0].restartCount}'";
  const before = await run(restarts);
  await run('ssh worker-1 kill -9 812');
  wait(15);
  expect(await run('ssh worker-1 systemctl is-active kubelet')).toBe('active');
  wait(30);
  expect(await run(restarts)).toBe(before);
});

test('what is written on a machine fills its disk, and the kubelet evicts', async () => {
  expect(await run('ssh worker-1 df -h')).toMatch(/^\/dev\/vda1 +100\.0G +4\.\dG +95\.\dG +5% \/$/m);
  await run('ssh worker-1 dd if=/dev/zero of=/big bs=1G count=90');
  wait(40);
  expect(await run('ssh worker-1 df /')).toMatch(/ 95% \/$/m);
  const condition = `kubectl get node worker-1 -o jsonpath='{.status.conditions[?(@.type=="DiskPressure")].status}'`;
  expect(await run(condition)).toBe('True');
  expect(await run("kubectl get pods -o jsonpath='{.items[*].status.reason}'")).toContain('Evicted');
  await run('ssh worker-1 rm /big');
  wait(400);
  expect(await run(condition)).toBe('False');
});

test('a pod with the machine’s files works on the machine', async () => {
  expect(await run('kubectl debug deploy/web --image=busybox --profile=general')).toBe(
    'error: "apps/v1, Kind=Deployment" not supported by debug',
  );
  const debug = 'kubectl debug node/worker-1 --image=busybox -it --profile=sysadmin --';
  expect(await run(`${debug} chroot /host cat /etc/hostname`)).toMatch(/^worker-1$/m);
  expect(await run(`${debug} chroot /host sh -c 'crictl ps; systemctl is-active kubelet'`)).toMatch(
    /coredns[\s\S]*^active$/m,
  );
  expect(await run(`${debug} chroot /nowhere ls`)).toContain(
    "chroot: can't change root directory to '/nowhere': No such file or directory",
  );
});

test('containers that share their processes see each other, and the pause process', async () => {
  await run('kubectl apply -f shared.yaml');
  wait(15);
  const seen = await run('kubectl exec shared -c side -- ps');
  expect(seen).toMatch(/^ +1 .* \/pause$/m);
  expect(seen).toContain('nginx -g daemon off;');
  expect(seen).toContain('sleep 1000');
});

test('a kubelet that does not answer is told of as the API server hears of it', async () => {
  await run('kubectl run quiet --image=nginx --overrides=\'{"spec":{"nodeName":"worker-1"}}\'');
  await run('kubectl run missing --image=nope:1');
  wait(15);
  expect(await run('kubectl exec missing -- ls')).toBe(
    'error: Internal error occurred: unable to upgrade connection: container not found ("missing")',
  );
  await run('ssh worker-1 systemctl stop kubelet');
  const address = await run("kubectl get pod quiet -o jsonpath='{.status.hostIP}'");
  const refused = `dial tcp ${address}:10250: connect: connection refused`;
  expect(await run('kubectl logs quiet')).toBe(
    `Error from server: Get "https://${address}:10250/containerLogs/default/quiet/quiet": ${refused}`,
  );
  expect(await run('kubectl exec quiet -- ls -l')).toBe(
    `error: Internal error occurred: error sending request: Post "https://${address}:10250/exec/default/quiet/quiet?command=ls&command=-l&error=1&output=1": ${refused}`,
  );
  await run('ssh worker-1 systemctl start kubelet');
});
