import { afterAll, describe, expect, test } from 'vitest';
import { desk } from './desk.ts';

const { shell, told: run } = desk('three-workers');
afterAll(() => shell.close());

describe('what a quota leaves no room for', () => {
  test('is told by a DaemonSet as pods it wants and does not have', async () => {
    await run('kubectl create namespace full');
    await run('kubectl create quota none -n full --hard=pods=0');
    await run(`kubectl apply -n full -f - <<END
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: 'nginx:1.27'}]}
END`);
    await run('sleep 2');
    expect(await run('kubectl get daemonset agent -n full --no-headers')).toMatch(/^agent +3 +0 +0 +0 +0 /);
  });
});

describe('a namespace that is going', () => {
  test('has the time it was deleted, and no grace period', async () => {
    await run('kubectl create namespace gone');
    await run('kubectl delete namespace gone --wait=false');
    const metadata = JSON.parse(await run("kubectl get namespace gone -o jsonpath='{.metadata}'"));
    expect(Object.keys(metadata)).toContain('deletionTimestamp');
    expect(Object.keys(metadata)).not.toContain('deletionGracePeriodSeconds');
  });
});

describe('an autoscaler', () => {
  test('does nothing in its first 15 seconds, and has an empty status for each metric it cannot read', async () => {
    await run('kubectl create deployment scaled --image=nginx:1.27');
    await run('kubectl autoscale deployment scaled --min=2 --max=5 --cpu-percent=50');
    await run('sleep 14');
    const status = "kubectl get hpa scaled -o jsonpath='{.status}'";
    expect(JSON.parse(await run(status))).toEqual({ currentMetrics: null, desiredReplicas: 0 });
    await run('sleep 2');
    expect(JSON.parse(await run(status))).toMatchObject({ currentMetrics: null, desiredReplicas: 2 });
    await run('sleep 15');
    expect(JSON.parse(await run(status))).toMatchObject({ currentMetrics: [{ type: '' }], desiredReplicas: 2 });
    await run('kubectl scale deployment scaled --replicas=0');
    await run('sleep 15');
    expect(JSON.parse(await run(status))).toMatchObject({ currentMetrics: null, desiredReplicas: 0 });
  });
});

describe('kubectl', () => {
  test('get shows a scale, and a status as the object', async () => {
    await run('kubectl create deployment sized --image=nginx:1.27 --replicas=2');
    await run('sleep 10');
    expect(await run('kubectl get deployment sized --subresource=scale')).toMatch(
      /^NAME +DESIRED +AVAILABLE +AGE\nsized +2 +2 +1\ds$/,
    );
    expect(await run('kubectl get deployment sized --subresource=status')).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nsized +2\/2 /,
    );
  });

  test('delete --force waits like any other delete', async () => {
    await run('kubectl create configmap held');
    await run(`kubectl patch configmap held -p '{"metadata":{"finalizers":["example.com/keep"]}}'`);
    expect(await run('kubectl delete configmap held --force --grace-period=0 --timeout=3s')).toBe(
      'configmap "held" force deleted\n' +
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n' +
        'error: timed out waiting for the condition on configmaps/held\n[1]',
    );
  });

  test('expose says the whole kind of what it cannot expose', async () => {
    expect(await run('kubectl expose daemonset kube-proxy -n kube-system --port=80')).toBe(
      'error: cannot expose a DaemonSet.apps\n[1]',
    );
    expect(await run('kubectl expose configmap kube-root-ca.crt --port=80')).toBe(
      'error: cannot expose a ConfigMap\n[1]',
    );
  });

  test('taint names the removals that contradict', async () => {
    expect(await run('kubectl taint node worker-1 gpu=yes:NoSchedule gpu-')).toBe(
      'error: can not both modify and remove the following taint(s) in the same command: gpu=\n[1]',
    );
  });

  test('apply says of a refused patch that it was patching', async () => {
    await run('kubectl create deployment stale --image=nginx:1.27');
    await run('kubectl get deployment stale -o yaml > stale.yaml');
    await run('kubectl annotate deployment stale a=b');
    await run("sed -i 's/replicas: 1/replicas: 3/' stale.yaml");
    const said = await run('kubectl apply -f stale.yaml');
    expect(said).toMatch(/Warning: resource deployments\/stale is missing the/);
    expect(said).toContain(
      'for: "stale.yaml": error when patching "stale.yaml": Operation cannot be fulfilled on deployments.apps "stale"',
    );
  });

  test('apply tells what is wrong with documents in their order', async () => {
    await run(`cat > wrong.yaml <<END
apiVersion: apps/v1beta1
kind: Deployment
metadata: {name: old}
---
kind: Nothing
metadata: {name: x}
END`);
    expect(await run('kubectl apply -f wrong.yaml')).toBe(
      'resource mapping not found for name: "old" namespace: "" from "wrong.yaml": no matches for kind "Deployment" in version "apps/v1beta1"\n' +
        'ensure CRDs are installed first\n' +
        'error validating "wrong.yaml": error validating data: apiVersion not set; if you choose to ignore these errors, turn validation off with --validate=false\n[1]',
    );
  });

  test('a manifest without a name never means all objects', async () => {
    await run('kubectl create job kept --image=busybox -- sleep 1000');
    await run(`cat > nameless.yaml <<END
apiVersion: batch/v1
kind: Job
metadata: {labels: {a: b}}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}
END`);
    const empty = 'resource name may not be empty\n[1]';
    expect(await run('kubectl delete -f nameless.yaml')).toBe(`error: error when deleting "nameless.yaml": ${empty}`);
    expect(await run('kubectl delete job ""')).toBe(`error: ${empty}`);
    expect(await run('kubectl get job kept --no-headers')).toMatch(/^kept /);
    expect(await run('kubectl replace -f nameless.yaml')).toBe(`error: error when replacing "nameless.yaml": ${empty}`);
    expect(await run('kubectl apply --server-side -f nameless.yaml')).toBe(`error: ${empty}`);
    expect(await run('kubectl get -f nameless.yaml')).toBe('NAME   AGE\n       <unknown>');
    expect(await run('kubectl create -f nameless.yaml')).toBe(
      'The Job "" is invalid: metadata.name: Required value: name or generateName is required\n[1]',
    );
    await run("sed -i 's/labels: {a: b}/generateName: run-/' nameless.yaml");
    expect(await run('kubectl apply -f nameless.yaml')).toBe(
      'error: from run-: cannot use generate name with apply\n[1]',
    );
  });

  test('create tells of a failure policy rule without repeating it', async () => {
    expect(
      await run(`kubectl create -f - <<END
apiVersion: batch/v1
kind: Job
metadata: {name: unruly}
spec:
  podFailurePolicy: {rules: [{action: Ignore}]}
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}
END`),
    ).toBe(
      'The Job "unruly" is invalid: spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required\n[1]',
    );
  });
});
