import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { desk } from './desk.ts';

const { shell, told: run } = desk('three-workers');

const loop = (word: string) =>
  `{name: ${word}, image: 'busybox:1.36', command: [sh, -c, 'while true; do echo ${word}; sleep 1; done']}`;
const LOOPS = `{containers: [${loop('main')}, ${loop('side')}]}`;

beforeAll(async () => {
  await run(`kubectl apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: two}
spec:
  replicas: 2
  selector: {matchLabels: {app: two}}
  template:
    metadata: {labels: {app: two}}
    spec: ${LOOPS}
---
apiVersion: v1
kind: Pod
metadata: {name: wrong, annotations: {kubectl.kubernetes.io/default-container: nope}}
spec: ${LOOPS}
---
apiVersion: v1
kind: Pod
metadata: {name: typo}
spec: {containers: [{name: main, image: 'nginx:9.99'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec: {restartPolicy: Never, containers: [{name: main, image: 'busybox:1.36', command: [sh, -c, 'exit 4']}]}
---
apiVersion: v1
kind: Pod
metadata: {name: locked}
spec: {containers: [{name: main, image: 'busybox:1.36', command: [sleep, '3600'], securityContext: {readOnlyRootFilesystem: true}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: main, image: 'nginx:1.27', ports: [{name: http, containerPort: 80}]}]}
END
sleep 30; echo text > file`);
});
afterAll(() => shell.close());

/** Checked against kubectl 1.33.1. */
describe('kubectl logs', () => {
  test('of all pods is of one container of each, and says of which', async () => {
    const lines = (await run('kubectl logs deploy/two --all-pods --tail=1')).split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^\[pod\/two-[^/]+\/main\] main$/);
  });

  test('follows what a selector finds from its last ten lines on', async () => {
    const followed = await run('timeout 0.1 kubectl logs -l app=two -c main -f | wc -l');
    expect(followed).toBe('20');
  });

  test('tells what does not go together', async () => {
    expect(await run('kubectl logs wrong main --all-containers')).toBe(
      'error: --all-containers=true should not be specified with container name main\n[1]',
    );
    expect(await run('kubectl logs wrong main -c side')).toBe(
      'error: only one of -c or an inline [CONTAINER] arg is allowed\n[1]',
    );
    expect(await run('kubectl logs wrong --since-time=2026-01-05')).toBe(
      'error: parsing time "2026-01-05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"\n[1]',
    );
    expect(await run('kubectl logs wrong --pod-running-timeout=0s')).toMatch(/^error: --pod-running-timeout must be/);
  });

  test('goes on behind one of several that fails, followed too', async () => {
    await run('kubectl label pod typo web set=a');
    const text = await run('timeout 1 kubectl logs -l set=a -f --ignore-errors --tail=1');
    expect(text).toContain('error: container "main" in pod "typo" is waiting to start: ');
  });

  test('alone warns of a default container that there is not', async () => {
    expect(await run('kubectl logs wrong --tail=1')).toBe(
      'main\nDefault container name "nope" not found in pod wrong\nDefaulted container "main" out of: main, side',
    );
    expect(await run('kubectl exec wrong -- echo hi')).toBe('hi\nDefaulted container "main" out of: main, side');
  });
});

describe('kubectl exec and cp', () => {
  test('a container that does not run is told by the API server, which has taken the connection', async () => {
    expect(await run('kubectl exec typo -- ls')).toBe(
      'error: Internal error occurred: unable to upgrade connection: container not found ("main")\n[1]',
    );
    await run('N=$(kubectl get pod web -o jsonpath={.spec.nodeName}); ssh $N systemctl stop kubelet');
    expect(await run("kubectl exec web -- sh -c 'echo a'")).toMatch(
      /^error: Internal error occurred: error sending request: Post "https:\/\/10\.0\.0\.1\d:10250\/exec\/default\/web\/main\?command=sh&command=-c&command=echo\+a&error=1&output=1": dial tcp 10\.0\.0\.1\d:10250: connect: connection refused\n\[1\]$/,
    );
    await run('N=$(kubectl get pod web -o jsonpath={.spec.nodeName}); ssh $N systemctl start kubelet; sleep 10');
  });

  test('what stands between name and dash is passed over', async () => {
    expect(await run('kubectl exec web whatever -- echo hi')).toBe('hi');
  });

  test('cp says once which container it takes, and refuses a pod that has ended', async () => {
    expect(await run('kubectl cp file wrong:/tmp/file')).toBe('Defaulted container "main" out of: main, side');
    expect(await run('kubectl cp file done:/tmp/file')).toBe(
      'error: cannot exec into a container in a completed pod; current phase is Failed\n[1]',
    );
  });

  test('cp to where tar cannot write fails with its words', async () => {
    expect(await run('kubectl cp file web:/missing/file')).toBe(
      "tar: can't change directory to '/missing': No such file or directory\ncommand terminated with exit code 1\n[1]",
    );
    expect(await run('kubectl cp file locked:/tmp/file')).toBe(
      "tar: can't open 'file': Read-only file system\ncommand terminated with exit code 1\n[1]",
    );
  });
});

describe('kubectl attach, port-forward, debug and run', () => {
  test('attach speaks of a prompt, with a terminal or without', async () => {
    expect(await run('timeout 1 kubectl attach web')).toMatch(
      /^If you don't see a command prompt, try pressing enter\./,
    );
    expect(await run('kubectl attach web --pod-running-timeout=0s')).toBe(
      "error: --pod-running-timeout must be higher than zero\nSee 'kubectl attach -h' for help and examples\n[1]",
    );
  });

  test('port-forward wants a port and an address that there are', async () => {
    expect(await run('kubectl port-forward web 0')).toBe('error: remote port must be > 0\n[1]');
    expect(await run('kubectl port-forward web 8080:80 --address 1.2.3')).toBe('error: 1.2.3 is not a valid IP\n[1]');
  });

  test('a log is read by its path, too', async () => {
    expect(await run('kubectl get --raw "/api/v1/namespaces/default/pods/web/log?tailLines=1" | wc -l')).toBe('1');
    expect(await run('kubectl get --raw /api/v1/namespaces/default/pods/none/log')).toBe(
      'Error from server (NotFound): pods "none" not found\n[1]',
    );
  });

  test.each([
    ['debug web --set-image=main=busybox', '--set-image may only be used with --copy-to.'],
    ['debug web --image=Busybox', 'invalid image name "Busybox": invalid reference format'],
    ['debug web --image=busybox --image-pull-policy=Foo', 'invalid image pull policy: Foo'],
    ['debug --image=busybox', 'NAME or filename is required for debug'],
    [
      'debug web --image=busybox --env=a',
      'invalid argument "a" for "--env" flag: a must be formatted as key=value\nSee \'kubectl debug --help\' for usage.',
    ],
    ['run x --image=NGINX:1', 'Invalid image name "NGINX:1": invalid reference format'],
    [
      'run x --image=nginx -t',
      "-i/--stdin is required for containers with -t/--tty=true\nSee 'kubectl run -h' for help and examples",
    ],
  ])('%s', async (words, text) => {
    expect(await run(`kubectl ${words}`)).toBe(`error: ${text}\n[1]`);
  });
});
