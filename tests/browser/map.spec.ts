/** The cluster map beyond pods: volumes, what is chosen with its logs, and from the cluster to a container and back; very many nodes. */
import { axeFindings, expect, horizontalOverflow, test } from './fixtures.ts';
import { hurry, run, screen } from './workspace-page.ts';

const STATEFUL_SET = `apiVersion: apps/v1
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
      - {name: db, image: "nginx:1.27", volumeMounts: [{name: data, mountPath: /data}]}
      - {name: side, image: "busybox:1.36", command: [sh, -c, "echo hello from the side; sleep 3600"]}
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}`;

for (const [language, colorScheme, width] of [
  ['en', 'light', 3840],
  ['ko', 'dark', 360],
] as const) {
  test(`volumes, logs, and from near (${language}, ${colorScheme}, ${width} px)`, async ({ page }) => {
    const say = (en: string, ko: string) => (language === 'en' ? en : ko);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: width > 1000 ? 1000 : 740 });
    await page.goto(`/${language}/playground/`);
    await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
    await hurry(page);
    await page.locator('.xterm-helper-textarea').focus();
    for (const line of ['kubectl apply -f - <<EOF', ...STATEFUL_SET.split('\n'), 'EOF']) {
      await page.keyboard.insertText(line);
      await page.keyboard.press('Enter');
    }
    await expect(screen(page)).toContainText('statefulset.apps/db created');
    const volumes = page.locator('.stage .volume:has(.Bound)');
    await expect(volumes).toHaveCount(2);
    await expect(page.locator('.stage .ropes path')).toHaveCount(2);
    const details = page.getByRole('region', { name: say('Details', '자세히'), exact: true });
    await volumes.first().focus();
    await page.keyboard.press('Enter');
    await expect(details).toContainText('kind: PersistentVolumeClaim');
    await page.keyboard.press('Escape');
    await test.step('what a pod’s containers have written', async () => {
      await page.locator('.stage .pods .pod[aria-label*="db-0"]').focus();
      await page.keyboard.press('Enter');
      await details.getByRole('button', { name: say('Logs', '로그') }).click();
      await details.getByRole('combobox').selectOption('side');
      await expect(details).toContainText('hello from the side');
      expect(await axeFindings(page, { within: '.inspector' })).toEqual([]);
    });
    await test.step('into the pod, out to its node and to the cluster, by key', async () => {
      await details.getByRole('button', { name: say('Look closer', '가까이 보기') }).focus();
      await page.keyboard.press('Enter');
      const near = page.getByRole('region', { name: say('Close-up', '가까이 보기') });
      await expect(near.locator('li.container')).toHaveCount(2);
      await expect(near.locator('li.container.running')).toContainText(['/data', 'busybox:1.36']);
      expect(await axeFindings(page, { within: '.close-up' })).toEqual([]);
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Enter');
      await expect(near.locator('button.pod')).not.toHaveCount(0);
      expect(await axeFindings(page, { within: '.close-up' })).toEqual([]);
      expect(await horizontalOverflow(page)).toBe(0);
      await page.keyboard.press('Escape');
      await expect(page.locator('.stage .room:focus')).toHaveCount(1);
    });
  });
}

test('two hundred nodes are in one picture, each with its pods in a bar', async ({ page }) => {
  await page.goto('/en/playground/?cluster=two-hundred-workers');
  await expect(page.locator('.stage .room')).toHaveCount(200);
  await hurry(page);
  await run(page, 'kubectl create deployment web --image=nginx:1.27 --replicas=200');
  await expect(page.locator('.stage .lane .title')).toContainText('200/200');
  await expect(page.locator('.stage .sum.ready')).not.toHaveCount(0);
  await expect(page.locator('.stage .pods .pod')).toHaveCount(0);
  await page.locator('.stage .room').nth(100).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Look closer' }).click();
  await expect(page.locator('.close-up button.pod').first()).toBeVisible();
});
