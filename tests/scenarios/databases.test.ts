import { expect, test } from 'vitest';
import { Scenario } from './scenario.ts';

const MYSQL = `
apiVersion: v1
kind: Secret
metadata: {name: mysql-pass}
stringData: {password: s3cret}
---
apiVersion: v1
kind: Service
metadata: {name: mysql}
spec: {clusterIP: None, selector: {app: mysql}, ports: [{port: 3306}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: mysql-data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mysql}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: mysql}}
  template:
    metadata: {labels: {app: mysql}}
    spec:
      containers:
      - name: mysql
        image: mysql:8.0
        env:
        - {name: MYSQL_ROOT_PASSWORD, valueFrom: {secretKeyRef: {name: mysql-pass, key: password}}}
        - {name: MYSQL_DATABASE, value: wordpress}
        ports: [{containerPort: 3306}]
        readinessProbe: {exec: {command: [mysqladmin, ping]}, periodSeconds: 2}
        volumeMounts: [{name: data, mountPath: /var/lib/mysql}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: mysql-data}}]
---
`;

const only = (cluster: Scenario, labels: string) => {
  const [pod] = cluster.list('Pod', labels).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return pod!.metadata.name;
};

test('a database on a claim keeps its rows when its pod is replaced, and says what is wrong in its own words', () => {
  const cluster = new Scenario();
  cluster.apply(MYSQL);
  cluster.wait(5);
  cluster.untilReady(only(cluster, 'app=mysql'), 120);
  const sql = (query: string, more = '') =>
    cluster.exec(only(cluster, 'app=mysql'), [
      'mysql',
      '-uroot',
      '-ps3cret',
      ...(more === '' ? [] : more.split(' ')),
      '-e',
      query,
    ]);
  sql(
    'CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, body VARCHAR(80) NOT NULL, score INT DEFAULT 1)',
    'wordpress',
  );
  sql("INSERT INTO notes (body) VALUES ('one'), ('두 번째')", 'wordpress');
  expect(sql('SELECT * FROM notes', 'wordpress').stdout).toBe('id\tbody\tscore\n1\tone\t1\n2\t두 번째\t1\n');
  expect(
    sql("UPDATE notes SET score = score + 4 WHERE body LIKE 'o%'; SELECT COUNT(*), SUM(score) FROM notes", 'wordpress')
      .stdout,
  ).toBe('count(*)\tsum(score)\n2\t6\n');
  expect(sql('SELECT * FROM nothing', 'wordpress')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("ERROR 1146 (42S02) at line 1: Table 'wordpress.nothing' doesn't exist"),
  });
  expect(sql('INSERT INTO notes (id, body) VALUES (1, 1)', 'wordpress').stderr).toContain(
    "ERROR 1062 (23000) at line 1: Duplicate entry '1'",
  );
  expect(sql('DROP TABEL notes', 'wordpress').stderr).toContain('ERROR 1064 (42000)');
  expect(cluster.exec(only(cluster, 'app=mysql'), ['mysql', '-uroot', '-pwrong', '-e', 'SELECT 1']).stderr).toContain(
    "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)",
  );

  const first = only(cluster, 'app=mysql');
  cluster.delete('Pod', first);
  cluster.until(() => !cluster.has('Pod', first), 60);
  cluster.untilReady(only(cluster, 'app=mysql'), 120);
  expect(sql('SELECT body FROM notes ORDER BY id DESC LIMIT 1', 'wordpress -N').stdout).toBe('두 번째\n');

  // Another pod reaches it by name.
  cluster.apply(
    '{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: "mysql:8.0", command: [sleep, infinity]}]}}',
  );
  cluster.untilReady('client');
  expect(cluster.exec('client', 'mysql -h mysql -ps3cret -e "SHOW DATABASES" -N').stdout).toContain('wordpress');
  expect(cluster.exec('client', 'mysql -h nobody -ps3cret').stderr).toContain(
    "ERROR 2005 (HY000): Unknown MySQL server host 'nobody' (-2)",
  );
});

