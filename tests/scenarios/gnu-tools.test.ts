import { expect, test } from 'vitest';
import { desk } from './desk.ts';

const POD = `apiVersion: v1
kind: Pod
metadata: { name: tools }
spec:
  containers:
  - { name: debian, image: "nginx:1.27", command: [sleep, "9999"] }
  - { name: busybox, image: "busybox:1.36", command: [sleep, "9999"] }
  - { name: redis, image: "redis:7.4" }
  - { name: postgres, image: "postgres:16", env: [{ name: POSTGRES_PASSWORD, value: x }] }
`;

test('timeout and tar speak as GNU in images made on Debian and as busybox elsewhere; servers tell their versions', async () => {
  const { shell } = desk('one-worker', { 'pod.yaml': POD });
  const within = async (container: string, line: string) => {
    const { stdout } = await shell.run(`kubectl exec tools -c ${container} -- sh -c '{ ${line}; } 2>&1; echo $?'`);
    return stdout;
  };
  await shell.run('kubectl apply -f pod.yaml; sleep 60');
  const help = "Try 'timeout --help' for more information.\n";
  expect(await within('debian', 'timeout 1 sleep 5')).toBe('124\n');
  expect(await within('debian', 'timeout -s KILL 1 sleep 5')).toBe('137\n');
  expect(await within('debian', 'timeout --preserve-status 1 sleep 5')).toBe('143\n');
  expect(await within('debian', 'timeout 5 false')).toBe('1\n');
  expect(await within('debian', 'timeout x true')).toBe(`timeout: invalid time interval ‘x’\n${help}125\n`);
  expect(await within('debian', 'timeout 1')).toBe(`timeout: missing operand\n${help}125\n`);
  expect(await within('debian', 'timeout 1 nope')).toBe(
    'timeout: failed to run command ‘nope’: No such file or directory\n127\n',
  );
  expect(await within('busybox', 'timeout 1 sleep 5')).toBe('143\n');
  expect(await within('busybox', 'timeout x true')).toBe("timeout: invalid number 'x'\n1\n");

  expect(await within('debian', 'tar --version')).toBe('tar (GNU tar) 1.34\n0\n');
  expect(await within('debian', 'tar cf /tmp/a.tar /etc/hostname')).toBe(
    "tar: Removing leading `/' from member names\n0\n",
  );
  expect(await within('debian', 'tar xf /nope')).toBe(
    'tar: /nope: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n2\n',
  );
  expect(await within('busybox', 'tar cf /tmp/a.tar /etc/hostname')).toBe(
    "tar: removing leading '/' from member names\n0\n",
  );

  expect(await within('redis', 'redis-server --version')).toMatch(
    /^Redis server v=\d+\.\d+\.\d+ sha=.* bits=64 build=\w+\n0\n$/,
  );
  expect(await within('redis', 'redis-cli -v')).toMatch(/^redis-cli \d+\.\d+\.\d+\n0\n$/);
  expect(await within('postgres', 'postgres --version')).toBe(
    'postgres (PostgreSQL) 16.9 (Debian 16.9-1.pgdg120+1)\n0\n',
  );
  expect(await within('postgres', 'psql -V')).toMatch(/^psql \(PostgreSQL\) 16\.9 /);
  expect(await within('debian', 'curl --version')).toMatch(/^curl 8\.12\.1 \(x86_64-pc-linux-gnu\) libcurl\/8\.12\.1 /);
  shell.close();
});
