import { expect, test } from 'vitest';
import { desk } from './desk.ts';

const POD = `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
  - name: c
    image: busybox:1.36
    command: [sleep, "9999"]
    resizePolicy: [{ resourceName: memory, restartPolicy: RestartContainer }]
    resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { cpu: 200m, memory: 64Mi } }
`;

test('a limit that a container gets by a restart is in its status and its cgroup only when it has been restarted', async () => {
  const { shell, run } = desk('one-worker', { 'pod.yaml': POD });
  const status = (path: string) => run(`kubectl get pod web -o jsonpath='{.status.containerStatuses[0].${path}}'`);
  const resources = '{"requests":{"memory":"128Mi"},"limits":{"memory":"128Mi"}}';
  await run('kubectl apply -f pod.yaml; sleep 10');
  await run(
    `kubectl patch pod web --subresource resize -p '{"spec":{"containers":[{"name":"c","resources":${resources}}]}}'; sleep 10`,
  );
  // sleep does not end at a SIGTERM: it has its grace period.
  expect(await status('resources')).toBe(
    '{"limits":{"cpu":"200m","memory":"64Mi"},"requests":{"cpu":"100m","memory":"128Mi"}}',
  );
  expect(await status('allocatedResources.memory')).toBe('128Mi');
  expect(await run('kubectl exec web -- cat /sys/fs/cgroup/memory.max')).toBe('67108864\n');
  await run('sleep 30');
  expect(await status('restartCount')).toBe('1');
  expect(await status('resources.limits.memory')).toBe('128Mi');
  expect(await run('kubectl exec web -- cat /sys/fs/cgroup/memory.max')).toBe('134217728\n');
  shell.close();
});