test('a database without its password does not start, and its log says why', () => {
  const cluster = new Scenario('one-worker');
  cluster.apply(`
{apiVersion: v1, kind: Pod, metadata: {name: mysql}, spec: {containers: [{name: db, image: "mysql:5.7"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: postgres}, spec: {containers: [{name: db, image: postgres}]}}
`);
  cluster.wait(90);
  for (const pod of ['mysql', 'postgres']) expect(cluster.state(pod)).toBe('Waiting CrashLoopBackOff');
  expect(cluster.logs('mysql')).toContain('Database is uninitialized and password option is not specified');
  expect(cluster.logs('postgres')).toContain(
    'Error: Database is uninitialized and superuser password is not specified.',
  );
});

test('PostgreSQL in a StatefulSet: each pod has its own data, which follow it', () => {
  const cluster = new Scenario();
  cluster.apply(`
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: postgres
        image: postgres:16
        env: [{name: POSTGRES_PASSWORD, value: pw}, {name: POSTGRES_DB, value: app}]
        readinessProbe: {exec: {command: [pg_isready, -U, postgres]}}
        volumeMounts: [{name: data, mountPath: /var/lib/postgresql/data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: zonal-disk, resources: {requests: {storage: 1Gi}}}
`);
  cluster.until(() => cluster.has('Pod', 'db-1') && cluster.isReady('db-1'), 180);
  const sql = (pod: string, query: string) => cluster.exec(pod, ['psql', '-U', 'postgres', '-d', 'app', '-c', query]);
  expect(sql('db-0', 'CREATE TABLE t (id serial PRIMARY KEY, name text)').stdout).toBe('CREATE TABLE\n');
  expect(sql('db-0', "INSERT INTO t (name) VALUES ('a'), ('b')").stdout).toBe('INSERT 0 2\n');
  expect(sql('db-0', 'SELECT * FROM t').stdout).toBe(' id | name\n----+------\n  1 | a\n  2 | b\n(2 rows)\n\n');
  expect(sql('db-1', 'SELECT * FROM t').stderr).toBe('ERROR:  relation "t" does not exist\n');
  cluster.delete('Pod', 'db-0');
  cluster.wait(5);
  cluster.untilReady('db-0', 180);
  // Its name follows within the time to live of the cluster's DNS.
  cluster.wait(5);
  expect(sql('db-0', 'SELECT name FROM t WHERE id IN (2)').stdout).toContain(' b\n');
  expect(
    cluster.exec('db-1', 'PGPASSWORD=pw psql -h db-0.db -U postgres -d app -Atc "SELECT count(*) FROM t"'),
  ).toEqual({
    code: 0,
    stdout: '2\n',
    stderr: '',
  });
  expect(cluster.exec('db-1', 'PGPASSWORD=no psql -h db-0.db -U postgres -d app -c "SELECT 1"').stderr).toContain(
    'FATAL:  password authentication failed for user "postgres"',
  );
});

test('WordPress with its database: installed once, still there after both pods are gone', () => {
  const cluster = new Scenario();
  cluster.apply(`${MYSQL}
apiVersion: v1
kind: Service
metadata: {name: wordpress}
spec: {type: NodePort, selector: {app: wordpress}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: wordpress}
spec:
  selector: {matchLabels: {app: wordpress}}
  template:
    metadata: {labels: {app: wordpress}}
    spec:
      containers:
      - name: wordpress
        image: wordpress:6.2.1-apache
        env:
        - {name: WORDPRESS_DB_HOST, value: mysql}
        - {name: WORDPRESS_DB_USER, value: root}
        - {name: WORDPRESS_DB_PASSWORD, valueFrom: {secretKeyRef: {name: mysql-pass, key: password}}}
`);
  const ask = (method: string, path: string, body = '') => {
    const answer = cluster.cluster.outside(30_080, { method, path, headers: {}, body });
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  };
  cluster.wait(60);
  expect(ask('GET', '/')).toMatchObject({ status: 302, headers: { location: '/wp-admin/install.php' } });
  expect(ask('POST', '/wp-admin/install.php', 'weblog_title=Jotasu+%EC%A1%B0%ED%83%80%EC%88%98').body).toContain(
    'Success!',
  );
  ask('POST', '/wp-admin/post.php', "title=It's+here&content=%3Cb%3E");
  expect(ask('GET', '/').body).toContain('<h1>Jotasu 조타수</h1>');
  for (const { metadata } of cluster.list('Pod')) cluster.delete('Pod', metadata.name);
  cluster.wait(90);
  expect(ask('GET', '/').body).toContain("It's here</a></h2><p>&lt;b></p>");
  cluster.patch('Deployment', 'mysql', { spec: { replicas: 0 } });
  cluster.wait(40);
  expect(ask('GET', '/')).toMatchObject({
    status: 500,
    body: expect.stringContaining('Error establishing a database connection'),
  });
});

