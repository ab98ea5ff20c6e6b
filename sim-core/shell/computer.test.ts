// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of a shell
import { afterAll, describe, expect, it } from 'vitest';
import { LocalCluster } from '../host/local-client.ts';
import { LocalShell } from '../host/local-shell.ts';
import { isWhole } from '../images/shell/syntax.ts';
import { completeLine } from './completion.ts';

const local = new LocalCluster({ preset: 'three-workers' });
local.session.cluster.engine.settle();
const shell = new LocalShell(local, { 'web.yaml': 'kind: Deployment\n' });
const run = (line: string) => shell.run(line);
afterAll(() => shell.close());

describe("the shell on the learner's computer", () => {
  it.each([
    ['echo hello', 'hello\n'],
    ['echo a b c | tr " " "\\n" | sort -r | head -2', 'c\nb\n'],
    ['for i in 1 2 3; do echo $i; done | grep -v 2', '1\n3\n'],
    ['x=(one two three); echo ${x[1]} ${#x[@]} "${x[@]}"', 'two 3 one two three\n'],
    ['echo {1..3} a{b,c}d', '1 2 3 abd acd\n'],
    ['for ((i = 0; i < 3; i++)); do echo -n $i; done; echo', '012\n'],
    ['[[ web-7d4f == web-* && abc =~ ^a(.)c$ ]] && echo ${BASH_REMATCH[1]}', 'b\n'],
    ['cat <<EOF | wc -l\na\nb\nEOF', '2\n'],
    ['diff <(echo a) <(echo a) && echo same', 'same\n'],
    ['ls', 'web.yaml\n'],
    ['echo *.yaml', 'web.yaml\n'],
    ['x=web; echo "${x^^} ${x:0:2}"', 'WEB we\n'],
    ['false; echo $?', '1\n'],
    ['echo 한국어 | sed s/한/대한민/', '대한민국어\n'],
    ['kubectl get nodes --no-headers | wc -l', '4\n'],
    ['k get nodes -o name | grep worker-1', 'node/worker-1\n'],
    ['kubectl get nodes -o name | while read n; do echo "<$n>"; done | tail -1', '<node/worker-3>\n'],
    ['echo hello | md5sum', 'b1946ac92492d2347c6235b4d2611184  -\n'],
    [
      'printf abc | md5sum; printf "A\\nB" | od -c | head -1',
      '900150983cd24fb0d6963f7d28e17f72  -\n0000000   A  \\n   B\n',
    ],
    ['seq 3 | paste -sd, ; printf "a b\\nccc d\\n" | column -t', '1,2,3\na    b\nccc  d\n'],
    ['pwd; cd /tmp; pwd; cd', '/home/learner\n/tmp\n'],
    ['kubectl config current-context', 'kubernetes-admin@kubernetes\n'],
  ])('%s', async (line, stdout) => {
    expect(await run(line)).toMatchObject({ stdout, stderr: '', code: 0 });
  });

  it('applies what a here-document says', async () => {
    const result = await run(
      'kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: blue\nEOF',
    );
    expect(result).toMatchObject({ stdout: 'configmap/settings created\n', code: 0 });
    expect((await run("kubectl get cm settings -o jsonpath='{.data.colour}'")).stdout).toBe('blue');
  });

  it('tells of what does not exist, and goes on', async () => {
    expect(await run('vimm; echo $?')).toMatchObject({ stdout: '127\n', stderr: 'bash: vimm: command not found\n' });
    expect((await run('kubectl get pod nope')).code).toBe(1);
    expect((await run('if then')).code).toBe(2);
  });

  it('runs a pod in a namespace of the same line', async () => {
    expect(await run('kubectl create ns fresh; kubectl -n fresh run web --image=nginx:1.27')).toMatchObject({
      stdout: 'namespace/fresh created\npod/web created\n',
      stderr: '',
    });
    expect((await run('kubectl delete ns fresh --wait=false')).code).toBe(0);
  });

  it('times a command as bash does', async () => {
    expect((await run('time sleep 61.5')).stderr).toMatch(/^\nreal\t1m1\.5\d\ds\nuser\t0m0\.000s\nsys\t0m0\.000s\n$/);
  });

  it('ends a log that is followed with ^C', async () => {
    await run("kubectl run talker --image=busybox -- sh -c 'while true; do echo on; sleep 1; done'");
    await run('kubectl wait --for=condition=Ready pod/talker');
    expect(await shell.run('kubectl logs -f talker', { patience: 3_000_000 })).toMatchObject({
      stdout: expect.stringMatching(/^(on\n)+$/) as string,
      interrupted: true,
      code: 130,
    });
    expect((await run('kubectl delete pod talker --now')).code).toBe(0);
  });

  it('tells of requests with -v', async () => {
    const { stderr } = await run('kubectl get ns default -v=6');
    expect(stderr).toMatch(/loader.go:402] Config loaded from file: {2}\/home\/learner\/.kube\/config\n/);
    expect(stderr).toMatch(
      /"Response" verb="GET" url="https:\S+\/namespaces\/default" status="200 OK" milliseconds=\d+/,
    );
    const more = (await run('kubectl get ns nosuch -v=8')).stderr;
    expect(more).toMatch(
      /"Request" verb="GET" url=".*nosuch" headers=<\n\tAccept: .*\n\tAuthorization: Bearer <masked>/,
    );
    expect(more).toMatch(/"Response" status="404 Not Found" headers=<\n/);
    expect(more).toMatch(/"Response Body" body=<\n\t\{.*NotFound/);
  });

  it('makes a user: a key, a request that the cluster signs, a context', async () => {
    await run('openssl genrsa -out jane.key 2048; openssl req -new -key jane.key -out jane.csr -subj "/CN=jane/O=dev"');
    await run(`kubectl apply -f - <<EOF
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: jane}
spec:
  request: $(base64 -w0 jane.csr)
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
EOF`);
    await run('kubectl certificate approve jane; sleep 1');
    await run("kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt");
    expect((await run('openssl x509 -in jane.crt -noout -subject -issuer')).stdout).toBe(
      'subject=CN = jane, O = dev\nissuer=CN = kubernetes\n',
    );
    await run('kubectl config set-credentials jane --client-key=jane.key --client-certificate=jane.crt');
    await run('kubectl config set-context jane --cluster=kubernetes --user=jane');
    expect((await run('kubectl --context jane auth whoami -o jsonpath="{.status.userInfo.username}"')).stdout).toBe(
      'jane',
    );
    expect((await run('kubectl --context jane get nodes')).stderr).toContain(
      'User "jane" cannot list resource "nodes"',
    );
    await run('openssl req -x509 -newkey rsa:1024 -nodes -keyout other.key -subj /CN=jane -out other.crt');
    const whoAmI = (rest: string) => run(`kubectl --context jane ${rest} auth whoami`);
    expect((await whoAmI('--client-certificate=other.crt --client-key=other.key')).stderr).toContain('Unauthorized');
    expect((await whoAmI('--client-certificate=nosuch.crt')).stderr).toContain('unable to read client-cert');
    await run('rm jane.* other.*');
  });

  it('makes certificates of servers and of authorities', async () => {
    await run(
      'openssl req -x509 -nodes -days 365 -newkey rsa:1024 -keyout tls.key -out tls.crt -subj "/C=KR/CN=web" -addext "subjectAltName=DNS:web.example.com,IP:10.0.0.5"',
    );
    const text = (await run('openssl x509 -noout -text < tls.crt')).stdout;
    expect(text).toMatch(
      /Subject: C = KR, CN = web\n[\s\S]*\(1024 bit\)[\s\S]*DNS:web.example.com, IP Address:10.0.0.5\n/,
    );
    expect((await run('kubectl create secret tls web --cert=tls.crt --key=tls.key')).code).toBe(0);
    await run('openssl req -new -newkey rsa:1024 -nodes -keyout a.key -out a.csr -subj /CN=a');
    await run('openssl x509 -req -in a.csr -CA tls.crt -CAkey tls.key -CAcreateserial -days 9 -out a.crt');
    expect((await run('openssl x509 -in a.crt -noout -subject -issuer')).stdout).toBe(
      'subject=CN = a\nissuer=C = KR, CN = web\n',
    );
    await run(
      'openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out a.key; openssl req -new -key a.key -subj /CN=own -out a.csr',
    );
    await run('openssl x509 -req -in a.csr -signkey a.key -CAcreateserial -out a.crt -days 300');
    expect((await run('openssl x509 -in a.crt -noout -issuer')).stdout).toBe('issuer=CN = own\n');
    expect((await run('openssl rand -hex 8 | wc -c; openssl rand -base64 24 | tr -d "\\n" | wc -c')).stdout).toBe(
      '17\n32\n',
    );
    expect(await run('openssl req -new -key nosuch.key -subj /CN=a')).toMatchObject({
      stderr: 'req: Can\'t open "nosuch.key": No such file or directory\n',
      code: 1,
    });
    expect((await run('openssl s_client a')).stderr).toContain('s_client is not supported by this openssl');
    expect((await run('openssl verify -CAfile tls.crt tls.crt a.crt')).stderr).toContain('error 18 at 0 depth lookup');
    expect((await run('openssl req -in a.csr -noout -verify')).stderr).toContain('self-signature verify OK');
    expect((await run('openssl x509 -in a.crt -noout -pubkey | openssl rsa -pubin -modulus -noout')).stdout).toBe(
      (await run('openssl rsa -in a.key -modulus -noout')).stdout,
    );
    await run('rm tls.* a.*');
  });

  it("writes files that are the learner's", async () => {
    await run(
      'mkdir -p manifests; kubectl create deployment web --image=nginx:1.27 --dry-run=client -o yaml > manifests/web.yaml',
    );
    expect(local.session.files.get('manifests/web.yaml')).toContain('kind: Deployment');
    await run('mv manifests/web.yaml w.yaml; rm -r manifests');
    expect([...local.session.files.keys()].sort()).toEqual(['w.yaml', 'web.yaml']);
  });

  it('sleeps in virtual time, and streams through pipes', async () => {
    const { engine } = local.session.cluster;
    const before = engine.now;
    expect((await run('sleep 30; date +%s')).code).toBe(0);
    expect(engine.now - before).toBeGreaterThanOrEqual(30_000_000);
    expect(engine.now - before).toBeLessThan(31_000_000);
    const { stdout, code } = await run(
      'kubectl create deployment s --image=nginx:1.27; kubectl get pods -w | grep --line-buffered Running | head -1',
    );
    expect(stdout).toMatch(/^deployment.apps\/s created\ns-\S+ +1\/1 +Running/);
    expect(code).toBe(0);
  });

  it('runs jobs in the background', async () => {
    const { stdout } = await run('sleep 5 & kubectl get ns default -o name; wait; jobs; echo done');
    expect(stdout).toBe('namespace/default\ndone\n');
    expect((await run('kubectl get pods -w > watched.txt & sleep 1; kill $!; wait $!; echo $?')).stdout).toBe('143\n');
  });
});

