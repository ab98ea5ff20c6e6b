import { afterEach, expect, test } from 'vitest';
import { desk } from './desk.ts';

let shell: ReturnType<typeof desk>['shell'];
afterEach(() => shell.close());

/** A cluster, and what a component's last container wrote a minute after `sed` has changed its manifest. */
function cluster() {
  const own = desk('one-worker');
  const { run } = own;
  shell = own.shell;
  const edited = async (component: string, from: string, to: string) => {
    const file = `/etc/kubernetes/manifests/${component}.yaml`;
    await run(
      `ssh control-plane 'test -e /root/${component}.yaml || cp ${file} /root/; sed "s|${from}|${to}|" /root/${component}.yaml > ${file}'`,
    );
    await run('sleep 60');
    return run(`ssh control-plane 'crictl logs $(crictl ps -a -q --name ${component} | head -1)'`);
  };
  return { run, edited };
}

test('kube-apiserver does not start with a flag, a value or a file that makes no sense, and says why', async () => {
  const { run, edited } = cluster();
  const flag = (to: string) => edited('kube-apiserver', '--secure-port=6443', to);
  expect(await flag('--secure-prt=6443')).toBe('Error: unknown flag: --secure-prt\n');
  expect(await run('kubectl get pods')).toBe(
    'The connection to the server 10.0.0.10:6443 was refused - did you specify the right host or port?\n',
  );
  expect(await run('ssh control-plane crictl ps -a --name kube-apiserver')).toContain('Exited');
  expect(await flag('--secure-port=abc')).toBe(
    'Error: invalid argument "abc" for "--secure-port" flag: strconv.ParseInt: parsing "abc": invalid syntax\n',
  );
  expect(await flag('secure')).toBe('Error: "kube-apiserver" does not take any arguments, got ["secure"]\n');
  expect(await flag('--client-ca-file=/nope')).toMatch(
    /server\.go:149\] "Golang settings".*\nE.* 1 run\.go:72\] "command failed" err="open \/nope: no such file or directory"\n$/,
  );
  expect(await edited('kube-apiserver', 'Node,RBAC', 'Node,RABC')).toMatch(
    / 1 run\.go:72\] "command failed" err="authorization-mode \\"RABC\\" is not a valid mode"\n$/,
  );
  expect(await edited('kube-apiserver', '127.0.0.1:2379', '127.0.0.1:2380')).toContain(
    'dial tcp 127.0.0.1:2380: connect: connection refused',
  );
  // What a flag of kubeadm's own means does not matter for starting.
  await flag('--secure-port=6443\\n    - --profiling=false\\n    - --v=4');
  await run('sleep 60');
  expect(await run('kubectl get --raw /livez')).toBe('ok');
});

test('kube-scheduler prints how it is used before it says which flag is wrong, and misses its kubeconfig', async () => {
  const { run, edited } = cluster();
  expect(await edited('kube-scheduler', '--leader-elect=true', '--leader-elekt=true')).toBe(
    'Usage:\n  kube-scheduler [flags]\n\nError: unknown flag: --leader-elekt\n',
  );
  expect(await run('kubectl get pod -n kube-system kube-scheduler-control-plane')).toContain('CrashLoopBackOff');
  // Its events are those of the static pod.
  expect(await run('kubectl describe pod -n kube-system kube-scheduler-control-plane')).toMatch(
    /Warning +BackOff .* Back-off restarting failed container kube-scheduler in pod kube-scheduler-control-plane_kube-system\(/,
  );
  expect(await edited('kube-scheduler', '--leader-elect=true', '--kubeconfig=/etc/kubernetes/sched.conf')).toMatch(
    /"command failed" err="stat \/etc\/kubernetes\/sched\.conf: no such file or directory"\n$/,
  );
  expect(await edited('kube-controller-manager', '--leader-elect=true', '--client-ca-file=/ca.crt')).toMatch(
    /"command failed" err="unable to load client CA provider: open \/ca\.crt: no such file or directory"\n$/,
  );
});

test("etcd's flags are those of Go's own package", async () => {
  const { run, edited } = cluster();
  expect(await edited('etcd', '--data-dir', '--datadir')).toMatch(
    /^flag provided but not defined: -datadir\nUsage:\n\n {2}etcd \[flags\]\n {4}Start an etcd server\.\n/,
  );
  expect(await run("ssh control-plane 'crictl inspect $(crictl ps -a -q --name etcd | head -1)'")).toContain(
    '"exitCode": 2',
  );
  expect(await edited('etcd', 'https://10.0.0.10:2379', '10.0.0.10:2379')).toMatch(
    /^invalid value "10\.0\.0\.10:2379" for flag -advertise-client-urls: URL scheme must be http, https, unix, or unixs: 10/,
  );
  expect(await edited('etcd', '--name=', '--cert-file=/nope/')).toContain(
    '"msg":"discovery failed","error":"open /nope/control-plane: no such file or directory"',
  );
});
