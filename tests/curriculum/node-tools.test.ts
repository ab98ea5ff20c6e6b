import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { Stage } from './stage.ts';

/** What one looks at a node's network with, beside `ip` and `iptables`: who listens, settings of the kernel, neighbours, bridges. */
let stage: Stage;
beforeAll(() => {
  stage = new Stage();
});

describe('who listens', () => {
  test('ss and netstat name the process that holds a socket', () => {
    const workers = stage.onNode('worker-1', 'ss -tlnp');
    expect(workers).toMatch(/127\.0\.0\.1:10248 +0\.0\.0\.0:\* +users:\(\("kubelet",pid=812,fd=\d+\)\)/);
    expect(workers).toMatch(/\*:10250 +\*:\* +users:\(\("kubelet",pid=812/);
    expect(workers).toMatch(/127\.0\.0\.1:10249 .*"kube-proxy"/);
    expect(workers).toMatch(/\*:10256 .*"kube-proxy"/);
    const control = stage.onNode('control-plane', 'netstat -tlnp');
    expect(control).toMatch(/^tcp6 +0 +0 :::6443 +:::\* +LISTEN +\d+\/kube-apiserver *$/m);
    expect(control).toMatch(/^tcp +0 +0 127\.0\.0\.1:2379 .*\/etcd *$/m);
    expect(control).toMatch(/^tcp +0 +0 10\.0\.0\.10:2380 .*\/etcd *$/m);
    expect(control).toMatch(/127\.0\.0\.1:10257 .*\/kube-contro/);
    expect(control).toMatch(/127\.0\.0\.1:10259 .*\/kube-sched/);
    expect(stage.ask('netstat -tln')).not.toContain('10250');
    const count = Number(stage.onNode('worker-1', 'ss -Htan | wc -l'));
    expect(stage.onNode('worker-1', 'ss -s')).toMatch(new RegExp(`^Total: \\d+\\nTCP: +${count} \\(estab \\d+,`));
    expect(stage.onNode('worker-1', 'ss -ti')).toBe(
      'ss: sim-core knows -a -t -u -l -n -p -s -H and filters, not -ti\n',
    );
  });

  test('the kubelet and kube-proxy answer at their ports, as long as they run', () => {
    expect(stage.onNode('worker-1', 'curl -s localhost:10248/healthz')).toBe('ok');
    expect(stage.onNode('worker-1', 'curl -s localhost:10249/proxyMode')).toBe('iptables');
    expect(stage.onNode('worker-1', 'curl -s localhost:10256/healthz')).toContain('"nodeEligible":true');
    expect(stage.ask('curl -sk -m 3 https://10.0.0.11:10250/pods')).toBe('Unauthorized');
    stage.onNode('worker-1', 'systemctl stop kubelet');
    expect(stage.onNode('worker-1', 'curl -s localhost:10248/healthz || echo $?')).toBe('7\n');
    expect(stage.onNode('worker-1', 'ss -tln')).not.toContain('10250');
    stage.onNode('worker-1', 'systemctl start kubelet');
    expect(stage.onNode('worker-1', 'curl -s localhost:10248/healthz')).toBe('ok');
  });

  test('what is bound to 127.0.0.1 is not to be had from elsewhere', () => {
    expect(stage.ask('curl -s -m 3 http://10.0.0.11:10248/healthz || echo $?')).toBe('7\n');
    expect(stage.onNode('control-plane', 'curl -sk https://127.0.0.1:10257/healthz')).toBe('ok');
    expect(stage.ask('curl -sk -m 3 https://10.0.0.10:10257/healthz || echo $?')).toBe('7\n');
  });
});

describe('settings of the kernel', () => {
  const far = () => stage.curl(`http://${stage.podOn('worker-2').status.podIP}:8080/hostname`);

  test('ip_forward decides whether a node passes packets on', () => {
    expect(stage.onNode('worker-2', 'sysctl net.ipv4.ip_forward')).toBe('net.ipv4.ip_forward = 1\n');
    expect(far()).toMatch(/^web-/);
    expect(stage.onNode('worker-2', 'sysctl -w net.ipv4.ip_forward=0')).toBe('net.ipv4.ip_forward = 0\n');
    expect(stage.onNode('worker-2', 'cat /proc/sys/net/ipv4/ip_forward')).toBe('0\n');
    expect(far()).toBe('curl 28');
    stage.onNode('worker-2', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    expect(stage.onNode('worker-2', 'sysctl -n net.ipv4.ip_forward')).toBe('1\n');
    expect(far()).toMatch(/^web-/);
  });

  test('others are kept, and refused where they make no sense', () => {
    expect(stage.onNode('worker-2', 'sysctl -w vm.max_map_count=262144; cat /proc/sys/vm/max_map_count')).toBe(
      'vm.max_map_count = 262144\n262144\n',
    );
    expect(stage.onNode('worker-1', 'sysctl -n vm.max_map_count')).toBe('65530\n');
    expect(stage.onNode('worker-2', 'sysctl -w vm.max_map_count=many')).toBe(
      'sysctl: setting key "vm.max_map_count": Invalid argument\n',
    );
    expect(stage.onNode('worker-2', 'sysctl -w net.ipv4.tcp_syn_retries=6')).toBe('net.ipv4.tcp_syn_retries = 6\n');
    expect(stage.onNode('worker-2', 'sysctl -w net.ipv4.tcp_syn_retries=2; sysctl net.ipv4.tcp_syn_retries')).toBe(
      'sysctl: setting key "net.ipv4.tcp_syn_retries": Invalid argument (sim-core goes by 6 only)\n' +
        'net.ipv4.tcp_syn_retries = 6\n',
    );
    expect(stage.onNode('worker-2', 'sysctl net.nonsense')).toBe(
      'sysctl: cannot stat /proc/sys/net/nonsense: No such file or directory\n',
    );
    expect(
      stage.onNode(
        'worker-2',
        "printf 'vm.swappiness = 10\\n# no\\n' > /etc/sysctl.d-k8s; sysctl -p /etc/sysctl.d-k8s",
      ),
    ).toBe('vm.swappiness = 10\n');
    expect(stage.onNode('worker-2', "sysctl -a | grep -c '^net\\.'")).toMatch(/^\d\d\n$/);
    expect(stage.ask('sysctl -w net.ipv4.ip_forward=1')).toContain('Read-only file system');
  });

  test('pods may set the safe ones of their own network, and packets and sockets go by them', () => {
    const pod = (name: string, sysctl: string, value: string, more = '') => `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  securityContext: {runAsUser: 1000, runAsGroup: 1000, sysctls: [{name: ${sysctl}, value: "${value}"}]}
  containers: [{name: main, image: "busybox:1.37", command: [sh, -c, "${more}sleep 10000"]}]
`;
    stage.apply(
      pod('ports', 'net.ipv4.ip_local_port_range', '40000 40001') +
        pod('low', 'net/ipv4/ip_unprivileged_port_start', '81', 'nc -l -p 80; nc -l -p 81; ') +
        pod('silent', 'net.ipv4.ping_group_range', '0 999', 'ping -c 1 127.0.0.1; ') +
        pod('unsafe', 'net.core.somaxconn', '1024'),
    );
    stage.wait(20);
    const echo = stage.podOn('worker-2').status.podIP;
    const asked = stage.exec('ports', `for i in 1 2 3; do wget -qO- http://${echo}:8080/clientip; echo; done`).stdout;
    expect(asked.match(/:\d+$/gm)).toEqual([':40000', ':40001', ':40000']);
    expect(stage.logs('low')).toBe('nc: Permission denied\n');
    expect(stage.logs('silent')).toBe('ping: permission denied (are you root?)\n');
    expect(stage.get('Pod', 'unsafe').status).toMatchObject({
      phase: 'Failed',
      reason: 'SysctlForbidden',
      message: 'Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted',
    });
  });

  test("on a machine's own network, low ports are root's", () => {
    stage.apply(`
apiVersion: v1
kind: Pod
metadata: {name: on-host}
spec:
  hostNetwork: true
  securityContext: {runAsUser: 1000}
  containers: [{name: main, image: "busybox:1.37", command: [sh, -c, "nc -l -p 82; sleep 10000"]}]
`);
    stage.wait(10);
    expect(stage.logs('on-host')).toBe('nc: Permission denied\n');
  });
});

describe('neighbours, bridges and routes', () => {
  test('of a node', () => {
    const { podIP } = stage.podOn('worker-1').status;
    expect(stage.onNode('worker-1', 'arp -n')).toMatch(
      new RegExp(`^${podIP} +ether +0a:58:0a:f4:01:..  +C +cni0$`, 'm'),
    );
    expect(stage.onNode('worker-1', 'ip neigh show dev eth0')).toMatch(/^10\.0\.0\.12 lladdr \S+ REACHABLE $/m);
    expect(stage.onNode('worker-1', 'bridge link')).toMatch(
      /^\d+: veth\S+@if2: <\S+> mtu 1500 master cni0 state forwarding/m,
    );
    expect(stage.onNode('worker-1', 'bridge fdb show br cni0')).toMatch(
      /^0a:58:0a:f4:01:.. dev veth\S+ master cni0 $/m,
    );
    expect(stage.onNode('worker-1', 'route -n')).toMatch(
      /^10\.244\.2\.0 +10\.0\.0\.12 +255\.255\.255\.0 +UG +0 +0 +0 eth0$/m,
    );
    expect(stage.onNode('worker-1', 'ip route show dev cni0')).toBe(
      '10.244.1.0/24 proto kernel scope link src 10.244.1.1 \n',
    );
    expect(stage.onNode('worker-1', 'ip route show table local')).toContain('local 10.0.0.11 dev eth0 proto kernel');
  });

  test('of a pod', () => {
    expect(stage.ask('netstat -rn')).toMatch(/^0\.0\.0\.0 +10\.244\.1\.1 +0\.0\.0\.0 +UG +0 0 +0 eth0$/m);
    expect(stage.ask('arp -n')).toMatch(/^10\.244\.1\.1 +ether +0a:58:0a:f4:01:01 +C +eth0$/m);
  });

  test('names as programs ask for them, and curl says whom it tries', () => {
    const { clusterIP } = stage.get('Service', 'web').spec;
    expect(stage.ask('getent hosts web')).toBe(`${clusterIP.padEnd(15)} web\n`);
    expect(stage.ask('getent hosts nobody || echo $?')).toBe('2\n');
    expect(stage.ask('curl -sv -o /dev/null http://web/hostname 2>&1')).toMatch(
      new RegExp(
        `^\\* Host web:80 was resolved\\.\n\\* IPv6: \\(none\\)\n\\* IPv4: ${clusterIP}\n\\* {3}Trying ${clusterIP}:80\\.\\.\\.\n\\* Connected to web \\(${clusterIP}\\) port 80\n> GET`,
      ),
    );
    const refused = stage.ask('curl -v http://10.0.0.11:81');
    expect(refused).toContain('* connect to 10.0.0.11 port 81 failed: Connection refused\n');
    expect(refused).toContain('* closing connection #0\ncurl: (7) Failed to connect');
  });

  test('ip -d says of what kind an interface is', () => {
    expect(stage.onNode('worker-1', 'ip -d link show cni0')).toContain('    bridge forward_delay 1500');
    expect(stage.onNode('worker-1', 'ip link show cni0')).not.toContain('forward_delay');
  });

  test('interfaces of a kind, ports of a bridge, pods’ namespaces; sockets by port', () => {
    const veths = stage.onNode('worker-1', 'ip -br link show type veth').trim().split('\n');
    expect(veths.every((line) => line.startsWith('veth'))).toBe(true);
    expect(stage.onNode('worker-1', 'ip -br link show master cni0').trim().split('\n')).toHaveLength(veths.length);
    expect(stage.onNode('worker-1', 'ip netns').match(/^cni-[0-9a-f]{8}-\S+ \(id: \d+\)$/gm)).toHaveLength(
      veths.length,
    );
    const sockets = stage.onNode('worker-1', 'ss -lnt sport = :10250').trim().split('\n');
    expect(sockets).toHaveLength(2);
    expect(sockets[1]).toContain('*:10250');
  });

  test('a tool that a node does not have is not found', () => {
    const stderr = stage.onNode('worker-1', 'nft list ruleset');
    expect(stderr).toContain('nft: not found');
  });
});

describe('what kubeadm has left in /etc/kubernetes', () => {
  const read = (path: string) => stage.onNode('control-plane', `cat /etc/kubernetes/${path}`);

  test('certificates that their authorities have signed, each with its key', () => {
    for (const [authority, paths] of [
      ['pki/ca', ['pki/apiserver', 'pki/apiserver-kubelet-client']],
      ['pki/etcd/ca', ['pki/etcd/server', 'pki/etcd/peer', 'pki/etcd/healthcheck-client', 'pki/apiserver-etcd-client']],
      ['pki/front-proxy-ca', ['pki/front-proxy-client']],
    ] as const) {
      const issuer = new X509Certificate(read(`${authority}.crt`));
      expect(issuer.checkPrivateKey(createPrivateKey(read(`${authority}.key`)))).toBe(true);
      for (const path of paths) {
        const certificate = new X509Certificate(read(`${path}.crt`));
        expect(certificate.verify(issuer.publicKey), path).toBe(true);
        expect(certificate.checkPrivateKey(createPrivateKey(read(`${path}.key`))), path).toBe(true);
      }
    }
  });

  test('openssl tells whose they are, and until when', () => {
    const openssl = (path: string, what: string) =>
      stage.onNode('control-plane', `openssl x509 -in /etc/kubernetes/pki/${path} -noout ${what}`);
    expect(openssl('apiserver.crt', '-dates')).toBe(
      'notBefore=Jan  5 09:00:00 2026 GMT\nnotAfter=Jan  5 09:00:00 2027 GMT\n',
    );
    expect(openssl('apiserver.crt', '-ext subjectAltName')).toContain('IP Address:10.96.0.1, IP Address:10.0.0.10');
    expect(openssl('apiserver-kubelet-client.crt', '-subject')).toBe(
      'subject=O = kubeadm:cluster-admins, CN = kube-apiserver-kubelet-client\n',
    );
    expect(openssl('sa.key', '-subject')).toContain('Could not find certificate');
    // A user's certificate, made where the authority's key is.
    const made = stage.onNode(
      'control-plane',
      'cd /tmp; P=/etc/kubernetes/pki; openssl genrsa -out jane.key 1024; openssl req -new -key jane.key -subj /O=dev/CN=jane -out jane.csr; openssl x509 -req -in jane.csr -CA $P/ca.crt -CAkey $P/ca.key -CAcreateserial -out jane.crt -days 30; openssl verify -CAfile $P/ca.crt jane.crt $P/apiserver.crt; openssl verify -CAfile $P/etcd/ca.crt jane.crt; curl -s --cacert $P/ca.crt https://10.0.0.10:6443/version | head -1',
    );
    expect(made).toContain('jane.crt: OK\n/etc/kubernetes/pki/apiserver.crt: OK\n');
    expect(made).toContain('error 20 at 0 depth lookup: unable to get local issuer certificate');
  });

  test('the kubelet’s own, on a worker', () => {
    expect(stage.onNode('worker-1', 'ls /etc/kubernetes /etc/kubernetes/pki')).toBe(
      '/etc/kubernetes:\nkubelet.conf\nmanifests\npki\n\n/etc/kubernetes/pki:\nca.crt\n',
    );
    const subject = 'openssl x509 -in /var/lib/kubelet/pki/kubelet-client-current.pem -noout -subject';
    expect(stage.onNode('worker-1', subject)).toBe('subject=O = system:nodes, CN = system:node:worker-1\n');
    const user = "grep client-certificate-data /etc/kubernetes/admin.conf | awk '{print $2}' | base64 -d";
    expect(stage.onNode('control-plane', `${user} | openssl x509 -noout -subject`)).toBe(
      'subject=O = kubeadm:cluster-admins, CN = kubernetes-admin\n',
    );
  });
});
