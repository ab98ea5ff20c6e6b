/** The learner's shell in a real browser: what depends on keys, screens and Workers. The rest is tested without one, in sim-core/shell. */
import { expect, test } from './fixtures.ts';
import { openWorkspace, run, screen } from './workspace-page.ts';

test('pipes, loops and here-documents; a stream is filtered as it comes, and Ctrl-C ends it', async ({ page }) => {
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
  await page.waitForTimeout(300);
  await page.keyboard.press('Control+c');
  await run(page, 'echo code $?');
  await expect(screen(page)).toContainText('code 130');
});

test('shells on a node and in a pod read lines, and ^C and ^D are theirs', async ({ page }) => {
  await openWorkspace(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27; kubectl rollout status deploy/web');
  await expect(screen(page)).toContainText('successfully rolled out');
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
  await run(page, 'echo back-$((1 + 1))');
  await expect(screen(page)).toContainText('back-2');
});

test('vi and kubectl edit open the editor of the page, and go on when it is closed', async ({ page }) => {
  await openWorkspace(page, 'ko');
  await run(page, 'vi notes.yaml; cat notes.yaml');
  await expect(page.getByText('notes.yaml 편집이 끝나기를 기다립니다')).toBeVisible();
  await page.locator('.cm-content').click();
  await page.keyboard.type('hello: there');
  await page.keyboard.press('Control+s');
  await expect(screen(page)).toContainText('hello: there');
  await run(page, 'kubectl create cm edited --from-literal=a=one; kubectl edit cm edited');
  await expect(page.locator('.cm-content')).toContainText('a: one');
  await page.locator('.cm-line', { hasText: 'a: one' }).click();
  await page.keyboard.press('End');
  await page.keyboard.type('-more');
  await page.getByRole('button', { name: '저장하고 닫기' }).click();
  await expect(screen(page)).toContainText('configmap/edited edited');
});