describe('completion', () => {
  const complete = async (before: string) => (await completeLine(shell.computer, before)).candidates;

  it.each([
    ['kube', ['kubectl']],
    ['kubectl get no', ['nodes']],
    ['k get no', ['nodes']],
    ['echo x | gre', ['grep']],
    ['kubectl get pods | kubectl describe node worker-1', ['worker-1']],
    ['cat w', ['w.yaml', 'watched.txt', 'web.yaml']],
    ['kubectl apply -f we', ['web.yaml']],
    ['ssh worker-', ['worker-1', 'worker-2', 'worker-3']],
    ['echo $HOM', ['$HOME']],
    ['for x in a; do ech', ['echo']],
    ['cd /us', ['/usr/']],
    ['cat < web', ['web.yaml']],
    ['nothing-like-it', []],
  ])('%s', async (before, candidates) => {
    expect(await complete(before)).toEqual(candidates);
  });

  it('knows when a command is not finished', () => {
    for (const text of [
      'for i in 1 2; do',
      'echo "a',
      'cat <<EOF\nhi',
      'echo a |',
      'echo a \\',
      'f() {',
      'if true; then',
    ])
      expect(isWhole(`${text}\n`), text).toBe(false);
    for (const text of ['ls', 'cat <<EOF\nhi\nEOF', 'echo )', 'for i in 1; do echo; done'])
      expect(isWhole(`${text}\n`), text).toBe(true);
  });
});
