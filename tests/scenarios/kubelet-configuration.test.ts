import { beforeAll, expect, test } from 'vitest';
import { SECOND } from '../../sim-core/engine/index.ts';
import { desk } from './desk.ts';

/** What the kubelet makes of its files whenever it starts: /var/lib/kubelet/config.yaml and /etc/kubernetes/kubelet.conf. */

const CONFIG = '/var/lib/kubelet/config.yaml';
const KUBECONFIG = '/etc/kubernetes/kubelet.conf';
const ON_WORKER = `--overrides='{"spec":{"nodeName":"worker-1"}}'`;

const own = desk('one-worker');
const { engine, shell } = own;
engine.onFault = (actor, error) => {
  throw new Error(`${actor}: ${String(error)}`);
};
const run = async (line: string) => (await own.run(line)).trim();
const wait = (seconds: number) => engine.runUntil(engine.now + seconds * SECOND);
const onNode = (line: string) => run(`ssh worker-1 "${line.replaceAll('"', '\\"')}"`);
const ready = async () => (await run('kubectl get nodes --no-headers')).match(/^worker-1 +(\S+)/m)?.[1] ?? 'none';
/** kubeadm's configuration with lines of one's own, and the kubelet started with it. */
const configure = async (lines: string) => {
  await run(`{ ssh worker-1 cat /root/config.yaml; cat <<'EOF'\n${lines}\nEOF\n} | ssh worker-1 'cat > ${CONFIG}'`);
  await onNode('systemctl restart kubelet');
  wait(3);
};
const journal = async (lines = 3) => await onNode(`journalctl -u kubelet -n ${lines}`);
const ofNode = (path: string) => run(`kubectl get node worker-1 -o jsonpath='{${path}}'`);

beforeAll(async () => {
  await onNode(`cp ${CONFIG} ${KUBECONFIG} /root`);
  return () => shell.close();
});

test('without its configuration the kubelet ends, systemd tries again, and comes through once the file is back', async () => {
  await onNode(`mv ${CONFIG} /root/away`);
  // A kubelet that runs has read it already.
  wait(60);
  expect(await ready()).toBe('Ready');
  await onNode('systemctl restart kubelet');
  wait(25);
  const status = await onNode('systemctl status kubelet');
  expect(status).toContain('Active: activating (auto-restart) (Result: exit-code) since');
  expect(status).toContain('Main PID: 812 (code=exited, status=1/FAILURE)');
  expect(status).toContain('restart counter is at 2.');
  expect(status).toMatch(
    /E0105 \S+ +812 run.go:72\] "command failed" err="failed to load kubelet config file, path: \/var\/lib\/kubelet\/config.yaml, error: failed to load Kubelet config file \/var\/lib\/kubelet\/config.yaml, error failed to read kubelet config file \\"\/var\/lib\/kubelet\/config.yaml\\", error: open \/var\/lib\/kubelet\/config.yaml: no such file or directory"/,
  );
  expect(await onNode('systemctl is-active kubelet')).toBe('activating');
  wait(40);
  expect(await ready()).toBe('NotReady');
  // A cluster with a kubelet that goes on failing comes to rest all the same.
  expect(engine.settle()).toBe('settled');
  await onNode(`mv /root/away ${CONFIG}`);
  wait(12);
  expect(await onNode('systemctl is-active kubelet')).toBe('active');
  expect(await ready()).toBe('Ready');
});

test('a wrong certificate authority, or what cannot be reserved, ends it too', async () => {
  await onNode(`sed -i s/ca.crt/WRONG-CA-FILE.crt/ ${CONFIG}; systemctl restart kubelet`);
  expect(await journal()).toContain(
    'err="failed to construct kubelet dependencies: unable to load client CA file /etc/kubernetes/pki/WRONG-CA-FILE.crt: open /etc/kubernetes/pki/WRONG-CA-FILE.crt: no such file or directory"',
  );
  await configure('kubeReserved: {cpu: "100"}');
  expect(await journal()).toContain('"Failed to start ContainerManager" err="invalid Node Allocatable configuration.');
  await configure('');
  expect(await ready()).toBe('Ready');
});

