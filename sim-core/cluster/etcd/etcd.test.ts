import { afterAll, expect, it } from 'vitest';
import '../../host/programs.ts';
import { LocalCluster } from '../../host/local-client.ts';
import { LocalShell } from '../../host/local-shell.ts';

const local = new LocalCluster({ preset: 'one-worker' });
const { engine } = local.session.cluster;
engine.settle();
const shell = new LocalShell(local);
const kubectl = async (line: string) => (await shell.run(`kubectl ${line}`)).stdout;
const etcdctl = (line: string) => shell.run(`ssh control-plane "etcdctl ${line}"`);
const out = async (line: string) => (await etcdctl(line)).stdout;
const pass = (seconds: number) => engine.runUntil(engine.now + seconds * 1_000_000);
afterAll(() => shell.close());

it('writes, reads, looks back and forgets', async () => {
  expect(await out('put foo bar')).toBe('OK\n');
  expect(await out('put foo baz --prev-kv')).toBe('OK\nfoo\nbar\n');
  const { header, kvs, count } = JSON.parse(await out('get foo -w json'));
  expect(kvs[0]).toMatchObject({ key: 'Zm9v', value: 'YmF6', version: 2 });
  expect(count).toBe(1);
  expect(await out(`get foo --rev=${kvs[0].create_revision}`)).toBe('foo\nbar\n');
  expect(await etcdctl(`get foo --rev=${header.revision + 1000}`)).toMatchObject({
    stderr: 'Error: etcdserver: mvcc: required revision is a future revision\n',
    code: 1,
  });
  expect(await out(`compact ${header.revision}`)).toBe(`compacted revision ${header.revision}\n`);
  expect((await etcdctl(`get foo --rev=${kvs[0].create_revision}`)).stderr).toBe(
    'Error: etcdserver: mvcc: required revision has been compacted\n',
  );
  await out('put fop 1');
  expect(await out('get foo fop --keys-only')).toBe('foo\n\n');
  expect(await out('get fo --prefix --order=DESCEND --print-value-only')).toBe('1\nbaz\n');
  expect(await out('del fo --prefix')).toBe('2\n');
  expect(await out('get foo')).toBe('');
  expect(await etcdctl('get')).toMatchObject({ code: 128 });
  expect((await etcdctl('frob')).stderr).toBe('Error: unknown command "frob" for "etcdctl"\n');
});

it('does the one or the other in a transaction', async () => {
  const txn = (lines: string) => shell.run(`printf '${lines}' | ssh control-plane etcdctl txn`);
  await out('put gate shut');
  const lines = 'value("gate") = "open"\\n\\nput went through\\n\\nput gate open\\nget gate\\n\\n';
  expect((await txn(lines)).stdout).toBe('FAILURE\n\nOK\n\ngate\nopen\n');
  expect((await txn(lines)).stdout).toBe('SUCCESS\n\nOK\n');
  expect(await out('get went')).toBe('went\nthrough\n');
});

it('takes keys away with their lease, unless it is kept alive', async () => {
  const id = /lease (\w+) granted with TTL\(10s\)/.exec(await out('lease grant 10'))![1];
  await out(`put held x --lease=${id}`);
  expect(await out(`lease timetolive ${id} --keys`)).toMatch(/remaining\(\ds\), attached keys\(\[held\]\)/);
  pass(8);
  expect(await out(`lease keep-alive --once ${id}`)).toBe(`lease ${id} keepalived with TTL(10)\n`);
  pass(8);
  expect(await out('get held')).toBe('held\nx\n');
  pass(8);
  expect(await out('get held')).toBe('');
  expect(await out(`lease timetolive ${id}`)).toBe(`lease ${id} already expired\n`);
});

it('tells those who watch, and the API server what was done past it', async () => {
  const object =
    '{\\"apiVersion\\":\\"v1\\",\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"name\\":\\"past\\",\\"namespace\\":\\"default\\"},\\"data\\":{\\"a\\":\\"b\\"}}';
  const watched = await shell.run(
    `ssh control-plane "timeout 3 etcdctl watch /registry/configmaps/default/ --prefix > /tmp/w & sleep 1; etcdctl put /registry/configmaps/default/past '${object}'; wait; head -2 /tmp/w"`,
  );
  expect(watched.stdout).toBe('OK\nPUT\n/registry/configmaps/default/past\n');
  expect(await kubectl("get cm past -o jsonpath='{.data.a}'")).toBe('b');
  expect((await etcdctl('put /registry/configmaps/default/past nonsense')).stderr).toContain('must be that object');
  expect(await out('del /registry/configmaps/default/past')).toBe('1\n');
  expect((await shell.run('kubectl get cm past')).code).toBe(1);
});

it('draws tables, and answers from the pod of etcd as from its machine', async () => {
  expect(await out('endpoint health 2>&1')).toContain('127.0.0.1:2379 is healthy');
  expect(await out('--endpoints=127.0.0.1:9999 endpoint health 2>&1')).toContain('127.0.0.1:9999 is unhealthy');
  expect(await out('endpoint status -w table')).toMatch(
    /^\+-+\+.*\n\| +ENDPOINT +\| +ID +\| VERSION \| DB SIZE \| IS LEADER \| IS LEARNER \| RAFT TERM \| RAFT INDEX \|/,
  );
  expect(await kubectl('-n kube-system exec etcd-control-plane -- etcdctl member list')).toBe(await out('member list'));
});

it('goes back to a snapshot when etcd is started on it, and forth again', async () => {
  const storeAt = (from: string, to: string) =>
    shell.run(`ssh control-plane "sed -i 's#path: ${from}#path: ${to}#' /etc/kubernetes/manifests/etcd.yaml"`);
  await kubectl('create deployment web --image=nginx');
  pass(10);
  expect(await out('snapshot save /opt/b.db')).toBe('Snapshot saved at /opt/b.db\n');
  await kubectl('delete deployment web');
  await kubectl('create configmap later');
  const restore = 'ssh control-plane etcdutl snapshot restore /opt/b.db --data-dir /var/lib/restored';
  expect((await shell.run(restore)).code).toBe(0);
  expect((await shell.run(restore)).stderr).toBe(
    'Error: data-dir "/var/lib/restored" not empty or could not be read\n',
  );
  await storeAt('/var/lib/etcd', '/var/lib/restored');
  pass(60);
  expect(await kubectl('get deployments,configmaps -o name')).toBe('deployment.apps/web\nconfigmap/kube-root-ca.crt\n');
  expect(await kubectl('get pods')).toMatch(/web-\S+ +1\/1 +Running/);
  await storeAt('/var/lib/restored', '/var/lib/etcd');
  pass(60);
  expect(await kubectl('get deployments,configmaps -o name')).toBe('configmap/kube-root-ca.crt\nconfigmap/later\n');
  await shell.run('ssh control-plane mv /etc/kubernetes/manifests/etcd.yaml /root');
  pass(40);
  expect(await etcdctl('get gate')).toMatchObject({ stderr: 'Error: context deadline exceeded\n', code: 1 });
});