test('images of other people’s tutorials answer as they do', () => {
  const cluster = new Scenario();
  const images = {
    hello: ['gcr.io/google-samples/hello-app:2.0', 8080, 'Hello, world!\nVersion: 2.0.0\nHostname: hello\n'],
    boot: [
      'gcr.io/google-samples/kubernetes-bootcamp:v1',
      8080,
      'Hello Kubernetes bootcamp! | Running on: boot | v=1\n',
    ],
    demo: ['nginxdemos/hello:plain-text', 80, 'Server name: demo'],
    echo: ['registry.k8s.io/echoserver:1.10', 8080, 'method=GET'],
    who: ['traefik/whoami', 80, 'Hostname: who'],
    hpa: ['registry.k8s.io/hpa-example', 80, 'OK!'],
    mongo: ['mongo:7', 27_017, ''],
    old: ['nginx:1.14.2', 80, 'Welcome to nginx!'],
  } as const;
  cluster.apply(
    `{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: curlimages/curl, command: [sleep, infinity]}]}}\n---\n${Object.entries(
      images,
    )
      .map(
        ([name, [image]]) =>
          `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {containers: [{name: c, image: "${image}"}]}}`,
      )
      .join('\n---\n')}`,
  );
  cluster.untilReady('client');
  for (const [name, [, port, text]] of Object.entries(images)) {
    cluster.untilReady(name);
    if (text === '') continue;
    const { podIP } = cluster.get('Pod', name).status;
    expect(cluster.exec('client', `curl -s http://${podIP}:${port}/`).stdout).toContain(text);
  }
  expect(cluster.logs('mongo')).toContain('a stand-in of sim-core');
  cluster.apply(`
apiVersion: batch/v1
kind: Job
metadata: {name: pi}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: pi, image: "perl:5.34.0", command: [perl, "-Mbignum=bpi", "-wle", "print bpi(2000)"]}]
`);
  cluster.until(() => cluster.get('Job', 'pi').status.succeeded === 1, 120);
  const digits = cluster.logs(cluster.list('Pod', 'job-name=pi')[0]!.metadata.name);
  expect(digits.startsWith('3.14159265358979323846264338327950288419716939937510')).toBe(true);
  expect(digits.trim().length).toBeGreaterThanOrEqual(2000);
});

test('a load client tells every second how many requests succeed, and how long they take', () => {
  const cluster = new Scenario('three-workers', { trace: { level: 'full' } });
  cluster.apply(`
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
`);
  cluster.wait(30);
  cluster.apply(
    '{apiVersion: v1, kind: Pod, metadata: {name: load}, spec: {restartPolicy: Never, containers: [{name: load, image: jotasu/load, env: [{name: URL, value: "http://web"}, {name: RATE, value: "20"}, {name: DURATION, value: 20s}]}]}}',
  );
  cluster.wait(15);
  cluster.patch('Deployment', 'web', { spec: { replicas: 0 } });
  cluster.until(() => cluster.get('Pod', 'load').status.phase === 'Succeeded', 60);
  const lines = cluster.logs('load').trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(19);
  expect(lines[3]).toMatch(/^sent=\d+ ok=\d+ failed=0 p50=\d+\.\dms p99=\d+\.\dms$/);
  expect(lines.at(-1)).toMatch(/ ok=0 failed=\d+ /);
  const samples = cluster.cluster.engine.trace.since(0).filter(({ kind }) => kind === 'load');
  expect(samples.length).toBe(lines.length);
  expect(samples[3]!.data).toMatchObject({ client: 'load', url: 'http://web', p50: expect.any(Number) });
  cluster.patch('Deployment', 'web', { spec: { replicas: 2 } });
  cluster.apply(
    '{apiVersion: v1, kind: Pod, metadata: {name: hey}, spec: {restartPolicy: Never, containers: [{name: hey, image: rakyll/hey, args: ["-n", "100", "-c", "5", "http://web"]}]}}',
  );
  cluster.until(() => cluster.get('Pod', 'hey').status.phase === 'Succeeded', 60);
  expect(cluster.logs('hey')).toContain('[200]\t100 responses');
});
