/** The learner's shell in a real browser: what depends on keys, screens and Workers. The rest is tested without one, in sim-core/shell. */
import { expect, test } from './fixtures.ts';
import { openWorkspace, run, screen } from './workspace-page.ts';

test('pipes, here-documents and jobs; shells on a node and in a pod; ^C and ^D end what they are for', async ({
  page,
}) => {
  await openWorkspace(page);
  await run(page, 'kubectl apply -f - <<EOF');
  for (const line of ['apiVersion: v1', 'kind: ConfigMap', 'metadata: {name: colours}', 'data: {sky: blue}', 'EOF'])
    await run(page, line);
  await expect(screen(page)).toContainText('configmap/colours created');
  await run(page, "kubectl get cm colours -o json | jq -r '.data.sky' | tr a-z A-Z");
  await expect(screen(page)).toContainText('BLUE');
  await run(page, 'clear; kubectl get pods -w | grep --line-buffered Running &');
  await run(page, 'kubectl create deployment web --image=nginx:1.27');
  await expect(screen(page)).toContainText(/web-\S+ +1\/1 +Running/);
  await run(page, 'fg');
  await expect(screen(page)).toContainText(/\$ fg\s*kubectl get pods -w/);
  await page.keyboard.press('Control+c');
  await run(page, 'echo code $?');
  await expect(screen(page)).toContainText('code 130');
  await test.step('shells on a node and in a pod read lines, and ^C and ^D are theirs', async () => {
    await run(page, 'clear; ssh worker-1');
    await expect(screen(page)).toContainText('root@worker-1:~#');
    await run(page, 'systemctl is-active kubelet');
    await expect(screen(page)).toContainText('active');
    await run(page, 'sleep 1000');
    await page.keyboard.press('Control+c');
    await run(page, 'exit');
    await expect(screen(page)).toContainText('Connection to worker-1 closed.');
    await run(page, 'clear; kubectl exec -it deploy/web -- sh');
    await expect(screen(page)).toContainText('# ');
    await run(page, 'echo in-$((40 + 2))');
    await expect(screen(page)).toContainText('in-42');
    await page.keyboard.press('Control+d');
    // What is typed while the shell in the pod still ends goes to it, as everywhere: the own prompt comes first.
    await expect(screen(page)).toContainText(/in-42\s*#\s*\$/);
    await run(page, 'echo back-$((1 + 1))');
    await expect(screen(page)).toContainText('back-2');
  });
});
