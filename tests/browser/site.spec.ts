/** The shell of the site: both languages, light and dark, phone and desktop, keyboard, and nothing from elsewhere. */
import { axeFindings, expect, horizontalOverflow, test } from './fixtures.ts';

const PAGES = [
  { path: '/en/', lang: 'en', heading: 'Take the helm' },
  { path: '/ko/', lang: 'ko', heading: '키를 잡아 보세요' },
  { path: '/en/start/first-cluster/', lang: 'en', heading: 'Your first cluster' },
  { path: '/ko/start/first-cluster/', lang: 'ko', heading: '첫 클러스터' },
];

for (const { path, lang, heading } of PAGES) {
  test.describe(path, () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`loads clean and passes axe, ${colorScheme}`, async ({ page }) => {
        await page.emulateMedia({ colorScheme });
        await page.goto(path);
        await expect(page.locator('html')).toHaveAttribute('lang', lang);
        await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
        await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
        await page.evaluate(() => document.fonts.ready);
        expect(await axeFindings(page)).toEqual([]);
      });
    }

    for (const width of [360, 768, 1280, 3840]) {
      test(`fits ${width} pixels`, async ({ page }) => {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(path);
        expect(await horizontalOverflow(page)).toBe(0);
      });
    }
  });
}

test('paper is light in the light and dark in the dark', async ({ page }) => {
  const brightness = async (colorScheme: 'light' | 'dark'): Promise<number> => {
    await page.emulateMedia({ colorScheme });
    await page.goto('/en/');
    const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    return Number(/\d+/.exec(colour)?.[0]);
  };
  expect(await brightness('light')).toBeGreaterThan(240);
  expect(await brightness('dark')).toBeLessThan(40);
});

test('an address that does not exist answers in both languages', async ({ page, watched }) => {
  const answer = await page.goto('/ko/nowhere/');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('link', { name: 'Go to the first page' })).toBeVisible();
  await expect(page.getByRole('link', { name: '첫 페이지로 가기' })).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  // The 404 itself is what was asked for here.
  expect(watched.errors.every((error) => error.includes('404'))).toBe(true);
  watched.errors.length = 0;
});

test('the first key press reaches the skip link, which leads to the text', async ({ page }) => {
  await page.goto('/en/start/first-cluster/');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#_top$/);
});

test('the language switch keeps the page', async ({ page }) => {
  await page.goto('/en/start/first-cluster/');
  await page.getByRole('combobox', { name: 'Select language' }).first().selectOption({ label: '한국어' });
  await expect(page).toHaveURL(/\/ko\/start\/first-cluster\/$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('첫 클러스터');
});

test('the language switch is at hand on a phone, on the home page too', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/ko/');
  await page.getByRole('combobox', { name: '언어 선택' }).filter({ visible: true }).selectOption({ label: 'English' });
  await expect(page).toHaveURL(/\/en\/$/);
});

test('an aside is titled in the language of its lesson', async ({ page }) => {
  await page.goto('/ko/start/first-cluster/');
  await expect(page.locator('aside[aria-label="참고"]')).toBeVisible();
});

test('Korean emphasis beside a particle is emphasis', async ({ page }) => {
  await page.goto('/ko/start/first-cluster/');
  await expect(page.locator('main strong', { hasText: '조정 루프(reconcile loop)' })).toBeVisible();
  // Quoted source has comments that begin with two asterisks; prose has none.
  await expect(page.locator('main :is(p, li, td)').filter({ hasText: '**' })).toHaveCount(0);
});

test('the home page leads to the first lesson', async ({ page }) => {
  await page.goto('/ko/');
  await page.getByRole('link', { name: '첫 수업 시작하기' }).click();
  await expect(page).toHaveURL(/\/ko\/start\/why-orchestration\/$/);
});

test('search finds a lesson', async ({ page }) => {
  await page.goto('/ko/');
  await page.getByRole('button', { name: '검색' }).click();
  await page.getByRole('textbox', { name: '검색' }).or(page.getByPlaceholder('검색')).first().fill('컨트롤');
  await expect(page.getByRole('link', { name: /첫 클러스터/ }).first()).toBeVisible();
});

for (const { locale, home } of [
  { locale: 'ko-KR', home: /\/ko\/$/ },
  { locale: 'fr-FR', home: /\/en\/$/ },
]) {
  test.describe(`a browser in ${locale}`, () => {
    test.use({ locale });
    test('is sent to its language by the server, and by the page on hosts that cannot', async ({ page }) => {
      await page.goto('/');
      await expect(page).toHaveURL(home);
      await page.goto('/index.html');
      await expect(page).toHaveURL(home);
    });
  });
}

test('prints without its buttons', async ({ page }) => {
  await page.goto('/en/start/first-cluster/');
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('.pane-tabs:visible, .sidebar:visible, .pagination-links:visible')).toHaveCount(0);
});
