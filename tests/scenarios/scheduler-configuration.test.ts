import { expect, test } from 'vitest';
import { SECOND } from '../../sim-core/engine/index.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';

const CONFIGURATION = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
  - schedulerName: default-scheduler
  - schedulerName: tight
    pluginConfig:
      - name: NodeResourcesFit
        args: { scoringStrategy: { type: MostAllocated } }
    plugins:
      score:
        disabled: [{ name: NodeResourcesBalancedAllocation }, { name: PodTopologySpread }]
        enabled: [{ name: TaintToleration, weight: 7 }]
`;

const DEPLOYMENT = (name: string, scheduler: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 3
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      schedulerName: ${scheduler}
      containers: [{ name: hello, image: "jotasu/hello:1.0", resources: { requests: { cpu: 500m, memory: 512Mi } } }]
`;

/** Mounts the folder of the configuration and names it on the command line, as the documentation says. */
const EDIT = `cd /etc/kubernetes/manifests
cp kube-scheduler.yaml /root/before.yaml
sed -i 's|    - --leader-elect=true|    - --leader-elect=true\\n    - --config=/etc/kubernetes/scheduler.yaml\\n    volumeMounts:\\n    - name: config\\n      mountPath: /etc/kubernetes/scheduler.yaml|' kube-scheduler.yaml
printf '  volumes:\\n  - name: config\\n    hostPath:\\n      path: /etc/kubernetes/scheduler.yaml\\n      type: File\\n' >> kube-scheduler.yaml
`;

async function configured(configuration: string) {
  const local = new LocalCluster({ preset: 'three-workers' });
  const { engine } = local.session.cluster;
  engine.settle();
  const shell = new LocalShell(local, {
    'scheduler.yaml': configuration,
    'edit.sh': EDIT,
    'tight.yaml': DEPLOYMENT('tight', 'tight'),
    'loose.yaml': DEPLOYMENT('loose', 'default-scheduler'),
  });
  const run = async (line: string, seconds = 0) => {
    const { stdout, stderr } = await shell.run(line);
    engine.runUntil(engine.now + seconds * SECOND);
    return (stdout + stderr).trim();
  };
  await run("cat scheduler.yaml | ssh control-plane 'cat > /etc/kubernetes/scheduler.yaml'");
  await run('cat edit.sh | ssh control-plane sh', 60);
  return { run, close: () => shell.close() };
}

test('a second profile that packs tightly, given by a KubeSchedulerConfiguration in the static pod', async () => {
  const { run, close } = await configured(CONFIGURATION);
  expect(await run('kubectl -n kube-system get pod kube-scheduler-control-plane -o jsonpath={.status.phase}')).toBe(
    'Running',
  );
  await run('kubectl apply -f loose.yaml', 20);
  await run('kubectl apply -f tight.yaml', 20);
  const nodes = async (app: string) =>
    new Set((await run(`kubectl get pods -l app=${app} -o jsonpath='{.items[*].spec.nodeName}'`)).split(' '));
  expect((await nodes('loose')).size).toBe(3);
  expect((await nodes('tight')).size).toBe(1);
  close();
});

test('a configuration that makes no sense keeps the scheduler from starting, and its log says why', async () => {
  const { run, close } = await configured(CONFIGURATION.replace('MostAllocated', 'FullestFirst'));
  const log = await run("ssh control-plane 'crictl logs $(crictl ps -a -q --name kube-scheduler | head -1)'");
  expect(log).toContain('scoringStrategy.type: Unsupported value: \\"FullestFirst\\"');
  await run('kubectl apply -f loose.yaml', 30);
  expect(await run("kubectl get pods -o jsonpath='{.items[*].status.phase}'")).toBe('Pending Pending Pending');
  close();
});