test('maxPods and what is reserved make the node smaller', async () => {
  await configure(
    'maxPods: 4\nkubeReserved: {cpu: 250m, memory: 512Mi}\nsystemReserved: {cpu: 250m}\nevictionHard: {memory.available: 512Mi}',
  );
  const cpu = Number(await ofNode('.status.capacity.cpu'));
  const memory = Number.parseInt(await ofNode('.status.capacity.memory'), 10);
  expect(await ofNode('.status.allocatable.cpu')).toBe(`${cpu * 1000 - 500}m`);
  expect(await ofNode('.status.allocatable.memory')).toBe(`${memory - 1024 * 1024}Ki`);
  expect(await ofNode('.status.capacity.pods')).toBe('4');
  for (const name of ['a', 'b', 'c', 'd']) await run(`kubectl run ${name} --image=nginx ${ON_WORKER}`);
  wait(5);
  expect(await run('kubectl get pod d --no-headers')).toMatch(/^d +0\/1 +OutOfpods /);
  await run('kubectl delete pod a b c d --now');
  await configure('');
  expect(await ofNode('.status.allocatable.pods')).toBe('110');
});

test('new pods get the DNS of the new configuration', async () => {
  await configure('clusterDomain: corp.example');
  await run(`kubectl run names --image=busybox ${ON_WORKER} -- sleep 1000`);
  wait(5);
  expect(await run('kubectl exec names -- cat /etc/resolv.conf')).toContain(
    'search default.svc.corp.example svc.corp.example corp.example',
  );
  await onNode(`sed -i '/^- 10/d; s/clusterDNS:/&\\ []/' ${CONFIG}; systemctl restart kubelet`);
  await run(`kubectl run nameless --image=busybox ${ON_WORKER} -- sleep 1000`);
  wait(5);
  expect(await run('kubectl exec nameless -- cat /etc/resolv.conf')).toBe('nameserver 10.0.0.2');
  expect(await run('kubectl describe pod nameless')).toMatch(
    /Warning +MissingClusterDNS .*pod: "nameless_default\([-0-9a-f]+\)". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy./,
  );
  await run('kubectl delete pod nameless --now');
});

test('a soft threshold makes the condition at once, and evicts after its grace period', async () => {
  await configure(
    'evictionSoft: {memory.available: 99%}\nevictionSoftGracePeriod: {memory.available: 30s}\nevictionMaxPodGracePeriod: 5\nevictionPressureTransitionPeriod: 20s',
  );
  wait(10);
  const pressure = '.status.conditions[?(@.type=="MemoryPressure")].status';
  expect(await ofNode(pressure)).toBe('True');
  expect(await run('kubectl get pod names --no-headers')).toContain('Running');
  wait(40);
  expect(await run("kubectl get pod names -o jsonpath='{.status.reason}'")).toBe('Evicted');
  await configure('');
  wait(30);
  expect(await ofNode(pressure)).toBe('False');
  await run('kubectl delete pod names');
});

test('a sysctl that the node allows as an unsafe one', async () => {
  const unsafe = `kubectl run unsafe --image=busybox --overrides='{"spec":{"nodeName":"worker-1","securityContext":{"sysctls":[{"name":"net.core.somaxconn","value":"1024"}]}}}' -- sleep 1000`;
  await run(unsafe);
  wait(3);
  expect(await run('kubectl get pod unsafe --no-headers')).toContain('SysctlForbidden');
  await run('kubectl delete pod unsafe');
  await configure('allowedUnsafeSysctls: ["net.core.*"]');
  await run(unsafe);
  wait(3);
  expect(await run('kubectl exec unsafe -- sysctl -n net.core.somaxconn')).toBe('1024');
  await run('kubectl delete pod unsafe --now');
});

test('with shutdownGracePeriod the pods end in good order before the machine restarts', async () => {
  await configure('shutdownGracePeriod: 30s\nshutdownGracePeriodCriticalPods: 10s');
  await run(`kubectl run stubborn --image=busybox ${ON_WORKER} -- sleep 1000`);
  await run(`kubectl run gentle --image=nginx ${ON_WORKER}`);
  wait(3);
  await onNode('reboot');
  wait(8);
  // The machine waits for the pod that does not listen: for 20 seconds.
  expect(await run("kubectl get pod gentle -o jsonpath='{.status.reason}: {.status.message}'")).toBe(
    'Terminated: Pod was terminated in response to imminent node shutdown.',
  );
  expect(await run("kubectl get pod stubborn -o jsonpath='{.status.phase}'")).toBe('Running');
  expect(await run('kubectl get pods -n kube-system -o wide')).toMatch(/kube-proxy-\w+ +1\/1 +Running .* worker-1/);
  expect(await ready()).toBe('NotReady');
  wait(70);
  expect(await run("kubectl get pod stubborn -o jsonpath='{.status.phase}'")).toBe('Failed');
  expect(await ready()).toBe('Ready');
  await run('kubectl delete pod stubborn gentle');
});

