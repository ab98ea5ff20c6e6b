import { afterAll, describe, expect, it } from 'vitest';
import { LocalCluster } from '../host/local-client.ts';
import { LocalShell } from '../host/local-shell.ts';
import { replay } from '../host/session.ts';

const local = new LocalCluster({ preset: 'three-workers' });
const { engine, store } = local.session.cluster;
engine.settle();
const shell = new LocalShell(local);
const run = (line: string) => shell.run(line);
const settle = () => engine.settle();
afterAll(() => shell.close());

describe('shells on nodes', () => {
  it('runs commands on a node, with its files and its exit code', async () => {
    expect(await run('ssh worker-1 hostname')).toMatchObject({ stdout: 'worker-1\n', code: 0 });
    expect((await run('ssh worker-1 "cat /etc/os-release | head -1; exit 3"')).code).toBe(3);
    expect((await run('echo from-here | ssh worker-1 tr a-z A-Z')).stdout).toBe('FROM-HERE\n');
    expect(await run('ssh nobody ls')).toMatchObject({
      stderr: 'ssh: Could not resolve hostname nobody: Name or service not known\n',
      code: 255,
    });
    expect((await run('ssh worker-1 nonsense')).code).toBe(127);
  });

  it('says what programs that run others cannot run, and leaves nothing behind', async () => {
    expect(await run('sudo nonsense')).toMatchObject({ stderr: 'sudo: nonsense: command not found\n', code: 1 });
    expect(await run('nohup nonsense')).toMatchObject({
      stderr: "nohup: can't execute 'nonsense': No such file or directory\n",
      code: 127,
    });
    expect(await run('sudo -E nohup echo on')).toMatchObject({ stdout: 'on\n', code: 0 });
    expect(await run('ssh worker-1 sudo nonsense')).toMatchObject({ code: 1 });
    expect(await run('ssh worker-1 "setsid nonsense; sudo whoami"')).toMatchObject({ stdout: 'root\n', code: 0 });
    expect((await run('ps; ssh worker-1 ps aux')).stdout).not.toMatch(/nonsense|nohup|sudo|setsid/);
  });

  it('reboots and switches off, and closes the connection', async () => {
    const one = new LocalCluster({ preset: 'three-workers' });
    const { engine: time } = one.session.cluster;
    time.settle();
    const own = new LocalShell(one);
    const ready = 'kubectl get nodes --no-headers | awk \'{print $1 "=" $2}\' | paste -sd" "';
    const all = ['control-plane=Ready', 'worker-1=Ready', 'worker-2=Ready', 'worker-3=Ready'];
    expect((await own.run('ssh worker-1 sudo reboot')).code).toBe(0);
    expect(await own.run('sleep 5; ssh worker-1 hostname')).toMatchObject({
      stderr: 'ssh: connect to host worker-1 port 22: No route to host\n',
      code: 255,
    });
    expect((await own.run(`sleep 60; ${ready}`)).stdout).toBe(`${all.join(' ')}\n`);
    expect(await own.run('ssh worker-2 "shutdown -h +1; sleep 100; echo never"')).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(
        /^Shutdown scheduled for Mon 2026-01-05 09:\d\d:\d\d UTC, use 'shutdown -c' to cancel\.\nConnection to worker-2 closed by remote host\.\n$/,
      ),
      code: 255,
    });
    expect((await own.run(`sleep 60; ${ready}`)).stdout).toContain('worker-2=NotReady');
    await own.run('ssh worker-3 shutdown -r +1; ssh worker-3 shutdown -c');
    expect((await own.run('sleep 90; ssh worker-3 uptime')).stdout).toMatch(/up 0:0[4-9]/);
    expect((await own.run('ssh worker-3 shutdown tomorrow')).stderr).toContain(
      'Failed to parse time specification: tomorrow',
    );
    own.close();
  });

  it('gives as many zeros as are asked for', async () => {
    expect((await run('head -c 100k /dev/zero | wc -c; head -c 1M /dev/zero > z; wc -c < z')).stdout).toBe(
      '102400\n1048576\n',
    );
    expect((await run('head -c 1G /dev/zero > z')).stderr).toContain('dd if=/dev/zero');
  });

  it('keeps what is written there', async () => {
    await run('ssh worker-2 "echo kept > /root/note"');
    expect((await run('ssh worker-2 cat note')).stdout).toBe('kept\n');
    expect((await run('ssh worker-3 cat note')).code).toBe(1);
  });

  it('shows containers through the CRI', async () => {
    await run('kubectl run web --image=nginx:1.27 --overrides=\'{"spec":{"nodeName":"worker-1"}}\'');
    settle();
    expect((await run('ssh worker-1 crictl ps --name web')).stdout).toMatch(
      /^CONTAINER +IMAGE +CREATED +STATE +NAME +ATTEMPT +POD ID +POD +NAMESPACE\n\w{13} .*Running +web +0 +\w{13} +web +default\n$/,
    );
    expect((await run('ssh worker-1 crictl pods --name web')).stdout).toContain('Ready');
    expect((await run('ssh worker-1 crictl images')).stdout).toMatch(/docker.io\/library\/nginx +1.27 /);
    expect((await run("ssh worker-1 'crictl inspect $(crictl ps -q --name web) | jq -r .status.state'")).stdout).toBe(
      'CONTAINER_RUNNING\n',
    );
    expect((await run('ssh worker-1 "crictl pull redis:7 && crictl images | grep -c redis"')).stdout).toMatch(
      /^Image is up to date for .*\n1\n$/,
    );
    expect((await run("ssh worker-1 'crictl stop $(crictl ps -q --name web)'")).code).toBe(0);
    settle();
    expect((await run("kubectl get pod web -o jsonpath='{.status.containerStatuses[0].restartCount}'")).stdout).toBe(
      '1',
    );
    expect((await run('ssh worker-1 crictl stats')).stdout).toContain('web');
    expect(
      (
        await run(
          'ssh worker-1 "ls /var/log/containers | grep -c web_default_web-; ls /sys/fs/cgroup/kubepods.slice | grep -c besteffort"',
        )
      ).stdout,
    ).toMatch(/^[12]\n1\n$/);
    expect(
      (
        await run(
          "ssh worker-1 'cat /sys/fs/cgroup/kubepods.slice/kubepods-besteffort.slice/*/cri-*/memory.max | head -1'",
        )
      ).stdout,
    ).toBe('max\n');
  });

  it('starts and stops the kubelet, and shows its journal', async () => {
    expect(await run('ssh worker-3 systemctl is-active kubelet')).toMatchObject({ stdout: 'active\n', code: 0 });
    await run('ssh worker-3 systemctl stop kubelet; sleep 60');
    expect((await run('kubectl get node worker-3 --no-headers')).stdout).toContain('NotReady');
    const status = await run('ssh worker-3 systemctl status kubelet');
    expect(status.stdout).toContain('Active: inactive (dead) since Mon 2026-01-05');
    expect(status.code).toBe(3);
    await run('ssh worker-3 systemctl start kubelet; sleep 30');
    expect((await run('kubectl get node worker-3 --no-headers')).stdout).toContain(' Ready ');
    expect((await run('ssh worker-1 journalctl -u kubelet | grep web')).stdout).toMatch(
      /^Jan 05 09:\d\d:\d\d worker-1 kubelet\[812\]: I0105 .*"SyncLoop \(PLEG\): event for pod" pod="default\/web"/,
    );
  });

  it('brings back a kubelet that was killed, and leaves one alone that was stopped', async () => {
    const state = async () => (await run('ssh worker-3 systemctl is-active kubelet')).stdout;
    await run('ssh worker-3 kill 812; sleep 1');
    expect(await state()).toBe('activating\n');
    expect((await run('ssh worker-3 systemctl status kubelet')).stdout).toContain(
      'Active: activating (auto-restart) since',
    );
    await run('sleep 10');
    expect(await state()).toBe('active\n');
    expect((await run('ssh worker-3 journalctl -u kubelet | tail -3')).stdout).toMatch(
      /systemd\[1\]: kubelet.service: Deactivated successfully\.\n.*: Scheduled restart job, restart counter is at 1\.\n.*Started/,
    );
    await run('ssh worker-3 kill -9 812; sleep 1; ssh worker-3 systemctl stop kubelet; sleep 20');
    expect(await state()).toBe('inactive\n');
    await run('ssh worker-3 systemctl start kubelet');
    expect(await state()).toBe('active\n');
  });

  it('sees what etcd holds, and the control plane that lies in files', async () => {
    expect((await run('ssh control-plane etcdctl get /registry/pods/default --prefix --keys-only')).stdout).toBe(
      '/registry/pods/default/web\n\n',
    );
    expect((await run('ssh control-plane ls /etc/kubernetes/manifests')).stdout).toContain('kube-apiserver.yaml');
    await run('ssh control-plane mv /etc/kubernetes/manifests/kube-scheduler.yaml /tmp/');
    engine.runUntil(engine.now + 60_000_000);
    expect((await run('kubectl get pods -n kube-system | grep -c kube-scheduler')).stdout).toBe('0\n');
    expect((await run('kubectl get componentstatuses')).stdout).toMatch(
      /^controller-manager +Healthy +ok +\nscheduler +Unhealthy +Get "https:\/\/127\.0\.0\.1:10259\/healthz": dial tcp 127\.0\.0\.1:10259: connect: connection refused +\netcd-0 +Healthy +ok +\n$/m,
    );
    await run('ssh control-plane mv /tmp/kube-scheduler.yaml /etc/kubernetes/manifests/');
    engine.runUntil(engine.now + 60_000_000);
    expect((await run('kubectl get pods -n kube-system | grep -c kube-scheduler')).stdout).toBe('1\n');
    expect((await run('kubectl get cs scheduler')).stdout).toMatch(/^scheduler +Healthy/m);
  });

  it('asks the cluster from outside with curl, and forwarded ports here', async () => {
    await run(
      'kubectl expose pod web --port=80 --type=NodePort --overrides=\'{"spec":{"ports":[{"port":80,"nodePort":30080}]}}\' 2>/dev/null || kubectl label pod web run=web --overwrite; kubectl expose pod web --port=80 --type=NodePort',
    );
    settle();
    const port = (await run("kubectl get svc web -o jsonpath='{.spec.ports[0].nodePort}'")).stdout;
    const answer = await run(
      `curl -s -o page.html -w '%{http_code}' http://worker-1:${port}/; grep -c nginx page.html`,
    );
    expect(answer.stdout).toMatch(/^200\d+\n$/);
    expect((await run('curl -s http://worker-1:9 -m 2')).code).toBe(7);
    expect(
      (
        await run(
          'kubectl port-forward pod/web 8080:80 > pf.log & sleep 2; curl -s localhost:8080 | grep -c "<h1>"; kill $!',
        )
      ).stdout,
    ).toBe('1\n');
    expect((await run('curl -s localhost:8080')).code).toBe(7);
    expect((await run('ping -c 1 worker-1')).stdout).toContain('1 packets transmitted, 1');
  });

  it('speaks TLS to the cluster with curl, and looks at certificates', async () => {
    await run("kubectl get cm kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' > ca.crt");
    const livez = 'https://10.0.0.10:6443/livez';
    expect(await run(`curl -s --cacert ca.crt ${livez}`)).toMatchObject({ stdout: 'ok', code: 0 });
    expect(await run(`curl -sS ${livez}`)).toMatchObject({
      stderr: expect.stringContaining('curl: (60) SSL certificate problem: unable to get local issuer certificate'),
      code: 60,
    });
    const verbose = await run(`curl -skv ${livez}`);
    expect(verbose.stdout).toBe('ok');
    expect(verbose.stderr).toContain('*  issuer: CN=kubernetes');
    const named = (host: string) => `--cacert ca.crt --resolve ${host}:6443:10.0.0.10 https://${host}:6443/livez`;
    expect((await run(`curl -s ${named('kubernetes')}`)).stdout).toBe('ok');
    expect((await run(`curl -sS ${named('example.org')}`)).stderr).toContain(
      "no alternative certificate subject name matches target host name 'example.org'",
    );
    // In the clear, the same port says what is wrong.
    expect((await run('curl -s http://10.0.0.10:6443/livez')).stdout).toContain('HTTP request to an HTTPS server');
  });

  it('is all in the log', () => {
    const again = replay(local.log()).cluster;
    expect(again.store.revision).toBe(store.revision);
    expect(again.engine.now).toBe(engine.now);
  });
});

