import { expect, test } from 'vitest';
import { SECOND } from '../../sim-core/engine/index.ts';
import { desk } from './desk.ts';

const MANIFEST = `apiVersion: v1
kind: Pod
metadata: { name: hello }
spec:
  containers:
    - name: hello
      image: jotasu/hello:1.0
`;

/** A worker with a manifest at hand. `run` lets the kubelet look at its folder again before it answers. */
function machine() {
  const { engine, shell } = desk('one-worker', { 'hello.yaml': MANIFEST });
  const run = async (line: string) => {
    const { stdout } = await shell.run(line);
    engine.runUntil(engine.now + 25 * SECOND);
    return stdout.trim();
  };
  return { engine, shell, run };
}

test('a file in a node’s manifest folder is a pod on that node, whoever deletes its mirror', async () => {
  const { engine, shell, run } = machine();
  await run("cat hello.yaml | ssh worker-1 'cat > /etc/kubernetes/manifests/hello.yaml'");
  const status = "kubectl get pod hello-worker-1 -o jsonpath='{.status.phase} {.spec.nodeName}'";
  expect(await run(status)).toBe('Running worker-1');
  await run('kubectl delete pod hello-worker-1 --wait=false');
  expect(await run(status)).toBe('Running worker-1');
  await run('ssh worker-1 rm /etc/kubernetes/manifests/hello.yaml');
  engine.runUntil(engine.now + 40 * SECOND);
  expect(await run('kubectl get pods -o name')).toBe('');
  shell.close();
});

test('a manifest that cannot be used runs no pod, and the kubelet’s journal says why', async () => {
  const { engine, shell, run } = machine();
  const folder = '/etc/kubernetes/manifests';
  const errors = async () =>
    (await run('ssh worker-1 journalctl -u kubelet -n 4 --no-pager')).split('\n').map((line) => line.split('] ')[1]);
  await run(`cat hello.yaml | ssh worker-1 'cat > ${folder}/hello.yaml'`);
  expect(await run('kubectl get pods -o name')).toBe('pod/hello-worker-1');

  // What ran goes on until the kubelet looks at the folder again, 20 seconds later at most.
  await shell.run(`ssh worker-1 "echo '   broken: 1' >> ${folder}/hello.yaml"`);
  const broken = `${folder}/hello.yaml: couldn't parse as pod(yaml: line 7: did not find expected key), please check config file`;
  expect((await shell.run('kubectl get pods -o name')).stdout.trim()).toBe('pod/hello-worker-1');
  engine.runUntil(engine.now + 55 * SECOND);
  expect(await run('kubectl get pods -o name')).toBe('');
  expect(await errors()).toContain(`"Could not process manifest file" err="${broken}" path="${folder}/hello.yaml"`);

  await run(`sed 's/name: hello }/name: Hello }/' hello.yaml | ssh worker-1 'cat > ${folder}/hello.yaml'`);
  expect((await errors()).join('\n')).toContain(
    '"Could not process manifest file" err="invalid pod: [metadata.name: Invalid value: \\"Hello-worker-1\\": a lowercase RFC 1123 subdomain',
  );
  await run(`sed 's/image:/imago:/' hello.yaml | ssh worker-1 'cat > ${folder}/hello.yaml'`);
  expect(await errors()).toContain(
    `"Could not process manifest file" err="invalid pod: [spec.containers[0].image: Required value]" path="${folder}/hello.yaml"`,
  );
  expect(await run('kubectl get pods -o name')).toBe('');

  // What uses objects of others, no kubelet may show.
  await run(
    `echo '      envFrom: [{ configMapRef: { name: a, optional: true } }]' | cat hello.yaml - | ssh worker-1 'cat > ${folder}/hello.yaml'`,
  );
  expect(await run('kubectl get pods -o name')).toBe('');
  expect((await run('ssh worker-1 journalctl -u kubelet --no-pager')).split('] ')).toContainEqual(
    expect.stringContaining(
      '"Failed creating a mirror pod" err="pods \\"hello-worker-1\\" is forbidden: node \\"worker-1\\" can not create pods that reference configmaps" pod="default/hello-worker-1"',
    ),
  );
  shell.close();
});
