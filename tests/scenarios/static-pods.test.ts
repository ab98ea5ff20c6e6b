import { expect, test } from 'vitest';
import { SECOND } from '../../sim-core/engine/index.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';

const MANIFEST = `apiVersion: v1
kind: Pod
metadata: { name: hello }
spec:
  containers:
    - name: hello
      image: jotasu/hello:1.0
`;

test('a file in a node’s manifest folder is a pod on that node, whoever deletes its mirror', async () => {
  const local = new LocalCluster({ preset: 'one-worker' });
  const { engine } = local.session.cluster;
  engine.settle();
  const shell = new LocalShell(local, { 'hello.yaml': MANIFEST });
  const run = async (line: string) => {
    const { stdout } = await shell.run(line);
    engine.runUntil(engine.now + 25 * SECOND);
    return stdout.trim();
  };
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