test('a node that does not register itself stays away once it is deleted', async () => {
  await configure('registerNode: false');
  await run('kubectl delete node worker-1');
  wait(60);
  expect(await ready()).toBe('none');
  await configure('');
  wait(5);
  expect(await ready()).toBe('Ready');
});

test('ports are where the configuration says', async () => {
  await configure('port: 11250\nhealthzPort: 11248');
  expect(await ofNode('.status.daemonEndpoints.kubeletEndpoint.Port')).toBe('11250');
  expect(await onNode('curl -s localhost:11248/healthz')).toBe('ok');
  expect(await onNode('curl -sk https://localhost:11250/pods')).toBe('Unauthorized');
  await configure('');
});

test('static pods come from another folder, or not at all', async () => {
  const manifest =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: fixed }\nspec: { containers: [{ name: c, image: nginx }] }';
  await run(`ssh worker-1 'mkdir -p /opt/pods; cat > /opt/pods/fixed.yaml' <<'EOF'\n${manifest}\nEOF`);
  await onNode(`sed -i s#/etc/kubernetes/manifests#/opt/pods# ${CONFIG}; systemctl restart kubelet`);
  wait(5);
  expect(await run('kubectl get pod fixed-worker-1 --no-headers')).toContain('Running');
  // Written there, it is seen at once.
  await onNode('rm /opt/pods/fixed.yaml');
  wait(5);
  expect(await run('kubectl get pod fixed-worker-1')).toContain('not found');
  await onNode(`sed -i s#/opt/pods#/opt/nowhere# ${CONFIG}; systemctl restart kubelet`);
  wait(1);
  expect(await journal(1)).toContain(
    'file_linux.go:61] "Unable to read config path" err="path does not exist, ignoring" path="/opt/nowhere"',
  );
  await configure('');
});

test('a kubeconfig that leads nowhere: the kubelet runs, and the node is lost', async () => {
  await onNode(`sed -i s/6443/6553/ ${KUBECONFIG}; systemctl restart kubelet`);
  wait(60);
  expect(await onNode('systemctl is-active kubelet')).toBe('active');
  expect(await ready()).toBe('NotReady');
  const said = await onNode('journalctl -u kubelet');
  const refused = 'dial tcp 10.0.0.10:6553: connect: connection refused';
  expect(said).toContain(
    String.raw`"Unable to register node with API server" err="Post \"https://10.0.0.10:6553/api/v1/nodes\": ${refused}" node="worker-1"`,
  );
  expect(said).toContain('"Failed to ensure lease exists, will retry" err="Get ');
  expect(said).toContain('failed to list *v1.Pod: Get ');
  await onNode(`cp /root/kubelet.conf ${KUBECONFIG}; systemctl restart kubelet`);
  wait(8);
  expect(await ready()).toBe('Ready');
  // Any name will do that the machine knows.
  await onNode(`echo 10.0.0.10 api.example >> /etc/hosts; sed -i s/10.0.0.10/api.example/ ${KUBECONFIG}`);
  await onNode('systemctl restart kubelet');
  wait(50);
  expect(await ready()).toBe('Ready');
});

test.each([
  ['rm FILE', ''],
  [
    'sed -i s/^kind.*/kind/ FILE',
    String.raw`error loading config file \"FILE\": yaml: line 14: could not find expected ':'`,
  ],
  ['sed -i s/current-context:.*/current-context:\\ x/ FILE', String.raw`context \"x\" does not exist`],
  [
    'sed -i /client-key/d\\;s/client-current/client/ FILE',
    'invalid configuration: unable to read client-cert /var/lib/kubelet/pki/kubelet-client.pem for system:node:worker-1 due to open /var/lib/kubelet/pki/kubelet-client.pem: no such file or directory',
  ],
])('a kubeconfig of no use ends the kubelet: %s', async (damage, why) => {
  await onNode(`cp /root/kubelet.conf ${KUBECONFIG}`);
  await run(`ssh worker-1 "${damage.replaceAll('FILE', KUBECONFIG)}"; ssh worker-1 systemctl restart kubelet`);
  const said = await journal(4);
  expect(said).toContain(
    '"command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"',
  );
  expect(said).toContain(why.replaceAll('FILE', KUBECONFIG));
  await onNode(`cp /root/kubelet.conf ${KUBECONFIG}`);
  wait(15);
  expect(await ready()).toBe('Ready');
});