describe('a terminal', () => {
  it('gives a shell in a container what was typed before it was there', async () => {
    const typed = new LocalCluster({ preset: 'three-workers' });
    let shown = '';
    const terminal = new LocalShell(
      typed,
      {},
      {
        write: (text) => {
          shown += text;
        },
        size: () => ({ columns: 80, rows: 24 }),
        onResize: () => () => {},
      },
    );
    typed.session.cluster.engine.settle();
    await terminal.run('kubectl run web --image=nginx:1.27; kubectl wait --for=condition=Ready pod/web');
    const ended = terminal.run('kubectl exec -it web -- sh');
    terminal.computer.type('echo in-$((40 + 2))\rexi');
    typed.alarm(typed.session.cluster.engine.now + 5_000_000, () => terminal.computer.type('t\r'));
    expect((await ended).code).toBe(0);
    expect(shown).toContain('# in-42\r\n');

    shown = '';
    const paged = terminal.run('seq 100 | less; seq 3 | more; nohup echo on | less');
    const pages: string[] = [];
    for (const [index, key] of [' ', '/', '7', '7', '\r', 'G', 'b', 'q'].entries())
      typed.alarm(typed.session.cluster.engine.now + (index + 1) * 1_000_000, () => {
        pages.push(shown.slice(shown.lastIndexOf('\x1b[2J') + 4));
        terminal.computer.type(key);
      });
    expect((await paged).code).toBe(0);
    expect(pages.map((each) => each.split('\r\n')[0])).toEqual(['1', '24', '24', '24', '24', '77', '78', '55']);
    expect(pages.map((each) => each.split('\r\n').at(-1))).toEqual([
      ':',
      ':',
      '/',
      '/7',
      '/77',
      ':',
      '\x1b[7m(END)\x1b[0m',
      ':',
    ]);
    expect(shown.slice(shown.lastIndexOf('\x1b[?1049l') + 8)).toMatch(/^1\r?\n2\r?\n3\r?\non\r?\n$/);
    terminal.close();
  });
});
